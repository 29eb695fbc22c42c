//! Some articles of a market, whose offers are to be changed. In: ids of articles, of their variants or of groups. Out: these articles.
//!
//! A change of a price does not read all articles: indexes find the ids in the columns that may hold them, and only the rows that have them are
//! read.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};

use super::{Published, Replacement, Store, StoreError, UnknownValue, markets, products, published, variants};
use crate::catalogue::article::Article;
use crate::catalogue::assortment::place_of;

/// The articles of a market that some ids name.
#[derive(Debug)]
pub struct Offers {
    /// The current version.
    pub published: Published,
    /// The market's name.
    pub market: String,
    /// The articles, in the order of ids.
    pub articles: Vec<Article>,
}

/// Reads the currencies of all prices of a market.
pub type Currencies<'a> = dyn Fn() -> Result<BTreeSet<String>, StoreError> + 'a;

impl Store {
    /// As [`Store::edit`] of the articles of a market, the first one if none is named, that have one of the `ids`, a variant with one, or a group with one.
    ///
    /// # Errors
    /// As for [`Store::edit`], and when there is no catalogue or no such market.
    pub fn edit_offers<'a, T, E: From<StoreError>>(
        &mut self,
        market: &str,
        ids: impl Iterator<Item = &'a str>,
        edit: impl FnOnce(Offers, &Currencies<'_>) -> Result<(Option<Replacement>, T), E>,
    ) -> Result<T, E> {
        let (path, folder) = (self.path.clone(), self.folder.clone());
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let unknown = |UnknownValue { id, column, received }| StoreError::Value { id, column, received };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let published = published(&transaction).map_err(failed)?.ok_or(StoreError::Missing { folder })?;
        let mut markets = markets::names(&transaction).map_err(failed)?;
        let place = place_of(markets.iter().map(String::as_str), market).map_err(StoreError::from)?;
        let market = markets.swap_remove(place);
        let ids = articles_of(&transaction, &market, ids).map_err(failed)?;
        let mut articles = products::read_some(&transaction, &market, &ids).map_err(failed)?.map_err(unknown)?;
        variants::read_some(&transaction, &market, &mut articles).map_err(failed)?.map_err(unknown)?;
        let currencies = || currencies(&transaction, &market).map_err(failed);
        let offers = Offers { published, market: market.clone(), articles };
        let (replacement, result) = edit(offers, &currencies)?;
        if let Some(replacement) = replacement {
            replacement.apply(&transaction).map_err(failed)?;
            transaction.commit().map_err(failed)?;
        }
        Ok(result)
    }
}

/// Ids of articles of a market that some ids, a JSON list, name. Each is looked up by an index: CROSS JOIN keeps this order, and a condition with OR
/// or IN may walk through the market.
const ARTICLES_OF: &str = "WITH wanted AS MATERIALIZED (SELECT value FROM json_each(?2)) \
     SELECT products.id FROM wanted CROSS JOIN products ON market = ?1 AND products.id = value \
     UNION SELECT products.id FROM wanted CROSS JOIN products ON market = ?1 AND item_group = value \
     UNION SELECT product FROM wanted CROSS JOIN variants ON market = ?1 AND variants.id = value";

/// The ids of the articles that some ids name.
fn articles_of<'a>(
    connection: &Connection,
    market: &str,
    ids: impl Iterator<Item = &'a str>,
) -> rusqlite::Result<BTreeSet<String>> {
    // One value for any number of ids.
    let wanted = serde_json::Value::from_iter(ids).to_string();
    let mut select = connection.prepare(ARTICLES_OF)?;
    let found = select.query_map([market, &wanted], |row| row.get(0))?;
    found.collect()
}

fn currencies(connection: &Connection, market: &str) -> rusqlite::Result<BTreeSet<String>> {
    let mut select = connection.prepare("SELECT DISTINCT price_currency FROM products WHERE market = ?1")?;
    let found = select.query_map([market], |row| row.get(0))?;
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::assortment::Assortment;
    use crate::catalogue::variant::tests::variant;

    fn published(version: u64) -> Published {
        Published { version, features_file: "features-1.bin".to_owned(), adaptation: None }
    }

    /// Ids of the articles that are found in version 2 of the market "de", and the market's currencies.
    fn found(store: &mut Store, market: &str, ids: &[&str]) -> Result<(Vec<String>, Vec<String>), StoreError> {
        store.edit_offers(market, ids.iter().copied(), |offers, currencies| {
            assert_eq!((offers.published.version, offers.market.as_str()), (2, "de"));
            let ids = offers.articles.iter().map(|article| article.id.clone()).collect();
            Ok((None, (ids, currencies()?.into_iter().collect())))
        })
    }

    #[test]
    fn ids_are_found_by_indexes() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::create(folder.path()).expect("a database");
        let mut explained = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {ARTICLES_OF}")).expect("a query");
        let steps = explained.query_map(["", "[]"], |row| row.get::<_, String>(3)).expect("a plan");
        let steps: Vec<String> = steps.collect::<Result<_, _>>().expect("a plan");
        for (table, column) in [("products", "id"), ("products", "item_group"), ("variants", "id")] {
            let is_found = |step: &String| {
                step.starts_with(&format!("SEARCH {table} USING"))
                    && step.ends_with(&format!("(market=? AND {column}=?)"))
            };
            assert!(steps.iter().any(is_found), "{table} by {column}: {steps:#?}");
        }
    }

    #[test]
    fn only_what_ids_name_is_read_and_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(folder.path()).expect("a database");
        let missing = store.edit_offers("", ["a"].into_iter(), |_, _| Ok::<_, StoreError>((None, ())));
        assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");
        let mut sized = Article { variants: vec![variant("S", 900), variant("M", 1000)], ..article("c") };
        sized.settle();
        let id_of_size = sized.variants[1].id.clone();
        let size = id_of_size.as_str();
        let of_group = |id: &str| Article { group: "g".to_owned(), ..article(id) };
        let articles = vec![article("a"), of_group("b"), sized, of_group("d"), article("e")];
        store.publish_market(&published(1), "de", &articles).expect("published");
        store.publish_market(&published(2), "at", &[article("a"), article("f")]).expect("published");

        let eur = vec!["EUR".to_owned()];
        let cases: [(&[&str], &[&str]); 6] = [
            (&["a"], &["a"]),
            (&["g"], &["b", "d"]),
            (&[size], &["c"]),
            (&["e", "g", "a", size, "a"], &["a", "b", "c", "d", "e"]),
            (&["f", "x", "'\"]"], &[]),
            (&[], &[]),
        ];
        for (ids, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(found(&mut store, "", ids).expect("read"), (expected, eur.clone()), "{ids:?}");
        }
        let unknown = found(&mut store, "ch", &["a"]).expect_err("no such market");
        assert!(matches!(unknown, StoreError::Market(_)), "{unknown:?}");

        // A size of one of several is changed; all else stays as it was.
        let changed = store.edit_offers("de", [size].into_iter(), |offers, _| {
            let Offers { published, market, mut articles } = offers;
            articles[0].variants[1].amount_minor = 700;
            articles[0].settle();
            let published = Published { version: published.version + 1, ..published };
            let replacement = Replacement::of_offers(published, Assortment { market, articles }, vec![0]);
            Ok::<_, StoreError>((Some(replacement), ()))
        });
        changed.expect("changed");
        let mut expected = articles;
        expected[2].variants[1].amount_minor = 700;
        expected[2].settle();
        let (now, assortment) = store.read_market("de").expect("a market");
        assert_eq!((now.version, &assortment.articles), (3, &expected));
        assert_eq!(store.read_market("at").expect("a market").1.articles.len(), 2);

        // A change of no offers is a version, and takes nothing away.
        let former = store.publication().expect("published");
        let changed = store.edit_offers("de", std::iter::empty(), |offers, _| {
            let Offers { published, market, articles } = offers;
            assert_eq!(articles, []);
            let published = Published { version: published.version + 1, ..published };
            let replacement = Replacement::of_offers(published, Assortment { market, articles }, Vec::new());
            Ok::<_, StoreError>((Some(replacement), ()))
        });
        changed.expect("changed");
        let (now, assortment) = store.read_market("de").expect("a market");
        assert_eq!((now.version, assortment.articles), (4, expected));
        let since = store.offers_since(&former).expect("read").expect("known");
        assert_eq!((since.published.version, since.assortments.len()), (4, 0));
    }
}
