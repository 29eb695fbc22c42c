//! Changes of a catalogue's markets. In: the name of a market. Out: a version in which it has another name or place, or is gone.
//!
//! No import may run meanwhile: it would publish its market under the name that it has read before. Rules of a market take its new name.

use std::collections::HashSet;
use std::path::Path;

use super::{EditError, EditReport, take_away};
use crate::catalogue::article::Article;
use crate::catalogue::assortment::UnknownMarket;
use crate::catalogue::lock::lock;
use crate::catalogue::rules;
use crate::catalogue::rules::renamed::with_market;
use crate::catalogue::rules::stored::{self, StoredRulesError};
use crate::catalogue::store::{Store, StoreError};
use crate::networks::models::Models;

/// What a change of a market has changed, and what it could not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketReport {
    /// Products that the market has, or had.
    pub products: usize,
    /// Rules that name the market: changed to its new name, or left as they are if it is gone.
    pub rules: usize,
    /// Addresses of the feeds that a server fetches for the market by its former name. They are named in its settings.
    pub feeds: Vec<String>,
}

/// Gives a market another name, also in the shop's rules. All markets and their order stay.
///
/// # Errors
/// See [`EditError`]; nothing is changed then.
pub fn rename_market(catalogue: &Path, from: &str, to: &str) -> Result<MarketReport, EditError> {
    let mut store = Store::open(catalogue)?;
    let _lock = lock(catalogue)?;
    let report = report(&mut store, from)?;
    if store.markets()?.iter().any(|known| known == to) {
        return Err(EditError::NameTaken { received: to.to_owned() });
    }
    let former = stored::read(catalogue)?;
    let report = MarketReport { rules: former.rules.of_market(from), ..report };
    if report.rules == 0 {
        store.rename_market(from, to)?;
        return Ok(report);
    }
    let renamed = with_market(&former.text, from, to);
    let path = || catalogue.join(rules::FILE);
    let (rules, text) = renamed.map_err(|source| StoredRulesError::Rules { path: path(), source })?;
    stored::write(catalogue, rules, &text)?;
    if let Err(error) = store.rename_market(from, to) {
        stored::write(catalogue, (*former.rules).clone(), &former.text)?;
        return Err(error.into());
    }
    Ok(report)
}

/// Makes a market the first one, which is searched if a request names none.
///
/// # Errors
/// See [`EditError`]; also when there are products of no market, which are searched then.
pub fn put_market_first(catalogue: &Path, market: &str) -> Result<(), EditError> {
    let mut store = Store::open(catalogue)?;
    let _lock = lock(catalogue)?;
    let known = store.markets()?;
    if known.iter().any(|name| name == market) && !market.is_empty() && known.iter().any(String::is_empty) {
        return Err(EditError::Unnamed { received: market.to_owned() });
    }
    Ok(store.put_market_first(market)?)
}

/// Deletes a market with all that it sells.
///
/// # Errors
/// See [`EditError`]; the catalogue's only market stays.
pub fn delete_market(catalogue: &Path, models: &Models, market: &str) -> Result<MarketReport, EditError> {
    let mut store = Store::open(catalogue)?;
    let _lock = lock(catalogue)?;
    let report = report(&mut store, market)?;
    if store.markets()?.len() < 2 {
        return Err(EditError::OnlyMarket { received: market.to_owned() });
    }
    // A broken file of rules is no reason to keep a market.
    let rules = stored::read(catalogue).map_or(0, |stored| stored.rules.of_market(market));
    let all = |articles: &[Article]| -> (HashSet<String>, EditReport) {
        (articles.iter().map(|article| article.id.clone()).collect(), EditReport::default())
    };
    let products = take_away(catalogue, models, market, all)?.edited;
    Ok(MarketReport { products, rules, ..report })
}

/// What belongs to a market that is there.
fn report(store: &mut Store, market: &str) -> Result<MarketReport, EditError> {
    let known = store.markets()?;
    if !known.iter().any(|name| name == market) {
        return Err(StoreError::from(UnknownMarket { received: market.to_owned(), known }).into());
    }
    let (_, assortment) = store.read_market(market)?;
    let feeds = store.feeds()?.into_iter().filter(|feed| feed.market == market).map(|feed| feed.url);
    Ok(MarketReport { products: assortment.articles.len(), rules: 0, feeds: feeds.collect() })
}

#[cfg(test)]
mod tests {
    use stl_types::wire::FeedState;

    use super::*;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::rules::Rules;
    use crate::catalogue::store::Published;

    fn shop(markets: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(folder.path()).expect("a database");
        let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
        for market in markets {
            store.publish_market(&published, market, &[article("a")]).expect("published");
        }
        folder
    }

    fn markets(folder: &Path) -> Vec<String> {
        Store::open(folder).and_then(|store| store.markets()).expect("names")
    }

    #[test]
    fn no_market_is_changed_while_an_import_runs() {
        let folder = shop(&["de", "ch"]);
        let at = folder.path();
        let models = Models::open(&crate::config::Config::for_testing(at, at).models).expect("networks");
        let import = lock(at).expect("free");
        let refused = [
            rename_market(at, "ch", "at").map(|_| ()),
            put_market_first(at, "ch"),
            delete_market(at, &models, "ch").map(|_| ()),
        ];
        for outcome in refused {
            let message = outcome.expect_err("refused").to_string();
            assert!(message.starts_with("another import is writing the catalogue in "), "{message}");
        }
        assert_eq!(markets(at), ["de", "ch"]);
        drop(import);
        put_market_first(at, "ch").expect("moved");
        assert_eq!(markets(at), ["ch", "de"]);
    }

    #[test]
    fn rules_take_the_new_name_and_feeds_are_told() {
        let folder = shop(&["de", "ch"]);
        let at = folder.path();
        let text = "# ours\n[[rule]]\nname = \"a\"\naction = \"exclude\"\nid = \"a\"\nmarket = 'ch' # only there\n\n\
            [[rule]]\nname = \"ch\"\naction = \"bury\"\nmarket = \"de\"\nbrand = \"ch\"\n";
        stored::write(at, Rules::from_toml(text).expect("rules"), text).expect("written");
        let state = |market: &str| FeedState {
            url: format!("https://shop.example/{market}.xml"),
            market: market.to_owned(),
            ..FeedState::default()
        };
        let store = Store::open(at).expect("a database");
        for market in ["de", "ch"] {
            store.set_feed(market, &state(market)).expect("stored");
        }
        let report = rename_market(at, "ch", "Suisse \"2\"").expect("renamed");
        let feeds = vec!["https://shop.example/ch.xml".to_owned()];
        assert_eq!(report, MarketReport { products: 1, rules: 1, feeds });
        let renamed = stored::read(at).expect("rules");
        assert_eq!(&*renamed.text, text.replace("'ch'", r#"'Suisse "2"'"#), "the rest stays as it was written");
        assert_eq!(renamed.rules.of_market("Suisse \"2\""), 1);
        assert_eq!((renamed.rules.of_market("de"), markets(at)), (1, vec!["de".to_owned(), "Suisse \"2\"".to_owned()]));
        let taken = rename_market(at, "de", "Suisse \"2\"").expect_err("refused").to_string();
        assert!(taken.starts_with("there is a market \"Suisse \\\"2\\\"\" already: expected a name"), "{taken}");
    }

    #[test]
    fn what_is_of_no_market_is_searched_without_a_name_whatever_comes_first() {
        let folder = shop(&["", "fr"]);
        let at = folder.path();
        let message = put_market_first(at, "fr").expect_err("refused").to_string();
        assert!(message.contains("--rename =NAME"), "{message}");
        let message = put_market_first(at, "it").expect_err("refused").to_string();
        assert_eq!(message, "there is no market \"it\": expected one of fr");
        rename_market(at, "", "de").expect("renamed");
        put_market_first(at, "fr").expect("moved");
        assert_eq!(markets(at), ["fr", "de"]);
        let message = rename_market(at, "", "it").expect_err("refused").to_string();
        assert_eq!(message, "the catalogue has no products without a market: expected one of fr, de");
    }
}
