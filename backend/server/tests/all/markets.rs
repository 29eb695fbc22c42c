//! Feeds of several markets become one catalogue, and none touches another's.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};
use stl_server::catalogue::edit::{delete, delete_market};
use stl_server::catalogue::import::{ImportError, ImportOptions, import};
use stl_server::catalogue::verify::verify;
use stl_server::catalogue::{Article, Catalogue, ImportReport, Store, features};
use stl_server::digest::Digest;
use tempfile::TempDir;

use crate::picture_host::PictureHost;
use crate::support::{BLUE, GREEN, ON_PROCESSOR, RED, line, models, options, png, rectangle};

/// A shop of several markets.
pub(crate) struct Markets {
    root: TempDir,
}

impl Markets {
    /// Pictures `red.png`, `green.png`, `blue.png` and `other.png`, and nothing imported.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join("feed")).expect("a folder");
        let pictures = [("red", 90, RED), ("green", 100, GREEN), ("blue", 110, BLUE), ("other", 120, RED)];
        for (name, width, colour) in pictures {
            let file = root.path().join(format!("feed/{name}.png"));
            fs::write(file, png(&rectangle(width, 120, colour))).expect("written");
        }
        Self { root }
    }

    pub(crate) fn catalogue(&self) -> PathBuf {
        self.root.path().join("catalogue")
    }

    fn try_import(&self, market: &str, rows: &[Value], more: ImportOptions) -> Result<ImportReport, ImportError> {
        let feed = self.root.path().join("feed/products.jsonl");
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        fs::write(&feed, lines.join("\n") + "\n").expect("written");
        let options =
            ImportOptions { market: market.to_owned(), private_addresses_allowed: true, max_drop_percent: 100, ..more };
        import(&feed, &self.catalogue(), &models(), &options, |_, _| {})
    }

    /// Imports rows as the feed of a market.
    pub(crate) fn import(&self, market: &str, rows: &[Value]) -> ImportReport {
        let report = self.try_import(market, rows, options()).expect("imported");
        assert_eq!(report.left_out, []);
        report
    }

    fn articles(&self, market: &str) -> Vec<Article> {
        let (_, assortment) =
            Store::open(&self.catalogue()).and_then(|mut store| store.read_market(market)).expect("a market");
        assert_eq!(assortment.market, market);
        assortment.articles
    }

    fn article(&self, market: &str, id: &str) -> Article {
        self.articles(market).into_iter().find(|article| article.id == id).expect("an article")
    }

    /// All rows of all tables that are a market's own.
    fn rows(&self, market: &str) -> Vec<String> {
        let connection = Connection::open(self.catalogue().join("catalogue.sqlite")).expect("a database");
        let tables = ["products", "variants", "arrivals", "pictures", "category_counts"];
        let of_table = |table: &str| -> Vec<String> {
            let mut select =
                connection.prepare(&format!("SELECT * FROM {table} WHERE market = ?1")).expect("a statement");
            // The place of a count is one among those of all markets.
            let columns = if table == "category_counts" { 1..select.column_count() } else { 0..select.column_count() };
            let row = select.query_map([market], |row| {
                let values = columns.clone().map(|column| row.get::<_, rusqlite::types::Value>(column));
                values.map(|value| Ok(format!("{:?}", value?))).collect::<rusqlite::Result<Vec<String>>>()
            });
            row.expect("rows").map(|row| format!("{table}: {}", row.expect("a row").join(", "))).collect()
        };
        tables.into_iter().flat_map(of_table).collect()
    }

    /// The ids of all markets in the order of f(A), and f(A) of each.
    fn features(&self) -> Vec<(String, Vec<f32>)> {
        let (published, articles) =
            Store::open(&self.catalogue()).and_then(|mut store| store.read()).expect("a catalogue");
        let read = features::read(&self.catalogue().join(published.features_file), models().fashion_dna_sha256());
        let features = read.expect("features").features;
        assert!(features.ids.iter().eq(articles.iter().map(|article| &article.id)), "of one version");
        features.ids.iter().cloned().zip(features.rows().map(<[f32]>::to_vec)).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.features().into_iter().map(|(id, _)| id).collect()
    }
}

/// A row with a title, picture and price of its own.
pub(crate) fn row(id: &str, title: &str, picture: &str, price: &str) -> Value {
    let mut row: Value = serde_json::from_str(&line(id, picture, "shirts")).expect("an object");
    (row["title"], row["price"]) = (title.into(), price.into());
    row["link"] = format!("https://shop.example/{title}").into();
    row
}

#[test]
fn importing_one_market_leaves_every_row_of_the_others() {
    let shop = Markets::new();
    let pictures = shop.root.path().join("feed");
    let host = PictureHost::of_folder(&pictures);
    let at = |name: &str| format!("http://{}/{name}.png", host.address);
    let of = |id: &str, title: &str, picture: &str, price: &str| {
        let mut row = row(id, title, &at(picture), price);
        row["variants"] =
            json!([{"size": "M", "price": price, "availability": "in_stock", "link": "https://shop.example/m"}]);
        row
    };
    let report = shop.import("de", &[of("a", "Hemd", "red", "20 EUR"), of("b", "Bluse", "green", "30 EUR")]);
    assert_eq!((report.encoded, report.hints), (2, Vec::<String>::new()));
    let german = shop.rows("de");
    assert_eq!(german.len(), 2 + 2 + 2 + 2 + 1, "{german:#?}");
    // `a` has another picture there: the first market's counts, and the other is not fetched.
    let sent = host.sent();
    let french = [of("a", "chemise", "other", "25 CHF"), of("c", "robe", "blue", "50 CHF")];
    let report = shop.import("fr", &french);
    assert_eq!((report.imported, report.encoded, report.unchanged, host.sent() - sent), (2, 1, 1, 1));
    assert_eq!(shop.rows("de"), german);
    assert_eq!(shop.ids(), ["a", "b", "c"]);
    let [in_german, in_french] = ["de", "fr"].map(|market| shop.article(market, "a"));
    assert_eq!(in_german.picture_sha256, in_french.picture_sha256);
    assert_eq!((in_german.title.as_str(), in_french.title.as_str()), ("Hemd", "chemise"));
    assert_eq!(
        (in_german.price.to_string(), in_french.price.to_string()),
        ("20.00 EUR".to_owned(), "25.00 CHF".to_owned())
    );
    let french_rows = shop.rows("fr");
    // Again, then with other products; a third market, too.
    shop.import("de", &[of("a", "Hemd", "red", "20 EUR"), of("b", "Bluse", "green", "30 EUR")]);
    assert_eq!((shop.rows("de"), shop.rows("fr")), (german, french_rows.clone()));
    shop.import("it", &[of("c", "abito", "blue", "40 EUR")]);
    shop.import("de", &[of("b", "Bluse, neu", "green", "31 EUR"), of("d", "Rock", "other", "9 EUR")]);
    assert_eq!(shop.rows("fr"), french_rows);
    assert_eq!(shop.ids(), ["a", "b", "c", "d"], "`a` is still sold in one market");
    shop.import("fr", &french[1..]);
    assert_eq!(shop.ids(), ["b", "c", "d"]);
    let faults = verify(&shop.catalogue(), &models()).expect("a catalogue");
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_first_market_that_sells_an_article_decides_its_picture_and_category() {
    let shop = Markets::new();
    shop.import("de", &[row("a", "Hemd", "red.png", "20 EUR"), row("b", "Bluse", "green.png", "20 EUR")]);
    let mut french = [row("a", "chemise", "blue.png", "25 EUR"), row("c", "robe", "green.png", "1 EUR")];
    french[0]["category"] = "tops".into();
    shop.import("fr", &french);
    let feature = |id: &str| shop.features().into_iter().find(|(known, _)| known == id).expect("an article").1;
    let red = feature("a");
    assert_eq!(shop.article("fr", "a").category, shop.article("de", "a").category);
    // A new picture of the first market is that of all.
    shop.import("de", &[row("a", "Hemd", "other.png", "20 EUR"), row("b", "Bluse", "green.png", "20 EUR")]);
    let other = feature("a");
    assert!(other != red);
    assert_eq!(shop.article("fr", "a").picture_sha256, shop.article("de", "a").picture_sha256);
    let (french_now, german) = (shop.article("fr", "a"), shop.article("de", "a"));
    assert_eq!((french_now.title.as_str(), german.title.as_str()), ("chemise", "Hemd"));
    // Once it is not sold there any more, the next one's own counts, from its next import on.
    shop.import("de", &[row("b", "Bluse", "green.png", "20 EUR")]);
    assert_eq!(feature("a"), other);
    shop.import("fr", &french);
    assert_eq!(shop.article("fr", "a").category.as_str(), "tops");
    assert_eq!(
        shop.article("fr", "a").picture_sha256,
        Digest::of(&fs::read(shop.root.path().join("feed/blue.png")).expect("a file"))
    );
    let blue = feature("a");
    assert!(blue != other && blue != red);
    assert_eq!(verify(&shop.catalogue(), &models()).expect("a catalogue"), Vec::<String>::new());
}

#[test]
fn a_market_has_to_be_named_once_there_are_some() {
    let shop = Markets::new();
    let rows = [row("a", "Hemd", "red.png", "20 EUR")];
    let message = |market: &str| shop.try_import(market, &rows, options()).expect_err("refused").to_string();
    assert!(message(" de").starts_with("the market's name: expected 1 to 64 characters"), "{}", message(" de"));
    shop.import("de", &rows);
    shop.import("fr", &rows);
    let expected = "the catalogue has the markets de, fr: name the feed's market with --market NAME (market=NAME over HTTP, \
                    market = \"NAME\" in [[feed]])";
    assert_eq!(message(""), expected);
    // A catalogue that had no markets keeps what it has, and says so.
    let shop = Markets::new();
    shop.import("", &rows);
    let hints = shop.import("de", &[row("b", "Bluse", "blue.png", "20 EUR")]).hints;
    assert!(hints.len() == 1 && hints[0].contains("catalogue markets --rename =NAME"), "{hints:?}");
    assert_eq!(shop.ids(), ["a", "b"]);
    shop.import("", &rows);
    assert_eq!(shop.ids(), ["a", "b"]);
}

#[test]
fn an_import_that_is_stopped_or_loses_too_much_leaves_all_markets() {
    let shop = Markets::new();
    let rows = ["a", "b", "c", "d"].map(|id| row(id, id, "red.png", "20 EUR"));
    shop.import("de", &rows);
    shop.import("fr", &rows[..2]);
    let all = || (["de", "fr"].map(|market| shop.rows(market)), shop.features());
    let before = all();
    let stopped = options();
    stopped.stop.stop();
    assert!(matches!(shop.try_import("fr", &rows, stopped), Err(ImportError::Stopped)));
    // Two of two are as few as the market has, though the catalogue has four.
    let feed = shop.root.path().join("feed/products.jsonl");
    fs::write(&feed, rows[0].to_string()).expect("written");
    let careful = ImportOptions { market: "fr".to_owned(), ..options() };
    let refused = import(&feed, &shop.catalogue(), &models(), &careful, |_, _| {});
    assert!(matches!(refused, Err(ImportError::TooManyLost { before: 2, after: 1, .. })), "{refused:?}");
    let broken = row("z", "z", "missing.png", "20 EUR");
    assert!(matches!(shop.try_import("it", &[broken], options()), Err(ImportError::Nothing(_))));
    assert_eq!(all(), before);
}

#[test]
fn features_that_were_lost_are_made_again_from_the_stored_copies() {
    let shop = Markets::new();
    shop.import("de", &[row("a", "Hemd", "red.png", "20 EUR"), row("b", "Bluse", "green.png", "20 EUR")]);
    shop.import("fr", &[row("b", "chemise", "green.png", "20 EUR")]);
    let before = shop.features();
    let published = Store::open(&shop.catalogue()).and_then(|store| store.published()).expect("a version");
    fs::remove_file(shop.catalogue().join(published.features_file)).expect("removed");
    shop.import("fr", &[row("b", "chemise", "green.png", "21 EUR"), row("c", "robe", "blue.png", "20 EUR")]);
    let after = shop.features();
    assert_eq!(shop.ids(), ["a", "b", "c"]);
    for ((id, before), (_, after)) in before.iter().zip(&after) {
        let cosine = before.iter().zip(after).map(|(a, b)| a * b).sum::<f32>()
            / (before.iter().map(|a| a * a).sum::<f32>() * after.iter().map(|a| a * a).sum::<f32>()).sqrt();
        assert!(cosine > 0.99, "{id}: {cosine}");
    }
    Catalogue::load(&shop.catalogue(), &models(), ON_PROCESSOR).expect("a catalogue");
}

#[test]
fn products_and_markets_are_deleted_where_they_are_sold() {
    let shop = Markets::new();
    let rows = ["a", "b"].map(|id| row(id, id, "red.png", "20 EUR"));
    shop.import("de", &rows);
    shop.import("fr", &rows);
    shop.import("it", &[row("c", "c", "blue.png", "20 EUR")]);
    let delete = |market: &str, id: &str| {
        delete(&shop.catalogue(), &models(), market, &[id.to_owned()]).map(|report| (report.edited, report.unknown))
    };
    assert_eq!(delete("fr", "a").expect("deleted"), (1, Vec::new()));
    assert_eq!(delete("it", "a").expect("nothing").1, ["a"]);
    assert_eq!((shop.ids().len(), shop.articles("de").len(), shop.articles("fr").len()), (3, 2, 1));
    assert_eq!(delete("", "a").expect("deleted"), (1, Vec::new()), "of the first market");
    assert_eq!(shop.ids(), ["b", "c"]);
    let message = delete("at", "b").expect_err("unknown").to_string();
    assert_eq!(message, "there is no market \"at\": expected one of de, fr, it");
    // The last product of a market, then a whole one: what is left is the catalogue.
    assert_eq!(delete("it", "c").expect("deleted").0, 1);
    assert_eq!(delete_market(&shop.catalogue(), &models(), "de").expect("removed").products, 1);
    assert_eq!(Store::open(&shop.catalogue()).and_then(|store| store.markets()).expect("names"), ["fr"]);
    assert_eq!(shop.ids(), ["b"]);
    let message = delete_market(&shop.catalogue(), &models(), "fr").expect_err("the last one").to_string();
    assert_eq!(message, "\"fr\" is the only market, and a catalogue needs products: import another market before");
    fs::metadata(shop.catalogue()).map(|folder| assert!(folder.is_dir())).expect("a folder");
    let path: &Path = &shop.catalogue();
    assert_eq!(verify(path, &models()).expect("a catalogue"), Vec::<String>::new());
}
