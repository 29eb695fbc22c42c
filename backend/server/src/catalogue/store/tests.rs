//! Articles survive the database, whatever version of the program wrote it.

use jiff::Timestamp;
use stl_types::Category;
use stl_types::wire::Availability;

use super::migrations::MIGRATIONS;
use super::*;
use crate::catalogue::article::tests::article;
use crate::catalogue::sale::Sale;
use crate::catalogue::variant::Variant;
use crate::catalogue::variant::tests::variant;
use crate::digest::Digest;

/// A database as an earlier version of the program left it, with one product.
fn database_of_version(version: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = Connection::open(folder.path().join(DATABASE)).expect("a database");
    // The product came before there were markets.
    let (before, after) = MIGRATIONS[..version].split_at(version.min(11));
    before.iter().for_each(|migration| connection.execute_batch(migration).expect("migrated"));
    let digest = "0f".repeat(32);
    connection
        .execute_batch(&format!(
            "INSERT INTO published (only_row, version, features_file) VALUES (1, 7, 'features-7.bin');
             INSERT INTO products (id, title, description, link, price_amount_minor, price_currency, availability, brand, color,
                 gender, product_type, category, picture_sha256)
             VALUES ('a', 'Rock', '', 'https://shop.example/a', 4995, 'EUR', 'preorder', '', '', '', '', 'skirts', '{digest}');"
        ))
        .expect("a product");
    after.iter().for_each(|migration| connection.execute_batch(migration).expect("migrated"));
    connection.pragma_update(None, "user_version", version as i64).expect("a version");
    folder
}

#[test]
fn a_migration_says_from_which_version_to_which() {
    let to = MIGRATIONS.len();
    for from in 1..=to {
        let folder = database_of_version(from);
        assert_eq!(Store::migrate(folder.path()).expect("migrated"), Migrated { from, to });
        assert_eq!(Store::migrate(folder.path()).expect("current"), Migrated { from: to, to });
    }
    let empty = tempfile::tempdir().expect("a folder");
    assert!(matches!(Store::migrate(empty.path()), Err(StoreError::Missing { .. })));
    assert!(matches!(Store::open(&empty.path().join("nothing")), Err(StoreError::Missing { .. })));
}

#[test]
fn a_database_of_any_earlier_version_opens_with_its_articles() {
    for version in 1..=MIGRATIONS.len() {
        let folder = database_of_version(version);
        let (published, mut assortments) =
            Store::open(folder.path()).and_then(|mut store| store.read_markets()).expect("opened");
        assert_eq!(assortments.names().collect::<Vec<_>>(), [""], "a catalogue without markets");
        let articles = assortments.0.remove(0).articles;
        assert_eq!((published.version, published.features_file.as_str()), (7, "features-7.bin"));
        let [article] = &articles[..] else { panic!("one article, got {articles:?}") };
        assert_eq!((article.id.as_str(), article.price.to_string().as_str()), ("a", "49.95 EUR"));
        assert_eq!((article.category, article.availability), (Category::Skirts, Availability::Preorder));
        assert_eq!((article.category_predicted, &article.sale), (false, &None));
        assert_eq!(article.picture_sha256.to_string(), "0f".repeat(32));
        assert_eq!(article.further_pictures, []);
        assert_eq!((article.group.as_str(), article.variants.len()), ("", 0));
        let connection = Connection::open(folder.path().join(DATABASE)).expect("a database");
        let applied: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version");
        assert_eq!(applied, MIGRATIONS.len() as i64);
    }
}

#[test]
fn what_was_published_is_read_back_in_the_order_of_ids() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, until) = Sale::period("2026-11-27T00:00Z/2026-11-30T00:00Z").expect("a period");
    let sale = Sale { amount_minor: 995, from: Some(from), until: Some(until) };
    let running = Article { sale: Some(sale), ..article("b") };
    let endless = Sale { amount_minor: 1, from: None, until: None };
    let further_pictures = vec![Digest::of(b"x"), Digest::of(b"y")];
    let labels = [("custom_label_0", "neu \"AW26\""), ("fit", "slim")];
    let labels = labels.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let described = Article {
        age_group: "adult".to_owned(),
        material: "cotton/linen".to_owned(),
        pattern: "striped".to_owned(),
        labels,
        ..article("a ü")
    };
    let ended = Sale { amount_minor: 700, from: None, until: Some(until) };
    let variants = vec![
        Variant { size_system: "EU".to_owned(), gtin: "4006381333931".to_owned(), ..variant("38", 1995) },
        Variant { sale: Some(ended), availability: Availability::OutOfStock, ..variant("36 ü", 995) },
    ];
    let sized = Article { variants, group: "jeans".to_owned(), ..described };
    let predicted = Article { category_predicted: true, sale: Some(endless), further_pictures, ..sized };
    let mut store = Store::create(folder.path()).expect("a database");
    assert!(matches!(store.read(), Err(StoreError::Missing { .. })));
    let published = Published { version: 3, features_file: "features-3.bin".to_owned(), adaptation: None };
    store.publish(&published, &[running.clone(), predicted.clone()]).expect("published");
    assert_eq!(store.read().expect("articles"), (published, vec![predicted, running]));
    assert_eq!(store.faults().expect("a check"), Vec::<String>::new());
}

#[test]
fn every_publication_has_a_mark_of_its_own() {
    let (a, b) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    let marks = [&a, &b, &a].map(|folder| {
        let mut store = Store::create(folder.path()).expect("a database");
        store.publish(&published, &[article("a")]).expect("published");
        let publication = store.publication().expect("published");
        assert_eq!((publication.version, publication.mark.len()), (1, 32));
        publication.mark
    });
    assert!(marks[0] != marks[1] && marks[1] != marks[2] && marks[0] != marks[2], "{marks:?}");
    // A catalogue of an earlier version of the program gets one when it is opened.
    let folders = [database_of_version(2), database_of_version(2)];
    let marks = folders
        .each_ref()
        .map(|folder| Store::open(folder.path()).and_then(|store| store.publication()).expect("a mark").mark);
    assert!(marks[0].len() == 32 && marks[0] != marks[1], "{marks:?}");
}

#[test]
fn an_edit_that_fails_or_replaces_nothing_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::create(folder.path()).expect("a database");
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    store.publish(&published, &[article("a")]).expect("published");
    let before = store.publication().expect("published");
    let count = store.edit(|current| {
        let count = current.map_or(0, |(_, assortments)| assortments.each_once().len());
        Ok::<_, StoreError>((None, count))
    });
    assert_eq!(count.expect("read"), 1);
    let missing = || StoreError::Missing { folder: folder.path().to_owned() };
    assert!(store.edit(|_| Err::<(_, ()), _>(missing())).is_err());
    assert_eq!(store.publication().expect("published"), before);
}

#[test]
fn what_addresses_held_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::create(folder.path()).expect("a database");
    let validators = crate::catalogue::fetch::Validators { etag: Some("\"v1\"".to_owned()), last_modified: None };
    let picture =
        FetchedPicture { address: "https://cdn.example/1.jpg".to_owned(), sha256: Digest::of(b"a"), validators };
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    let pictures = Some(vec![picture.clone()]);
    let assortment = Assortment { market: String::new(), articles: vec![article("a")] };
    let replacement = Replacement { pictures, ..Replacement::of(published.clone(), assortment) };
    store.edit(|_| Ok::<_, StoreError>((Some(replacement), ()))).expect("published");
    assert_eq!(store.fetched_pictures("").expect("read"), std::slice::from_ref(&picture));
    store.publish(&published, &[article("b")]).expect("published");
    assert_eq!(store.fetched_pictures("").expect("read"), [picture], "a change of prices keeps them");
}

#[test]
fn a_value_that_is_not_known_is_named_with_its_product() {
    for (column, value) in [
        ("availability", "soon"),
        ("category", "hats"),
        ("picture_sha256", "abc"),
        ("further_pictures", "abc"),
        ("labels", "abc"),
    ] {
        let folder = database_of_version(MIGRATIONS.len());
        let connection = Connection::open(folder.path().join(DATABASE)).expect("a database");
        connection.execute(&format!("UPDATE products SET {column} = ?1"), [value]).expect("changed");
        let error = Store::open(folder.path()).and_then(|mut store| store.read()).expect_err("refused").to_string();
        assert_eq!(error, format!("the catalogue's product \"a\" has an unknown {column}: {value:?}"));
    }
}

#[test]
fn a_variant_with_a_value_that_is_not_known_is_named_with_its_product() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::create(folder.path()).expect("a database");
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    let sized = Article { variants: vec![variant("M", 1), variant("L", 1)], ..article("b") };
    store.publish(&published, &[article("a"), sized, article("c")]).expect("published");
    let connection = Connection::open(folder.path().join(DATABASE)).expect("a database");
    connection.execute("UPDATE variants SET availability = 'soon' WHERE size = 'L'", []).expect("changed");
    let error = Store::open(folder.path()).and_then(|mut store| store.read()).expect_err("refused").to_string();
    assert_eq!(error, "the catalogue's product \"b\" has an unknown availability: \"soon\"");
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let folder = database_of_version(MIGRATIONS.len());
    let connection = Connection::open(folder.path().join(DATABASE)).expect("a database");
    connection.pragma_update(None, "user_version", 99).expect("changed");
    let error = Store::open(folder.path()).expect_err("refused").to_string();
    let expected = format!("expected at most version {}, got 99", MIGRATIONS.len());
    assert!(error.ends_with(&expected), "{error}");
}

#[test]
fn a_product_came_when_it_was_first_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::create(folder.path()).expect("a database");
    let published = |version| Published { version, features_file: "features.bin".to_owned(), adaptation: None };
    let begin = Timestamp::now().as_second();
    store.publish(&published(1), &["a", "ü", "b"].map(article)).expect("published");
    let came = |store: &Store, ids: &[&str]| store.came_s("", ids.iter().copied()).expect("read");
    let first = came(&store, &["a", "b", "ü"]);
    assert!(first.iter().all(|came| (begin..=begin + 60).contains(came)), "{first:?}");
    store.connection.execute("UPDATE arrivals SET came_s = 7 WHERE id = 'b'", []).expect("changed");
    store.publish(&published(2), &["b", "c"].map(article)).expect("published");
    let second = came(&store, &["a", "aa", "b", "c", "d"]);
    assert_eq!(second[..3], [0, 0, 7]);
    assert!(second[3] >= begin && second[4] == 0, "{second:?}");
    store.publish(&published(3), &["a", "c"].map(article)).expect("published");
    assert!(came(&store, &["a"])[0] >= begin, "it came again");
}

/// What markets sell, by their names.
fn shop(store: &mut Store) -> Vec<(String, Vec<Article>)> {
    let (_, assortments) = store.read_markets().expect("articles");
    assortments.0.into_iter().map(|Assortment { market, articles }| (market, articles)).collect()
}

#[test]
fn a_market_is_replaced_and_the_others_stay_but_an_article_has_one_picture_and_category() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::create(folder.path()).expect("a database");
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    let mut publish = |market: &str, articles: &[Article]| {
        store.publish_market(&published, market, articles).expect("published");
        shop(&mut store)
    };
    let named = |market: &str, articles: &[Article]| (market.to_owned(), articles.to_vec());
    let of =
        |id: &str, title: &str| Article { title: title.to_owned(), variants: vec![variant("M", 1)], ..article(id) };
    let german = [of("a", "Hemd"), of("b", "Bluse")];
    assert_eq!(publish("de", &german), [named("de", &german)]);
    let french = [of("b", "chemisier"), of("c", "robe")];
    assert_eq!(publish("fr", &french), [named("de", &german), named("fr", &french)]);
    let changed = [Article { variants: vec![variant("L", 2)], ..of("a", "Hemd, neu") }];
    assert_eq!(publish("de", &changed), [named("de", &changed), named("fr", &french)], "the order stays");
    // Another picture and category of `c` are those of all markets.
    let other = Article { picture_sha256: Digest::of(b"new"), category: Category::Tops, ..of("c", "Kleid") };
    let shared = Article { title: "robe".to_owned(), ..other.clone() };
    let french = [french[0].clone(), shared];
    let german = [other];
    assert_eq!(publish("de", &german), [named("de", &german), named("fr", &french)]);
    assert_eq!(publish("de", &[]), [named("fr", &french)], "a market that sells nothing is none");
}

#[test]
fn a_market_is_renamed_and_put_first_with_all_that_is_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::create(folder.path()).expect("a database");
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    for market in ["", "fr", "it"] {
        store.publish_market(&published, market, &[article("a")]).expect("published");
    }
    let begin = store.came_s("fr", ["a"].into_iter()).expect("read");
    store.rename_market("", "de").expect("renamed");
    store.put_market_first("it").expect("moved");
    store.put_market_first("fr").expect("moved");
    assert_eq!(store.markets().expect("names"), ["fr", "it", "de"]);
    assert_eq!(shop(&mut store).len(), 3);
    assert_eq!(store.came_s("de", ["a"].into_iter()).expect("read"), begin);
    assert_eq!(store.published().expect("a version").version, 4, "a server loads each change");
    for error in [store.rename_market("at", "ch"), store.put_market_first("at")] {
        let message = error.expect_err("unknown").to_string();
        assert_eq!(message, "there is no market \"at\": expected one of fr, it, de");
    }
    assert!(store.rename_market("it", "de").is_err(), "there are two already");
    assert_eq!(store.markets().expect("names"), ["fr", "it", "de"]);
}

#[cfg(unix)]
#[test]
fn a_catalogue_that_cannot_be_looked_at_is_not_said_to_be_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("catalogue.sqlite");
    // A link to itself, since whoever runs the tests may read all folders.
    std::os::unix::fs::symlink(&path, &path).expect("a link");
    let refused = Store::open(folder.path()).expect_err("unreadable");
    assert!(matches!(refused, StoreError::Unreadable { .. }), "{refused}");
    let said = refused.to_string();
    assert!(
        said.starts_with("the catalogue in ")
            && said.ends_with("cannot be read: expected to run as the user whose it is"),
        "{said}"
    );
}
