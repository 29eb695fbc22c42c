//! A shop gives its products other ids, as when it changes its system: what stays, and what the report says is lost.

use std::fs;
use std::path::Path;

use stl_server::catalogue::import::{ImportOptions, import};
use stl_server::catalogue::rules::{Rules, stored};
use stl_server::catalogue::{Article, ImportReport, Store};

use crate::picture_host::PictureHost;
use crate::support::{BLUE, GREEN, RED, line, models, options, png, rectangle};

const COUNT: usize = 6;

/// Two rules, of which the second also names a product that keeps its id.
const RULES: &str = "[[rule]]\nname = \"first\"\naction = \"pin\"\nposition = 1\nid = \"old-0\"\n\n\
                     [[rule]]\nname = \"more\"\naction = \"boost\"\nid = [\"old-1\", \"same\"]\n";

fn import_lines(root: &Path, lines: &[String]) -> ImportReport {
    let feed = root.join("feed.jsonl");
    fs::write(&feed, lines.join("\n") + "\n").expect("written");
    let options = ImportOptions { private_addresses_allowed: true, ..options() };
    import(&feed, &root.join("catalogue"), &models(), &options, |_, _| {}).expect("imported")
}

fn articles(root: &Path) -> Vec<Article> {
    Store::open(&root.join("catalogue")).and_then(|mut store| store.read()).expect("a catalogue").1
}

#[test]
fn products_under_new_ids_keep_their_pictures_and_the_report_says_what_is_lost() {
    let root = tempfile::tempdir().expect("a folder");
    let (catalogue, pictures) = (root.path().join("catalogue"), root.path().join("host"));
    fs::create_dir(&pictures).expect("a folder");
    for number in 0..COUNT as u32 {
        let colour = [RED, GREEN, BLUE][number as usize % 3];
        fs::write(pictures.join(format!("{number}.png")), png(&rectangle(60 + number, 80, colour))).expect("written");
    }
    let host = PictureHost::of_folder(&pictures);
    let lines = |prefix: &str, more: &str| -> Vec<String> {
        let id = |number: usize| if number + 1 == COUNT { "same".to_owned() } else { format!("{prefix}-{number}") };
        let at = |number: usize| format!("http://{}/{number}.png{more}", host.address);
        (0..COUNT).map(|number| line(&id(number), &at(number), "shirts")).collect()
    };
    let report = import_lines(root.path(), &lines("old", ""));
    assert_eq!((report.imported, report.encoded, report.hints), (COUNT, COUNT, Vec::new()));
    stored::write(&catalogue, Rules::from_toml(RULES).expect("rules"), RULES).expect("written");
    let before = articles(root.path());
    assert_eq!(host.sent(), COUNT);

    // The same addresses: each is asked whether it has changed, and nothing is sent.
    let report = import_lines(root.path(), &lines("new", ""));
    assert_eq!((report.imported, report.encoded, report.unchanged), (COUNT, 0, COUNT), "{report:?}");
    assert_eq!((host.sent(), host.unchanged()), (COUNT, COUNT));
    let after = articles(root.path());
    let ids: Vec<&str> = after.iter().map(|article| article.id.as_str()).collect();
    assert_eq!(ids, ["new-0", "new-1", "new-2", "new-3", "new-4", "same"]);
    let pictures = |articles: &[Article]| articles.iter().map(|article| article.picture_sha256).collect::<Vec<_>>();
    assert_eq!(pictures(&after), pictures(&before));
    for article in &after {
        assert!(catalogue.join(format!("images/{}.jpg", article.picture_sha256)).is_file(), "{}", article.id);
    }
    let expected = [
        "5 new products with the picture of one that is gone, such as \"new-0\" for \"old-0\": ",
        "rule \"first\": no product fits it",
        "rule \"more\": there is no product \"old-1\"",
    ];
    assert_eq!(report.hints.len(), expected.len(), "{:?}", report.hints);
    for (hint, expected) in report.hints.iter().zip(expected) {
        assert!(hint.starts_with(expected), "{hint}");
    }

    // Other addresses as well: the files are fetched, known by their content, and not encoded.
    let report = import_lines(root.path(), &lines("newer", "?v=2"));
    assert_eq!((report.imported, report.encoded, report.unchanged), (COUNT, 0, COUNT), "{report:?}");
    assert_eq!(host.sent(), 2 * COUNT);
    assert_eq!(pictures(&articles(root.path())), pictures(&before));
    // The rules were told of before.
    assert!(report.hints.len() == 1 && report.hints[0].contains("\"newer-0\" for \"new-0\""), "{:?}", report.hints);
    // The same feed again has nothing to tell.
    assert_eq!(import_lines(root.path(), &lines("newer", "?v=2")).hints, Vec::<String>::new());
}
