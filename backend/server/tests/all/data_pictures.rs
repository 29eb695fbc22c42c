//! Pictures that stand in the feed itself, from `data:` URLs to the catalogue.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use stl_server::catalogue::import::import;
use stl_server::catalogue::verify::verify;
use stl_server::catalogue::{Article, ImportReport, Store};
use stl_server::digest::Digest;

use crate::support::{BLUE, GREEN, RED, line, models, options, png, rectangle};

fn base64(file: &[u8]) -> String {
    // What the type says does not count.
    format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(file))
}

fn percent_encoded(file: &[u8]) -> String {
    let bytes: String = file.iter().map(|byte| format!("%{byte:02X}")).collect();
    format!("data:image/png,{bytes}")
}

fn import_feed(root: &Path, name: &str, feed: &str) -> ImportReport {
    fs::write(root.join(name), feed).expect("written");
    import(&root.join(name), &root.join("catalogue"), &models(), &options(), |_, _| {}).expect("imported")
}

fn articles(root: &Path) -> Vec<Article> {
    Store::open(&root.join("catalogue")).and_then(|mut store| store.read()).expect("a catalogue").1
}

#[test]
fn pictures_of_the_feed_itself_are_known_by_their_content() {
    let root = tempfile::tempdir().expect("a folder");
    let [red, green, blue] = [RED, GREEN, BLUE].map(|colour| png(&rectangle(90, 120, colour)));
    let mut further: Value = serde_json::from_str(&line("c", &percent_encoded(&green), "skirts")).expect("an object");
    further["additional_image_link"] = vec![base64(&blue), "data:,x".to_owned()].into();
    let page = b"<!DOCTYPE html><html>busy</html>";
    let feed = [
        line("a", &base64(&red), "shirts"),
        line("b", &base64(&red), "tops"),
        further.to_string(),
        line("page", &base64(page), "shirts"),
        line("broken", "data:image/png;base64,?", "shirts"),
        line("torn", &base64(&red[..60]), "shirts"),
    ]
    .join("\n")
        + "\n";
    let report = import_feed(root.path(), "feed.jsonl", &feed);
    assert_eq!((report.imported, report.further_pictures, report.further_stored), (3, 1, 1), "{report:?}");
    let left_out: Vec<String> = report.left_out.iter().map(ToString::to_string).collect();
    let expected = [
        format!("feed.jsonl:4: image_link: the data: URL of {} bytes: expected a JPEG", page.len()),
        "feed.jsonl:5: image_link: expected base64 behind the comma".to_owned(),
        "feed.jsonl:6: image_link: the data: URL of 60 bytes: ".to_owned(),
    ];
    assert_eq!(left_out.len(), expected.len(), "{left_out:?}");
    for (problem, expected) in left_out.iter().zip(&expected) {
        assert!(problem.starts_with(expected), "{problem}");
    }
    let notes: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
    assert!(notes.len() == 1 && notes[0].contains("the data: URL of 1 byte: expected a JPEG"), "{notes:?}");
    let stored = articles(root.path());
    let pictures: Vec<Digest> = stored.iter().map(|article| article.picture_sha256).collect();
    assert_eq!(pictures, [Digest::of(&red), Digest::of(&red), Digest::of(&green)]);
    assert_eq!(stored[2].further_pictures, [Digest::of(&blue)]);
    assert_eq!(verify(&root.path().join("catalogue"), &models()).expect("read"), Vec::<String>::new());

    // The same pictures in another format, and one of them as a file: none is encoded again.
    fs::write(root.path().join("c.png"), &green).expect("written");
    let item = |id: &str, picture: &str, category: &str| {
        format!(
            "<item><g:id>{id}</g:id><g:title>Article {id}</g:title><g:link>https://shop.example/{id}</g:link>\
             <g:image_link>{picture}</g:image_link><g:price>9 EUR</g:price><g:availability>in_stock</g:availability>\
             <g:category>{category}</g:category></item>"
        )
    };
    let items =
        [item("a", &percent_encoded(&red), "shirts"), item("b", &base64(&red), "tops"), item("c", "c.png", "skirts")];
    let head = "<rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel>";
    let xml = format!("{head}{}</channel></rss>", items.concat());
    let report = import_feed(root.path(), "feed.xml", &xml);
    assert_eq!((report.imported, report.encoded, report.unchanged), (3, 0, 3), "{report:?}");
    let pictures: Vec<Digest> = articles(root.path()).iter().map(|article| article.picture_sha256).collect();
    assert_eq!(pictures, [Digest::of(&red), Digest::of(&red), Digest::of(&green)]);
}
