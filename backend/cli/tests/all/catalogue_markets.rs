//! `catalogue …` with markets: each command is about one, the first if none is named.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{BLUE, GREEN, RED, line, png, rectangle};

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    command.arg("catalogue").args(words).current_dir(folder).output().expect("run")
}

fn text(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What a command says that fails.
fn refusal(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert_eq!(output.status.code(), Some(1), "{words:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A row with a title, a price and sizes of its own.
fn row(id: &str, title: &str, picture: &str, price: &str) -> Value {
    let mut row: Value = serde_json::from_str(&line(id, picture, "shirts")).expect("an object");
    (row["title"], row["price"]) = (title.into(), price.into());
    row["variants"] = json!([
        {"size": "M", "price": price, "availability": "in_stock", "link": "https://shop.example/m"},
        {"size": "L", "price": price, "availability": "out_of_stock", "link": "https://shop.example/l"},
    ]);
    row
}

/// Germany sells `a` and `b`, Switzerland `b` and `c`.
fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (market, rows) in [
        ("de", [row("a", "Hemd a", "red.png", "20.00 EUR"), row("b", "Hemd b", "green.png", "30.00 EUR")]),
        ("ch", [row("b", "chemise b", "green.png", "35.00 CHF"), row("c", "chemise c", "blue.png", "55.00 CHF")]),
    ] {
        let feed = folder.path().join(market);
        fs::create_dir(&feed).expect("a folder");
        for (name, colour) in [("red", RED), ("green", GREEN), ("blue", BLUE)] {
            fs::write(feed.join(format!("{name}.png")), png(&rectangle(90, 120, colour))).expect("written");
        }
        fs::write(feed.join("products.jsonl"), rows.map(|row| row.to_string()).join("\n")).expect("written");
        let imported = text(folder.path(), &["import", market, "--market", market]);
        assert!(imported.starts_with(&format!("2 products in catalogue, market {market} (")), "{imported}");
    }
    folder
}

/// The products of a market, but for the addresses of their pictures, which name bytes.
fn listed(folder: &Path, catalogue: &str, market: &str) -> Vec<Value> {
    let list = text(folder, &["list", "--json", "--catalogue", catalogue, "--market", market]);
    let mut products: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    products.iter_mut().filter_map(Value::as_object_mut).for_each(|product| drop(product.remove("image_url")));
    products
}

#[test]
fn each_command_is_about_one_market() {
    let folder = shop();
    let at = folder.path();
    let titles = |words: &[&str]| -> Vec<String> {
        let list = text(at, &[&["list", "--json"], words].concat());
        let title =
            |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["title"].as_str().map(str::to_owned);
        list.lines().filter_map(title).collect()
    };
    assert_eq!(
        (titles(&[]), titles(&["--market", "ch"])),
        (vec!["Hemd a".into(), "Hemd b".into()], vec!["chemise b".into(), "chemise c".into()])
    );
    let price = |words: &[&str]| {
        let shown: Value = serde_json::from_str(&text(at, &[&["show", "b"], words].concat())).expect("JSON");
        (shown["price"]["amount_minor"].as_u64(), shown["price"]["currency"].as_str().map(str::to_owned))
    };
    assert_eq!(price(&["--market", "ch"]), (Some(3500), Some("CHF".to_owned())));
    assert!(refusal(at, &["show", "a", "--market", "ch"]).contains("there is no product \"a\""));
    fs::write(at.join("changes.jsonl"), r#"{"id": "b", "price": "36 CHF"}"#).expect("written");
    text(at, &["update", "changes.jsonl", "--market", "ch"]);
    assert_eq!((price(&["--market", "ch"]).0, price(&[]).0), (Some(3600), Some(3000)));

    let stats: Value = serde_json::from_str(&text(at, &["stats", "--json"])).expect("JSON");
    let markets = json!([
        {"name": "de", "products": 2, "currencies": ["EUR"], "first": true},
        {"name": "ch", "products": 2, "currencies": ["CHF"], "first": false},
    ]);
    assert_eq!((&stats["products"], &stats["markets"]), (&3.into(), &markets), "each product once");
    let stats: Value = serde_json::from_str(&text(at, &["stats", "--json", "--market", "ch"])).expect("JSON");
    assert_eq!((&stats["products"], &stats["variants"]), (&2.into(), &4.into()));
    assert!(text(at, &["stats"]).contains("       2  CHF       ch\n"));
    assert!(text(at, &["categories", "--market", "ch"]).contains("e.g. chemise b"));

    text(at, &["delete", "b", "--market", "ch"]);
    assert_eq!((titles(&[]).len(), titles(&["--market", "ch"])), (2, vec!["chemise c".to_owned()]));
    text(at, &["verify"]);
}

#[test]
fn a_market_that_is_not_there_is_told_with_those_that_are() {
    let folder = shop();
    let at = folder.path();
    fs::write(at.join("changes.jsonl"), r#"{"id": "b", "price": "36 CHF"}"#).expect("written");
    for words in [
        &["list"][..],
        &["show", "a"],
        &["stats"],
        &["update", "changes.jsonl"],
        &["delete", "a"],
        &["export", "out"],
        &["categories"],
    ] {
        let message = refusal(at, &[words, &["--market", "fr"]].concat());
        assert!(message.contains("there is no market \"fr\": expected one of de, ch"), "{words:?}: {message}");
    }
    for more in [&[][..], &["--dry-run"]] {
        let message = refusal(at, &[&["import", "de"], more].concat());
        assert!(
            message.contains("the catalogue has the markets de, ch: name the feed's market with --market"),
            "{message}"
        );
    }
}

#[test]
fn what_is_exported_by_market_comes_back_whole() {
    let folder = shop();
    let at = folder.path();
    for market in ["de", "ch"] {
        let out = format!("out-{market}");
        assert!(text(at, &["export", &out, "--market", market]).starts_with("2 products in out-"));
        text(at, &["import", &out, "--catalogue", "again", "--market", market]);
    }
    for market in ["de", "ch"] {
        let before = listed(at, "catalogue", market);
        assert_eq!((before.len(), listed(at, "again", market)), (2, before), "{market}");
    }
    assert_eq!(text(at, &["markets"]), text(at, &["markets", "--catalogue", "again"]));
}

#[test]
fn markets_are_listed_renamed_put_first_and_removed() {
    let folder = shop();
    let at = folder.path();
    assert_eq!(text(at, &["markets"]), "       2  EUR       de  [first]\n       2  CHF       ch\n");
    assert_eq!(
        text(at, &["markets", "--rename", "ch=schweiz",]),
        "       2  EUR       de  [first]\n       2  CHF       schweiz\n"
    );
    assert_eq!(
        text(at, &["markets", "--first", "schweiz"]),
        "       2  CHF       schweiz  [first]\n       2  EUR       de\n"
    );
    let taken = refusal(at, &["markets", "--rename", "de=schweiz"]);
    assert!(taken.contains("there is a market \"schweiz\" already: expected a name that no market has"), "{taken}");
    assert!(refusal(at, &["markets", "--first", "at"]).contains("expected one of schweiz, de"));
    assert!(refusal(at, &["markets", "--remove", ""]).contains("no products without a market"));
    assert_eq!(
        text(at, &["markets", "--remove", "de"]),
        "the market is removed with its 2 products\n       2  CHF       schweiz  [first]\n"
    );
    let message = refusal(at, &["markets", "--remove", "schweiz"]);
    assert!(message.contains("\"schweiz\" is the only market, and a catalogue needs products"), "{message}");
    text(at, &["verify"]);
}

#[test]
fn an_import_that_runs_keeps_its_market() {
    let folder = shop();
    let at = folder.path();
    let import = fs::File::create(at.join("catalogue/import.lock")).expect("a file");
    import.lock().expect("free");
    for change in [["--rename", "ch=schweiz"], ["--first", "ch"], ["--remove", "ch"]] {
        let message = refusal(at, &["markets", change[0], change[1]]);
        assert!(message.contains("another import is writing the catalogue in catalogue"), "{change:?}: {message}");
    }
    drop(import);
    assert_eq!(text(at, &["markets"]), "       2  EUR       de  [first]\n       2  CHF       ch\n");
}

#[test]
fn rules_follow_a_market_to_its_new_name_and_a_removed_one_is_told() {
    let folder = shop();
    let at = folder.path();
    let rules = "[[rule]]\nname = \"recalled\"\naction = \"exclude\"\nid = \"c\"\nmarket = \"ch\"\n";
    fs::write(at.join("rules.toml"), rules).expect("written");
    text(at, &["rules", "rules.toml"]);
    let renamed = text(at, &["markets", "--rename", "ch=schweiz"]);
    assert!(renamed.starts_with("1 rule of this market changed to the new name\n"), "{renamed}");
    assert!(text(at, &["rules"]).contains("       1  active   exclude       recalled  [market schweiz]"));
    let removed = run(at, &["markets", "--remove", "schweiz"]);
    let note = String::from_utf8_lossy(&removed.stderr);
    assert!(removed.status.success() && note.contains("note: 1 rule of this market now act"), "{note}");
}

#[test]
fn what_is_of_no_market_is_searched_without_a_name() {
    let folder = shop();
    let at = folder.path();
    text(at, &["import", "de", "--catalogue", "other"]);
    let both = run(at, &["import", "ch", "--catalogue", "other", "--market", "ch"]);
    assert!(String::from_utf8_lossy(&both.stderr).contains("also has products of no market"));
    let refused = refusal(at, &["markets", "--first", "ch", "--catalogue", "other"]);
    assert!(refused.contains("name them first with `catalogue markets --rename =NAME`"), "{refused}");
    let markets = text(at, &["markets", "--catalogue", "other"]);
    assert_eq!(markets, "       2  EUR       (no market)  [first]\n       2  CHF       ch\n");
}

#[test]
fn prices_in_another_currency_than_the_markets_are_told() {
    let folder = shop();
    let at = folder.path();
    fs::write(at.join("changes.jsonl"), r#"{"id": "b", "price": "36 EUR"}"#).expect("written");
    let changed = run(at, &["update", "changes.jsonl", "--market", "ch"]);
    let note = String::from_utf8_lossy(&changed.stderr);
    assert_eq!(changed.status.code(), Some(0), "{note}");
    assert!(note.contains("note: 1 price in EUR, and the market's were in CHF"), "{note}");
    let imported = run(at, &["import", "de", "--market", "ch", "--force"]);
    let note = String::from_utf8_lossy(&imported.stderr);
    assert!(imported.status.success() && !note.contains("were in"), "EUR was there already: {note}");
    text(at, &["import", "ch", "--market", "ch", "--force"]);
    let imported = run(at, &["import", "de", "--market", "ch", "--force"]);
    let note = String::from_utf8_lossy(&imported.stderr);
    assert!(note.contains("note: 2 prices in EUR, and the market's were in CHF"), "{note}");
}

#[test]
fn an_import_tells_which_rules_fit_nothing_any_more() {
    let folder = shop();
    let at = folder.path();
    let rules = "[[rule]]\nname = \"recalled\"\naction = \"exclude\"\nid = \"a\"\n\
                 [[rule]]\nname = \"lost\"\naction = \"bury\"\nbrand = \"nobody\"\n";
    fs::write(at.join("rules.toml"), rules).expect("written");
    assert_eq!(run(at, &["rules", "rules.toml"]).status.code(), Some(2));
    let renamed = fs::read_to_string(at.join("de/products.jsonl")).expect("a feed").replace("\"a\"", "\"a2\"");
    fs::write(at.join("de/products.jsonl"), renamed).expect("written");
    let imported = run(at, &["import", "de", "--market", "de", "--force"]);
    let notes = String::from_utf8_lossy(&imported.stderr);
    assert!(imported.status.success(), "{notes}");
    assert!(notes.contains("note: rule \"recalled\": no product fits it"), "{notes}");
    assert!(!notes.contains("\"lost\""), "it fitted nothing before: {notes}");
}
