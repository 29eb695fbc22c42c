//! The table `offer_steps`. In: the articles whose offers a change has changed. Out: those that have other offers than at a publication, if nothing else
//! has changed since.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Publication, Published, Store, StoreError, UnknownValue, products, publication, published, variants};
use crate::catalogue::assortment::Assortment;

/// Articles of all steps that are kept: who lacks more reads all articles.
const MOST: usize = 10_000;

/// What has changed since a publication.
#[derive(Debug)]
pub struct ChangedOffers {
    /// The present publication.
    pub publication: Publication,
    /// Its version and its files.
    pub published: Published,
    /// Of each market the articles with other offers, in the order of ids; markets without any may be missing.
    pub assortments: Vec<Assortment>,
}

impl Store {
    /// The articles that have other offers than at a publication, as of one moment; none if more has changed since, or that is not known.
    ///
    /// # Errors
    /// As for [`Store::read_markets`].
    pub fn offers_since(&mut self, former: &Publication) -> Result<Option<ChangedOffers>, StoreError> {
        let path = self.path.clone();
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let unknown = |UnknownValue { id, column, received }| StoreError::Value { id, column, received };
        let transaction = self.connection.transaction().map_err(failed)?;
        let now = publication(&transaction).map_err(failed)?.zip(published(&transaction).map_err(failed)?);
        let Some((publication, published)) = now else { return Ok(None) };
        let changed = since(&transaction, &former.mark, &publication.mark).map_err(failed)?;
        let Some(changed) = changed else { return Ok(None) };
        let read = |(market, ids): (String, BTreeSet<String>)| -> Result<Assortment, StoreError> {
            let mut articles = products::read_some(&transaction, &market, &ids).map_err(failed)?.map_err(unknown)?;
            variants::read_some(&transaction, &market, &mut articles).map_err(failed)?.map_err(unknown)?;
            Ok(Assortment { market, articles })
        };
        let assortments = changed.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Some(ChangedOffers { publication, published, assortments }))
    }
}

/// Notes that articles of a market have other offers in a publication than in the one before. Of more than are kept nothing is known.
pub(super) fn note<'a>(
    connection: &Connection,
    (former_mark, mark): (&str, &str),
    market: &str,
    ids: impl ExactSizeIterator<Item = &'a str>,
) -> rusqlite::Result<()> {
    // A step counts as one article at least, so that steps have a bound as well.
    let count = ids.len().max(1);
    let kept: u32 = connection.query_row("SELECT coalesce(sum(count), 0) FROM offer_steps", [], |row| row.get(0))?;
    if kept as usize + count > MOST {
        connection.execute("DELETE FROM offer_steps", [])?;
    }
    if count > MOST {
        return Ok(());
    }
    let products = serde_json::Value::from_iter(ids).to_string();
    let sql = "INSERT INTO offer_steps (mark, former_mark, market, count, products) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.execute(sql, params![mark, former_mark, market, count as u32, products]).map(drop)
}

/// The ids of the articles whose offers have changed from one publication to a later one, by market; none if not all steps are known.
fn since(
    connection: &Connection,
    former_mark: &str,
    mark: &str,
) -> rusqlite::Result<Option<BTreeMap<String, BTreeSet<String>>>> {
    let mut before = connection.prepare("SELECT former_mark FROM offer_steps WHERE mark = ?1")?;
    let sql = "SELECT market, product.value FROM offer_steps, json_each(products) AS product WHERE mark = ?1";
    let mut select = connection.prepare(sql)?;
    let (mut at, mut found) = (mark.to_owned(), BTreeMap::<String, BTreeSet<String>>::new());
    // A step counts as one article at least.
    for _ in 0..=MOST {
        if at == former_mark {
            return Ok(Some(found));
        }
        let step: Option<String> = before.query_row([&at], |row| row.get(0)).optional()?;
        let Some(step) = step else { return Ok(None) };
        for row in select.query_map([&at], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (market, product) = row?;
            found.entry(market).or_default().insert(product);
        }
        at = step;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::Article;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::store::Replacement;

    fn published(version: u64) -> Published {
        Published { version, features_file: "features-1.bin".to_owned(), adaptation: None }
    }

    /// Changes the price of some articles of a market.
    fn change(store: &mut Store, market: &str, ids: &[&str], amount_minor: u64) {
        let changed = store.edit_offers(market, ids.iter().copied(), |offers, _| {
            let mut articles = offers.articles;
            articles.iter_mut().for_each(|article| article.price.amount_minor = amount_minor);
            let places = (0..articles.len()).collect();
            let published = published(offers.published.version + 1);
            let assortment = Assortment { market: offers.market, articles };
            Ok::<_, StoreError>((Some(Replacement::of_offers(published, assortment, places)), ()))
        });
        changed.expect("changed");
    }

    /// Markets, ids and amounts of what has changed.
    fn changed(store: &mut Store, former: &Publication) -> Option<Vec<(String, String, u64)>> {
        let changed = store.offers_since(former).expect("read")?;
        assert_eq!(changed.publication, store.publication().expect("published"));
        assert_eq!(changed.published, store.published().expect("published"));
        let all = changed.assortments.into_iter().flat_map(|Assortment { market, articles }| {
            let of = move |article: Article| (market.clone(), article.id, article.price.amount_minor);
            articles.into_iter().map(of).collect::<Vec<_>>()
        });
        Some(all.collect())
    }

    #[test]
    fn what_has_other_offers_since_a_publication_is_known_until_more_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(folder.path()).expect("a database");
        let articles = ["a", "b", "c"].map(article);
        store.publish_market(&published(1), "de", &articles).expect("published");
        store.publish_market(&published(2), "at", &articles).expect("published");
        let second = store.publication().expect("published");
        assert_eq!(changed(&mut store, &second), Some(Vec::new()));
        change(&mut store, "de", &["a"], 1);
        let third = store.publication().expect("published");
        change(&mut store, "at", &["b", "c"], 2);
        change(&mut store, "de", &["a"], 3);
        let of = |market: &str, id: &str, amount| (market.to_owned(), id.to_owned(), amount);
        let expected = vec![of("at", "b", 2), of("at", "c", 2), of("de", "a", 3)];
        assert_eq!(changed(&mut store, &second), Some(expected.clone()));
        assert_eq!(changed(&mut store, &third), Some(expected));
        let other = Publication { version: 2, mark: "of another catalogue".to_owned() };
        assert_eq!(changed(&mut store, &other), None);

        // An import changes more.
        store.publish_market(&published(6), "at", &articles).expect("published");
        let sixth = store.publication().expect("published");
        change(&mut store, "de", &["b"], 4);
        assert_eq!(changed(&mut store, &third), None);
        assert_eq!(changed(&mut store, &sixth), Some(vec![of("de", "b", 4)]));
    }

    #[test]
    fn the_steps_that_are_kept_have_a_bound() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::create(folder.path()).expect("a database");
        let connection = &store.connection;
        let ids: Vec<String> = (0..MOST).map(|number| number.to_string()).collect();
        let add = |former: &str, mark: &str, count: usize| {
            note(
                connection,
                (former, mark),
                "",
                ids.iter().cycle().map(String::as_str).take(count).collect::<Vec<_>>().into_iter(),
            )
        };
        let known = |former: &str, mark: &str| since(connection, former, mark).expect("read").is_some();
        add("1", "2", 10).expect("noted");
        add("2", "3", MOST - 10).expect("noted");
        assert!(known("1", "3") && known("3", "3"));
        let rows = || connection.query_row("SELECT count(*) FROM offer_steps", [], |row| row.get::<_, u32>(0));
        assert_eq!(rows().expect("read"), 2, "a row a step");
        add("3", "4", 1).expect("noted");
        assert!(known("3", "4") && !known("2", "4"), "the earlier ones have gone");
        let product = |id: &str| BTreeSet::from([id.to_owned()]);
        let found = since(connection, "3", "4").expect("read").expect("known");
        assert_eq!(found, BTreeMap::from([(String::new(), product("0"))]));
        add("4", "5", MOST + 1).expect("not noted");
        assert!(!known("4", "5") && !known("3", "4") && known("5", "5"));
    }
}
