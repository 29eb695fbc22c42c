//! Feeds that went wrong elsewhere, as shops reported them, and what a shop expects. The files lie in `feeds` of the folder that the
//! environment variable `SHOP_THE_LOOK_CASES` names, or in a folder `shared/cases` beside the repository; without them the tests say so and skip.

use std::fs;
use std::path::{Path, PathBuf};

use stl_server::catalogue::feed::{Feed, FeedOptions, PictureSource, read};
use stl_server::catalogue::import::{ImportError, ImportOptions, import};
use stl_server::catalogue::verify::verify;
use stl_server::catalogue::{Article, ImportReport, Store};
use tempfile::TempDir;

use crate::picture_host::PictureHost;
use crate::support::{models, options};

/// The host that the feeds name.
const HOST: &str = "127.0.0.1:18150";

fn cases() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases");
    let folder = std::env::var_os("SHOP_THE_LOOK_CASES").map_or_else(beside, PathBuf::from).join("feeds");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there is no folder {}", folder.display());
    None
}

/// A feed of the cases, read with the options of a shop in euros.
fn feed(case: &str) -> Option<Feed> {
    let options = FeedOptions {
        currency: Some("EUR".to_owned()),
        shop_url: Some("https://shop.example".to_owned()),
        ..FeedOptions::default()
    };
    Some(read(&cases()?.join(case), &options).unwrap_or_else(|error| panic!("{case}: {error}")))
}

fn ids(feed: &Feed) -> Vec<&str> {
    feed.rows.iter().map(|row| row.id.as_str()).collect()
}

/// Lines and fields of the rows that were left out.
fn left_out(feed: &Feed) -> Vec<(usize, &str)> {
    feed.problems.iter().map(|problem| (problem.line, problem.field)).collect()
}

/// A shop whose pictures are those of the cases.
struct Shop {
    cases: PathBuf,
    host: PictureHost,
    root: TempDir,
}

impl Shop {
    fn open() -> Option<Self> {
        let cases = cases()?;
        let host = PictureHost::of_folder(&cases.join("pics"));
        Some(Self { cases, host, root: tempfile::tempdir().expect("a folder") })
    }

    fn catalogue(&self) -> PathBuf {
        self.root.path().join("catalogue")
    }

    fn import(&self, case: &str) -> Result<ImportReport, ImportError> {
        let text = fs::read_to_string(self.cases.join(case)).expect("a feed");
        let feed = self.root.path().join(Path::new(case).file_name().expect("a name"));
        fs::write(&feed, text.replace(HOST, &self.host.address)).expect("written");
        let options = ImportOptions { private_addresses_allowed: true, ..options() };
        import(&feed, &self.catalogue(), &models(), &options, |_, _| {})
    }

    fn articles(&self) -> Vec<Article> {
        Store::open(&self.catalogue()).and_then(|mut store| store.read()).expect("a catalogue").1
    }

    fn pictures(&self) -> Vec<PathBuf> {
        let path = |article: &Article| self.catalogue().join(format!("images/{}.jpg", article.picture_sha256));
        self.articles().iter().map(path).collect()
    }
}

#[test]
fn a_feed_that_is_cut_off_deletes_nothing() {
    let Some(shop) = Shop::open() else { return };
    assert_eq!(shop.import("truncated-xml/full.xml").expect("imported").imported, 10);
    let error = shop.import("truncated-xml/cut.xml").expect_err("cut off").to_string();
    assert!(error.contains("</rss>") && error.contains("cut off"), "{error}");
    assert_eq!(shop.articles().len(), 10);
}

#[test]
fn a_picture_that_fails_once_or_for_ever_deletes_nothing() {
    let Some(shop) = Shop::open() else { return };
    let first = shop.import("transient-error-deletes/feed.jsonl").expect("imported");
    // Two of its pictures never existed.
    let (count, missing) = (first.imported, first.left_out.len());
    shop.host.fail("p1.jpg", 429, 1);
    let again = shop.import("transient-error-deletes/feed.jsonl").expect("imported");
    assert_eq!((again.imported, again.kept, again.left_out.len()), (count, 0, missing));
    for status in [503, 404] {
        shop.host.fail("p1.jpg", status, usize::MAX);
        let report = shop.import("transient-error-deletes/feed.jsonl").expect("imported");
        assert_eq!((report.imported, report.kept), (count, 1), "{status}");
        assert!(report.notes[0].to_string().contains("the stored picture is kept"), "{}", report.notes[0]);
    }
}

#[test]
fn an_import_heals_what_verify_blames() {
    let Some(shop) = Shop::open() else { return };
    shop.import("damaged-picture-not-healed/a.jsonl").expect("imported");
    let pictures = shop.pictures();
    fs::write(&pictures[0], b"").expect("written");
    fs::write(&pictures[1], b"garbage").expect("written");
    assert_eq!(verify(&shop.catalogue(), &models()).expect("read").len(), 2);
    shop.import("damaged-picture-not-healed/a.jsonl").expect("imported");
    assert_eq!(verify(&shop.catalogue(), &models()).expect("read"), Vec::<String>::new());
}

#[test]
fn each_address_is_fetched_once_and_then_only_asked_for() {
    let Some(shop) = Shop::open() else { return };
    let count = shop.import("same-address-fetched-again/same.jsonl").expect("imported").imported;
    assert!(count >= 30, "{count}");
    assert_eq!((shop.host.sent(), shop.host.unchanged()), (1, 0));
    let again = shop.import("same-address-fetched-again/same.jsonl").expect("imported");
    assert_eq!((again.imported, again.encoded), (count, 0));
    assert_eq!((shop.host.sent(), shop.host.unchanged()), (1, 1));
}

#[test]
fn addresses_are_read_as_browsers_do() {
    let Some(shop) = Shop::open() else { return };
    let report = shop.import("addresses/feed.jsonl").expect("imported");
    let imported: Vec<String> = shop.articles().into_iter().map(|article| article.id).collect();
    assert_eq!(imported, ["entity", "non-ascii", "space", "woo list"]);
    // `//` is https, which this host does not speak; the IDN host does not exist; there is no such port.
    let lines: Vec<usize> = report.left_out.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [4, 5, 7], "{:?}", report.left_out);
    assert!(report.left_out[2].to_string().contains("invalid port number"), "{}", report.left_out[2]);

    let Some(feed) = feed("addresses/links.csv") else { return };
    let links: Vec<&str> = feed.rows.iter().map(|row| row.link.as_str()).collect();
    assert_eq!(links, ["https://s.example/a%20b", "https://s.example/a", "https://s.example/?a=1&b=2"]);
    assert_eq!(left_out(&feed), [(5, "link")]);
}

#[test]
fn placeholders_are_reported_and_a_gifs_first_frame_is_used() {
    let Some(shop) = Shop::open() else { return };
    let report = shop.import("pictures/feed.jsonl").expect("imported");
    let imported: Vec<String> = shop.articles().into_iter().map(|article| article.id).collect();
    assert_eq!(imported, ["gif.gif"]);
    let expected = ["placeholder", "placeholder", "placeholder", "AVIF"];
    for (problem, expected) in report.left_out.iter().zip(expected) {
        assert!(problem.to_string().contains(expected), "{problem}");
    }
    assert_eq!(report.left_out.len(), 4);
}

#[test]
fn a_bare_ampersand_is_a_letter() {
    let Some(amp) = feed("xml-bare-ampersand/amp.xml") else { return };
    assert_eq!((ids(&amp), left_out(&amp)), (vec!["1", "2", "3"], vec![]));
    assert_eq!(amp.rows[1].title, "Dress by M&S Black");
    let Some(url) = feed("xml-bare-ampersand/amp_url.xml") else { return };
    assert_eq!((ids(&url), url.rows[1].link.as_str()), (vec!["1", "2", "3"], "https://shop.example/p?id=2&color=red"));
}

#[test]
fn a_long_description_is_read_without_its_markup() {
    let Some(feed) = feed("long-description/shop_long.csv") else { return };
    // The last row costs nothing, which is reported.
    assert_eq!((feed.rows.len(), left_out(&feed)), (3, vec![(5, "Variant Price")]));
    assert_eq!(feed.rows[2].link, "https://shop.example/products/robe-%C3%A9t%C3%A9");
    let description = &feed.rows[0].description;
    assert!(description.starts_with("Soft cotton.") && !description.contains('<'), "{description}");
}

#[test]
fn prices_with_one_meaning_are_read_and_no_other() {
    let Some(case) = cases() else { return };
    let feed = read(&case.join("price-forms/prices.csv"), &FeedOptions::default()).expect("a feed");
    let price = |id: &str| {
        feed.rows
            .iter()
            .find(|row| row.id == id)
            .map(|row| row.price.to_string())
            .unwrap_or_else(|| "refused".to_owned())
    };
    for (id, expected) in [
        ("1", "19.95 EUR"),
        ("2", "19.95 EUR"),
        ("3", "1299.00 EUR"),
        ("4", "1299.00 EUR"),
        ("5", "1299.00 EUR"),
        ("6", "1299.00 CHF"),
        ("16", "0.99 EUR"),
        ("17", "1299.00 EUR"),
        ("20", "1299.00 USD"),
        ("21", "1299.00 EUR"),
        ("28", "19.95 USD"),
        ("30", "19.95 GBP"),
        ("34", "99.00 PLN"),
        // Several currencies, two amounts, nothing, two meanings, too many decimals, less than nothing.
        ("0", "refused"),
        ("7", "refused"),
        ("9", "refused"),
        ("10", "refused"),
        ("11", "refused"),
        ("22", "refused"),
        ("36", "refused"),
        ("37", "refused"),
    ] {
        assert_eq!(price(id), expected, "row {id}");
    }
    let dollars = FeedOptions { currency: Some("USD".to_owned()), ..FeedOptions::default() };
    let feed = read(&case.join("price-forms/prices.csv"), &dollars).expect("a feed");
    assert_eq!(feed.rows[0].price.to_string(), "19.95 USD");
}

#[test]
fn a_sale_price_of_nothing_is_no_sale() {
    let Some(feed) = feed("sale-price-zero/sale0.csv") else { return };
    assert_eq!(ids(&feed), ["1", "2", "3"]);
    assert_eq!((feed.rows[0].sale.as_ref(), left_out(&feed)), (None, vec![(5, "price")]));
    assert!(feed.hints[0].contains("sale_price is 0 in 1 row:"), "{:?}", feed.hints);
}

#[test]
fn other_kinds_of_product_are_left_out_by_their_words() {
    let Some(feed) = feed("swimwear-as-tops/swim.csv") else { return };
    assert_eq!(ids(&feed), Vec::<&str>::new());
    assert_eq!(left_out(&feed), (2..=9).map(|line| (line, "category")).collect::<Vec<_>>());
}

#[test]
fn the_files_of_other_programs_are_read() {
    let picture = |feed: &Feed| match &feed.rows[0].picture {
        PictureSource::Address(address) => address.clone(),
        other => panic!("{other}"),
    };
    for case in ["sep.csv", "metaimg.csv", "quoted_meta.csv"] {
        let Some(feed) = feed(&format!("formats-not-known/{case}")) else { return };
        assert_eq!((ids(&feed), picture(&feed).as_str()), (vec!["1"], "http://127.0.0.1:18150/f/p1.jpg"), "{case}");
    }
    let Some(woo) = feed("formats-not-known/woo.csv") else { return };
    assert_eq!((ids(&woo), picture(&woo).as_str()), (vec!["44"], "https://img.example/vneck-tee-2.jpg"));
    assert_eq!(
        (woo.rows[0].price.to_string().as_str(), woo.rows[0].link.as_str()),
        ("20.00 EUR", "https://shop.example/?p=44")
    );
    let Some(packed) = feed("gzip-unknown/feed.xml.gz") else { return };
    assert_eq!(ids(&packed), ["1"]);
}
