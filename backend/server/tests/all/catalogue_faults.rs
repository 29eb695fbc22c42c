//! What fails for a while, or is damaged, deletes no product: busy hosts, feeds that were cut off, damaged pictures, a full disk.

use std::fs;
use std::path::PathBuf;

use stl_server::catalogue::edit::{delete, update};
use stl_server::catalogue::feed::{Change, SaleChange};
use stl_server::catalogue::import::{ImportError, ImportOptions, import};
use stl_server::catalogue::verify::verify;
use stl_server::catalogue::{Article, ImportReport, Store};
use tempfile::TempDir;

use crate::picture_host::PictureHost;
use crate::support::{BLUE, GREEN, RED, line, models, options, png, rectangle};

/// Products of a shop whose pictures a host has: `p0.png` to `p7.png`.
const COUNT: usize = 8;

struct Shop {
    root: TempDir,
    host: PictureHost,
}

impl Shop {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let pictures = root.path().join("host");
        fs::create_dir(&pictures).expect("a folder");
        for number in 0..COUNT as u32 {
            let colour = [RED, GREEN, BLUE][number as usize % 3];
            let picture = png(&rectangle(60 + number, 80, colour));
            fs::write(pictures.join(format!("p{number}.png")), picture).expect("written");
        }
        let host = PictureHost::of_folder(&pictures);
        Self { root, host }
    }

    fn host_file(&self, name: &str) -> PathBuf {
        self.root.path().join("host").join(name)
    }

    fn catalogue(&self) -> PathBuf {
        self.root.path().join("catalogue")
    }

    fn line(&self, number: usize) -> String {
        line(&format!("s{number}"), &format!("http://{}/p{number}.png", self.host.address), "shirts")
    }

    fn import_lines(&self, lines: &[String], more: ImportOptions) -> Result<ImportReport, ImportError> {
        let feed = self.root.path().join("feed.jsonl");
        fs::write(&feed, lines.join("\n") + "\n").expect("written");
        let options = ImportOptions { private_addresses_allowed: true, ..more };
        import(&feed, &self.catalogue(), &models(), &options, |_, _| {})
    }

    fn import(&self) -> ImportReport {
        let lines: Vec<String> = (0..COUNT).map(|number| self.line(number)).collect();
        self.import_lines(&lines, options()).expect("imported")
    }

    fn articles(&self) -> Vec<Article> {
        Store::open(&self.catalogue()).and_then(|mut store| store.read()).expect("a catalogue").1
    }

    fn picture(&self, article: &Article) -> PathBuf {
        self.catalogue().join(format!("images/{}.jpg", article.picture_sha256))
    }
}

#[test]
fn damaged_copies_of_any_width_are_stored_again() {
    let shop = Shop::new();
    fs::write(shop.host_file("p0.png"), png(&rectangle(600, 700, RED))).expect("written");
    shop.import();
    let names = |folder: &PathBuf| {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        // Those of 240, 360 and 480 pixels' width: DIGEST-WIDTH.jpg.
        entries
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains('-')))
            .collect::<Vec<_>>()
    };
    let narrow = names(&shop.catalogue().join("images"));
    assert_eq!(narrow.len(), 3, "{narrow:?}");
    for (path, content) in narrow.iter().zip([&b""[..], b"garbage", &[0xff, 0xd8]]) {
        fs::write(path, content).expect("written");
        assert_eq!(verify(&shop.catalogue(), &models()).expect("read").len(), 1);
        shop.import();
        assert_eq!(verify(&shop.catalogue(), &models()).expect("read"), Vec::<String>::new());
    }
}

#[test]
fn a_picture_that_cannot_be_fetched_now_stays_as_it_is_stored() {
    let shop = Shop::new();
    shop.import();
    let before = shop.articles();
    // Busy once: tried again. Busy for ever, gone, or another file: the stored picture stays.
    shop.host.fail("p0.png", 429, 1);
    shop.host.fail("p1.png", 503, usize::MAX);
    shop.host.fail("p2.png", 404, usize::MAX);
    fs::write(shop.host_file("p3.png"), "<!DOCTYPE html><html>busy</html>").expect("written");
    let report = shop.import();
    assert_eq!((report.imported, report.kept, report.left_out.len()), (COUNT, 3, 0));
    let notes: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
    for (note, expected) in notes.iter().zip(["status 503", "status 404", "a web page"]) {
        assert!(note.contains(expected) && note.contains("the stored picture is kept"), "{note}");
    }
    assert_eq!(shop.articles(), before);
    // A new product with a picture that fails has none that could stay.
    let mut lines: Vec<String> = (0..COUNT).map(|number| shop.line(number)).collect();
    lines.push(line("new", &format!("http://{}/p1.png?new", shop.host.address), "shirts"));
    let report = shop.import_lines(&lines, options()).expect("imported");
    assert_eq!((report.imported, report.left_out.len(), report.left_out[0].field), (COUNT, 1, "image_link"));
}

#[test]
fn a_feed_that_loses_many_products_is_refused_unless_it_is_forced() {
    let shop = Shop::new();
    shop.import();
    let lines: Vec<String> = (0..COUNT / 2).map(|number| shop.line(number)).collect();
    let sent = shop.host.sent();
    let error = shop.import_lines(&lines, options()).expect_err("half of the products");
    assert!(matches!(error, ImportError::TooManyLost { before: 8, after: 4, limit_percent: 25, .. }), "{error}");
    assert!(error.to_string().contains("--force") && error.to_string().contains("--max-drop"), "{error}");
    assert_eq!((shop.articles().len(), shop.host.sent()), (COUNT, sent), "before any picture is fetched");
    // Rows that are left out count as well.
    let faulty: Vec<String> =
        (0..COUNT).map(|number| shop.line(number).replace("s5", "").replace("s6", "").replace("s7", "")).collect();
    assert!(
        matches!(shop.import_lines(&faulty, options()), Err(ImportError::TooManyLost { after: 5, left_out, .. }) if left_out.len() == 3)
    );
    let six = ImportOptions { max_drop_percent: 50, ..options() };
    assert_eq!(shop.import_lines(&lines, six).expect("half may go").imported, 4);
    let all = ImportOptions { max_drop_percent: 100, ..options() };
    assert_eq!(shop.import_lines(&lines[..1], all).expect("all may go").imported, 1);
}

#[test]
fn an_import_deletes_only_files_that_an_import_writes() {
    let shop = Shop::new();
    let others = ["images/own.jpg", "images/notes.txt", "features-list.csv", "rows-2026.xlsx"];
    fs::create_dir_all(shop.catalogue().join("images")).expect("a folder");
    for other in others {
        fs::write(shop.catalogue().join(other), other).expect("written");
    }
    shop.import();
    let dropped = shop.picture(&shop.articles()[0]);
    let lines: Vec<String> = (1..COUNT).map(|number| shop.line(number)).collect();
    for _ in 0..2 {
        shop.import_lines(&lines, options()).expect("imported");
    }
    assert!(!dropped.exists(), "no version needs it");
    for other in others {
        assert_eq!(fs::read_to_string(shop.catalogue().join(other)).expect("kept"), other);
    }
}

#[test]
fn a_feed_in_the_catalogues_own_folder_is_refused() {
    let shop = Shop::new();
    shop.import();
    let before = shop.articles();
    fs::write(shop.catalogue().join("products.jsonl"), shop.line(0)).expect("written");
    for feed in [shop.catalogue(), shop.catalogue().join("products.jsonl")] {
        let error = import(&feed, &shop.catalogue(), &models(), &options(), |_, _| {}).expect_err("its own folder");
        assert!(matches!(error, ImportError::FeedInCatalogue { .. }), "{error}");
    }
    assert_eq!(shop.articles(), before);
}

#[test]
fn an_import_heals_what_verify_blames() {
    let shop = Shop::new();
    shop.import();
    let articles = shop.articles();
    fs::write(shop.picture(&articles[0]), b"").expect("written");
    fs::write(shop.picture(&articles[1]), b"garbage").expect("written");
    fs::remove_file(shop.picture(&articles[2])).expect("deleted");
    let whole = fs::read(shop.picture(&articles[3])).expect("a picture");
    fs::write(shop.picture(&articles[3]), &whole[..whole.len() / 2]).expect("written");
    assert_eq!(verify(&shop.catalogue(), &models()).expect("read").len(), 4);
    let report = shop.import();
    assert_eq!((report.imported, report.kept), (COUNT, 0));
    assert_eq!(verify(&shop.catalogue(), &models()).expect("read"), Vec::<String>::new());
    assert_eq!(fs::read(shop.picture(&articles[3])).expect("a picture"), whole);
}

#[test]
fn an_address_is_fetched_once_and_later_asked_whether_it_has_changed() {
    let shop = Shop::new();
    let same: Vec<String> = (0..30).map(|number| shop.line(0).replace("\"s0\"", &format!("\"q{number}\""))).collect();
    let report = shop.import_lines(&same, options()).expect("imported");
    assert_eq!((report.imported, shop.host.sent()), (30, 1));
    let report = shop.import_lines(&same, options()).expect("imported again");
    assert_eq!((report.imported, report.encoded, report.unchanged), (30, 0, 30));
    assert_eq!((shop.host.sent(), shop.host.unchanged()), (1, 1));
    // Another picture at the same address is noticed.
    fs::write(shop.host_file("p0.png"), png(&rectangle(90, 100, BLUE))).expect("written");
    let report = shop.import_lines(&same, options()).expect("imported once more");
    assert_eq!((report.encoded, shop.host.sent()), (30, 2));
}

#[test]
fn what_a_failed_import_has_stored_does_not_stay() {
    let shop = Shop::new();
    shop.import();
    let images = || fs::read_dir(shop.catalogue().join("images")).expect("a folder").count();
    assert_eq!(images(), COUNT);
    // As on a full disk, the features of the next version cannot be written: a folder has their name.
    let blocked = shop.catalogue().join("features-2.bin");
    fs::create_dir(&blocked).expect("a folder");
    fs::write(blocked.join("full"), b"").expect("written");
    for number in 0..COUNT as u32 {
        fs::write(shop.host_file(&format!("p{number}.png")), png(&rectangle(100 + number, 90, RED))).expect("written");
    }
    let lines: Vec<String> = (0..COUNT).map(|number| shop.line(number)).collect();
    assert!(matches!(shop.import_lines(&lines, options()), Err(ImportError::Write { .. })));
    assert_eq!(images(), COUNT, "the pictures of the failed import are gone");
    assert!(!shop.catalogue().join("encoding.bin").exists(), "and so is its journal");
    // What a killed one has left, no journal names: the next import deletes it before it stores anything.
    fs::write(shop.catalogue().join("images").join(format!("{}.jpg", "0".repeat(64))), b"left").expect("written");
    fs::remove_dir_all(&blocked).expect("deleted");
    assert_eq!(shop.import().encoded, COUNT);
    assert_eq!(images(), 2 * COUNT, "the former version's may still be shown");
}

#[test]
fn prices_change_and_products_go_while_an_import_runs() {
    let shop = Shop::new();
    shop.import();
    let lines: Vec<String> = (0..COUNT).map(|number| shop.line(number).replace("19.95", "29.95")).collect();
    let feed = shop.root.path().join("feed.jsonl");
    fs::write(&feed, lines.join("\n") + "\n").expect("written");
    let (catalogue, mut is_changed) = (shop.catalogue(), false);
    let options = ImportOptions { private_addresses_allowed: true, ..options() };
    let report = import(&feed, &catalogue, &models(), &options, |_, _| {
        if !std::mem::replace(&mut is_changed, true) {
            let price = "5 EUR".parse().ok();
            let change = Change { id: "s1".to_owned(), price, sale: SaleChange::Keep, availability: None };
            assert_eq!(update(&catalogue, "", &[change]).expect("beside the import").edited, 1);
            assert_eq!(delete(&catalogue, &models(), "", &["s2".to_owned()]).expect("beside the import").edited, 1);
        }
    });
    assert_eq!(report.expect("imported").imported, COUNT);
    let found: Vec<_> = shop.articles().into_iter().map(|article| (article.id, article.price.amount_minor)).collect();
    let expected = [("s0", 2995), ("s1", 500), ("s3", 2995), ("s4", 2995), ("s5", 2995), ("s6", 2995), ("s7", 2995)];
    assert_eq!(found, expected.map(|(id, amount)| (id.to_owned(), amount)));
    assert_eq!(verify(&shop.catalogue(), &models()).expect("read"), Vec::<String>::new());
}

#[test]
fn a_cancelled_import_changes_nothing() {
    let shop = Shop::new();
    shop.import();
    let before = shop.articles();
    let options = ImportOptions { private_addresses_allowed: true, ..options() };
    let lines: Vec<String> = (0..COUNT).map(|number| shop.line(number).replace("19.95", "29.95")).collect();
    let feed = shop.root.path().join("feed.jsonl");
    fs::write(&feed, lines.join("\n") + "\n").expect("written");
    let stop = options.stop.clone();
    let outcome = import(&feed, &shop.catalogue(), &models(), &options, |_, _| stop.stop());
    assert!(matches!(outcome, Err(ImportError::Stopped)), "{outcome:?}");
    assert_eq!(shop.articles(), before);
}
