//! A feed becomes the catalogue, and an accident leaves the former one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use stl_server::catalogue::features::{self, Features, ReadFeatures};
use stl_server::catalogue::filter::{Filter, PriceRange};
use stl_server::catalogue::import::{ImportError, ImportOptions, import};
use stl_server::catalogue::{Catalogue, CatalogueError, FeaturesError, ImportReport, LockError, Store};
use stl_server::digest::Digest;
use stl_server::pipeline::cards;
use tempfile::TempDir;

use crate::support::{ON_PROCESSOR, PRODUCTS, RED, line, models, options, png, rectangle, write_feed};

/// What a catalogue that was imported twice consists of.
const FILES: [&str; 7] =
    ["catalogue.sqlite", "features-1.bin", "features-2.bin", "images", "import.lock", "rows-1.bin", "rows-2.bin"];

struct Folders {
    root: TempDir,
}

impl Folders {
    fn new() -> Self {
        let folders = Self { root: tempfile::tempdir().expect("a folder") };
        write_feed(&folders.feed());
        folders
    }

    fn feed(&self) -> PathBuf {
        self.root.path().join("feed")
    }

    fn catalogue(&self) -> PathBuf {
        self.root.path().join("catalogue")
    }

    fn import(&self) -> Result<ImportReport, ImportError> {
        import(&self.feed(), &self.catalogue(), &models(), &options(), |_, _| {})
    }

    fn load(&self) -> Result<Catalogue, CatalogueError> {
        Catalogue::load(&self.catalogue(), &models(), ON_PROCESSOR)
    }

    fn append(&self, lines: &[String]) {
        let path = self.feed().join("products.jsonl");
        let all = fs::read_to_string(&path).expect("a feed") + "\n" + &lines.join("\n");
        fs::write(path, all).expect("written");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn bad_rows_are_listed_and_the_others_imported() {
    let folders = Folders::new();
    fs::write(folders.feed().join("images/torn.png"), &png(&rectangle(90, 90, RED))[..60]).expect("written");
    folders.append(&[
        line("torn", "images/torn.png", "shirts"),
        line("hat", "images/shirts.png", "hats"),
        "{\n".to_owned(),
    ]);
    let report = folders.import().expect("imported");
    assert_eq!((report.imported, report.unchanged), (PRODUCTS, 0));
    let problems: Vec<_> = report.left_out.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(problems, [(25, "image_link"), (26, "category"), (27, "line")]);
    assert!(report.left_out[0].fault.to_string().contains("cut short"), "{}", report.left_out[0]);
    assert!(report.left_out[1].fault.to_string().contains("expected one of blazers"), "{}", report.left_out[1]);
}

#[tokio::test]
async fn pictures_come_from_addresses_too() {
    let folders = Folders::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let picture = png(&rectangle(70, 90, [90, 20, 200]));
    let host = axum::Router::new().route("/a.png", axum::routing::get(move || async { picture }));
    tokio::spawn(async move { axum::serve(listener, host).await });
    folders.append(&[
        line("fetched", &format!("{origin}/a.png"), "shirts"),
        line("missing", &format!("{origin}/b.png"), "shirts"),
    ]);
    let (feed, catalogue) = (folders.feed(), folders.catalogue());
    let import_with = move |private_addresses_allowed| {
        let options = ImportOptions { private_addresses_allowed, ..options() };
        import(&feed, &catalogue, &models(), &options, |_, _| {}).expect("imported")
    };
    let (refused, allowed) =
        tokio::task::spawn_blocking(move || (import_with(false), import_with(true))).await.expect("two imports");
    assert_eq!((refused.imported, refused.left_out.len()), (PRODUCTS, 2));
    assert!(refused.left_out[0].fault.to_string().contains("not a public address"), "{}", refused.left_out[0]);
    assert_eq!((allowed.imported, allowed.encoded), (PRODUCTS + 1, 1));
    assert!(
        allowed.left_out[0].fault.to_string().contains("/b.png: the server answered with status 404"),
        "{}",
        allowed.left_out[0]
    );
    let loaded = folders.load().expect("loaded");
    let stored = loaded.find("fetched").expect("the fetched product");
    assert!(loaded.picture_path(&stored.picture_sha256).is_file());
}

#[test]
fn a_host_that_sends_nothing_is_named_while_it_is_waited_for() {
    let folders = Folders::new();
    // The system makes the connection, and nobody answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let picture = format!("http://{}/a.png", silent.local_addr().expect("an address"));
    folders.append(&[line("hanging", &picture, "shirts")]);
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program.args(["catalogue", "import"]).arg(folders.feed()).arg("--catalogue").arg(folders.catalogue());
    program.args(["--device", "cpu", "--allow-private-addresses"]);
    let mut importing = program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program runs");
    let said = BufReader::new(importing.stderr.take().expect("piped")).lines().map_while(Result::ok);
    let told = said.into_iter().find(|line| line.starts_with("waiting for "));
    importing.kill().expect("killed");
    importing.wait().expect("ended");
    let told = told.expect("a line while it waits");
    assert!(told.starts_with("waiting for 127.0.0.1 since 1") && told.ends_with(" s"), "{told}");
}

#[test]
fn unchanged_pictures_are_not_encoded_again() {
    let folders = Folders::new();
    let first = folders.import().expect("imported");
    assert_eq!(first.encoded + first.unchanged, PRODUCTS);
    let before = folders.load().expect("loaded");
    let second = folders.import().expect("imported again");
    assert_eq!((second.imported, second.encoded, second.unchanged), (PRODUCTS, 0, PRODUCTS));
    assert_eq!(folders.load().expect("loaded").len(), before.len());
    assert_eq!(names(&folders.catalogue()), FILES);

    // Without the smaller copies: only one picture of the feed is wider than they are.
    let images = || names(&folders.catalogue().join("images"));
    let pictures = || images().into_iter().filter(|name| !name.contains('-')).collect::<Vec<_>>();
    assert_eq!(images().len(), pictures().len() + 1);
    let copy =
        folders.catalogue().join("images").join(images().into_iter().find(|name| name.contains('-')).expect("one"));
    fs::remove_file(&copy).expect("removed");
    fs::write(folders.feed().join("images/tops.png"), png(&rectangle(50, 70, [1, 2, 3]))).expect("written");
    let third = folders.import().expect("imported with a new picture");
    assert_eq!((third.encoded, third.unchanged), (2, PRODUCTS - 2));
    assert!(copy.is_file(), "a catalogue without copies gets them");
    assert_eq!(pictures().len(), 17, "the replaced picture may still be shown");
    folders.import().expect("imported once more");
    assert_eq!(pictures().len(), 16, "the replaced picture is gone");
}

#[test]
fn an_import_that_dies_or_fails_leaves_the_former_catalogue() {
    let folders = Folders::new();
    folders.import().expect("imported");
    // What a process that was killed before its transaction leaves behind.
    fs::write(folders.catalogue().join("features-2.bin"), b"half").expect("written");
    fs::write(folders.catalogue().join("features-2.bin.3.part"), b"half").expect("written");
    fs::write(folders.catalogue().join("rows-2.bin"), b"half").expect("written");
    let unfinished = format!("images/{}.jpg.1.part", "0".repeat(64));
    fs::write(folders.catalogue().join(unfinished), b"half").expect("written");
    assert_eq!(folders.load().expect("still there").len(), PRODUCTS);

    let feed = folders.feed().join("products.jsonl");
    let good = fs::read(&feed).expect("a feed");
    fs::write(&feed, "nothing but this").expect("written");
    assert!(matches!(folders.import(), Err(ImportError::Nothing(problems)) if problems.len() == 1));
    assert_eq!(folders.load().expect("still there").len(), PRODUCTS);

    fs::write(&feed, good).expect("written");
    folders.import().expect("imported");
    assert_eq!(folders.load().expect("the new one").len(), PRODUCTS);
    assert_eq!(names(&folders.catalogue()), FILES);
    assert!(names(&folders.catalogue().join("images")).iter().all(|name| name.ends_with(".jpg")));
}

#[test]
fn damaged_features_are_refused_and_made_anew() {
    let folders = Folders::new();
    folders.import().expect("imported");
    let path = folders.catalogue().join("features-1.bin");
    let mut bytes = fs::read(&path).expect("features");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&path, bytes).expect("written");
    let error = folders.load().expect_err("damaged");
    assert!(matches!(error, CatalogueError::Features(FeaturesError::Damaged { .. })), "{error}");
    assert!(error.to_string().contains("run `shop-the-look catalogue import` again"), "{error}");
    let report = folders.import().expect("imported");
    assert_eq!(report.unchanged, 0);
    assert_eq!(folders.load().expect("whole again").len(), PRODUCTS);
}

#[test]
fn features_of_another_network_are_refused() {
    let folders = Folders::new();
    folders.import().expect("imported");
    // The same features, said to be made by another network.
    let path = folders.catalogue().join("features-1.bin");
    let ReadFeatures { features, .. } = features::read(&path, models().fashion_dna_sha256()).expect("features");
    let (ids, values) = (features.ids.clone(), features.values().to_vec());
    let others = Features::new(Digest::of(b"another"), features.version, features.width, ids, values);
    features::write(&path, &others).expect("written");
    let error = folders.load().expect_err("another network");
    assert!(matches!(error, CatalogueError::Features(FeaturesError::OtherNetwork { .. })), "{error}");
}

#[test]
fn two_imports_at_once_do_not_mix() {
    let folders = Folders::new();
    fs::create_dir_all(folders.catalogue()).expect("a folder");
    let held = fs::File::create(folders.catalogue().join("import.lock")).expect("a lock");
    held.lock().expect("locked");
    assert!(matches!(folders.import(), Err(ImportError::Lock(LockError::Busy { .. }))));
}

#[test]
fn a_folder_without_a_catalogue_says_what_to_do() {
    let folders = Folders::new();
    let error = Store::open(&folders.catalogue()).expect_err("nothing there").to_string();
    assert!(error.contains("run `shop-the-look catalogue import FEED` first"), "{error}");
}

#[test]
fn a_sale_counts_while_it_is_on_and_the_catalogue_knows_when_that_ends() {
    let folders = Folders::new();
    let on_sale = |id: &str, period: Option<&str>| {
        let mut row: serde_json::Value =
            serde_json::from_str(&line(id, "images/shirts.png", "shirts")).expect("an object");
        row["sale_price"] = "9.95 EUR".into();
        if let Some(period) = period {
            row["sale_price_effective_date"] = period.into();
        }
        row.to_string()
    };
    folders.append(&[
        on_sale("always", None),
        on_sale("running", Some("2020-01-01T00:00+0100/2999-01-01T00:00+0100")),
        on_sale("over", Some("2020-01-01/2020-01-31")),
        on_sale("upside-down", Some("2999-01-01/2020-01-01")),
    ]);
    let report = folders.import().expect("imported");
    // The field is dropped, the product stays.
    assert_eq!((report.left_out.len(), report.notes[0].field), (0, "sale_price_effective_date"));
    let loaded = folders.load().expect("loaded");
    let shown = |id: &str| {
        let product = cards::product(loaded.find(id).expect("imported"), Timestamp::now());
        let regular = product.regular_price.as_ref().map(|price| price.amount_minor);
        (product.price.amount_minor, regular, product.price_valid_until)
    };
    assert_eq!(shown("always"), (995, Some(1995), None));
    assert_eq!(shown("running"), (995, Some(1995), Some("2998-12-31T23:00:00Z".to_owned())));
    assert_eq!(shown("over"), (1995, None, None));
    assert_eq!(shown("upside-down"), (1995, None, None));
    let moment = |text: &str| text.parse().expect("a moment");
    let cheap = Filter { price_minor: PriceRange { lowest: 0, highest: 995 }, ..Filter::default() };
    let found_at = |now| {
        let selection = loaded.market("").expect("the only one").selection(&cheap, now).expect("a filter");
        selection.words().iter().map(|word| word.count_ones()).sum::<u32>()
    };
    assert_eq!(found_at(moment("2998-12-31T22:59:59Z")), 2);
    assert_eq!(found_at(moment("2998-12-31T23:00:00Z")), 1);
}
