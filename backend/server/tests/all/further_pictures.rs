//! Further pictures from the feed to the API.

use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use image::ImageFormat;
use serde_json::Value;
use stl_server::catalogue::import::import;
use stl_server::catalogue::verify::verify;
use stl_server::catalogue::{Article, ImportReport, Store};
use stl_types::wire::Product;

use crate::picture_host::PictureHost;
use crate::requests::{get, ready_app_of};
use crate::support::{BLUE, GREEN, RED, line, models, options, png, rectangle};

/// A line of a feed with further pictures.
fn with_further(line: &str, further: &[String]) -> String {
    let mut row: Value = serde_json::from_str(line).expect("an object");
    row["additional_image_link"] = further.into();
    row.to_string() + "\n"
}

fn import_feed(root: &Path, feed: &str) -> ImportReport {
    fs::write(root.join("feed.jsonl"), feed).expect("written");
    let options = stl_server::catalogue::import::ImportOptions { private_addresses_allowed: true, ..options() };
    import(&root.join("feed.jsonl"), &root.join("catalogue"), &models(), &options, |_, _| {}).expect("imported")
}

fn articles(root: &Path) -> Vec<Article> {
    Store::open(&root.join("catalogue")).and_then(|mut store| store.read()).expect("a catalogue").1
}

#[tokio::test]
async fn further_pictures_are_kept_served_and_survive_faults_and_later_imports() {
    let root = tempfile::tempdir().expect("a folder");
    let pictures = root.path().join("host");
    fs::create_dir(&pictures).expect("a folder");
    for (name, width, colour) in [("a", 300, RED), ("a1", 310, GREEN), ("a2", 320, BLUE), ("b", 330, BLUE)] {
        fs::write(pictures.join(format!("{name}.png")), png(&rectangle(width, 400, colour))).expect("written");
    }
    fs::copy(pictures.join("a1.png"), pictures.join("same.png")).expect("copied");
    fs::write(pictures.join("broken.png"), "no picture").expect("written");
    let host = PictureHost::of_folder(&pictures);
    let at = |name: &str| format!("http://{}/{name}.png", host.address);
    // `b` shows a picture of `a`, and the title picture of `a` as well; `same` is the file of `a1` at another address.
    let feed = [
        with_further(&line("a", &at("a"), "shirts"), &[at("a1"), at("broken"), at("a2"), at("same"), at("missing")]),
        with_further(&line("b", &at("b"), "tops"), &[at("a1"), at("a")]),
    ]
    .concat();
    let report = import_feed(root.path(), &feed);
    assert_eq!((report.imported, report.further_pictures, report.further_stored), (2, 4, 4), "{report:?}");
    let notes: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
    assert!(
        notes.len() == 2 && notes.iter().all(|note| note.contains("feed.jsonl:1: additional_image_link")),
        "{notes:?}"
    );
    let stored = articles(root.path());
    assert_eq!((stored[0].further_pictures.len(), stored[1].further_pictures[1]), (2, stored[0].picture_sha256));
    assert_eq!(stored[0].further_pictures[0], stored[1].further_pictures[0]);
    assert_eq!(verify(&root.path().join("catalogue"), &models()).expect("read"), Vec::<String>::new());

    // The same feed again: nothing is sent but what failed, and a host that is down loses no picture.
    let sent = host.sent();
    let report = import_feed(root.path(), &feed);
    assert_eq!((host.sent() - sent, report.further_pictures, report.further_stored), (1, 4, 0), "only the broken one");
    host.fail(".png", 404, usize::MAX);
    assert_eq!(import_feed(root.path(), &feed).further_pictures, 4);
    assert_eq!(articles(root.path()), stored);

    let app = || ready_app_of(&root.path().join("catalogue"));
    let product: Product = get(app(), "/api/v1/products/a").await.json();
    assert_eq!(product.further_pictures.len(), 2);
    for (url, width) in product.further_pictures.iter().zip([310, 320]) {
        for (url, width) in [(url.clone(), width), (format!("{url}&width=240"), 240)] {
            let answer = get(app(), &url).await;
            assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
            let picture = image::load_from_memory_with_format(&answer.body, ImageFormat::Jpeg).expect("a JPEG");
            assert_eq!(picture.width(), width, "{url}");
        }
    }
    for missing in ["/api/v1/images/a/0", "/api/v1/images/a/3", "/api/v1/images/c/1", "/api/v1/images/a/x"] {
        assert_eq!(get(app(), missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }

    // Without them in the feed, they go; what the former version shows stays for a while.
    let bare = [line("a", &at("a"), "shirts"), line("b", &at("b"), "tops")].join("\n") + "\n";
    let files = || fs::read_dir(root.path().join("catalogue/images")).expect("a folder").count();
    let before = files();
    assert_eq!(import_feed(root.path(), &bare).further_pictures, 0);
    assert_eq!(files(), before);
    import_feed(root.path(), &bare);
    assert_eq!(files(), 4, "two pictures with a narrower copy each");
}
