//! What each market of a shop sells. In: articles by market. Out: [`Assortments`]: the articles of one market, or of all of them, each once.
//!
//! A market is a country, a language or a currency that has a feed of its own. An id is one article in all markets, with one picture and
//! one category; the rest is each market's own. If a request names none, the products of no market are searched, else the first market. A
//! catalogue without markets has one without a name.

use super::article::{Article, by_id};

/// Characters of a market's name.
const MAX_NAME_CHARS: usize = 64;

/// The articles that a market sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assortment {
    /// The market's name; empty if the catalogue has no markets.
    pub market: String,
    /// In the order of ids.
    pub articles: Vec<Article>,
}

/// What all markets sell, in the order in which the markets came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assortments(pub Vec<Assortment>);

/// No market has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", missing(received), expected(known))]
pub struct UnknownMarket {
    /// What was asked for; empty for the products of no market.
    pub received: String,
    /// Those that there are.
    pub known: Vec<String>,
}

fn missing(received: &str) -> String {
    if received.is_empty() {
        "the catalogue has no products without a market".to_owned()
    } else {
        format!("there is no market {received:?}")
    }
}

fn expected(known: &[String]) -> String {
    let names: Vec<&str> = known.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        "the catalogue has no markets".to_owned()
    } else {
        format!("expected one of {}", names.join(", "))
    }
}

/// A name that a market may have.
///
/// # Errors
/// What was expected and what was received.
pub fn market_name(text: &str) -> Result<String, String> {
    let is_name = (1..=MAX_NAME_CHARS).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && text.trim() == text;
    let expected = || format!("expected 1 to {MAX_NAME_CHARS} characters without spaces around them, got {text:?}");
    is_name.then(|| text.to_owned()).ok_or_else(expected)
}

/// Which of some markets is asked for; the first one if the name is empty and none has an empty one.
pub(super) fn place_of<'a>(
    markets: impl Iterator<Item = &'a str> + Clone,
    wanted: &str,
) -> Result<usize, UnknownMarket> {
    let found = markets.clone().position(|market| market == wanted).or_else(|| wanted.is_empty().then_some(0));
    found.ok_or_else(|| UnknownMarket { received: wanted.to_owned(), known: markets.map(str::to_owned).collect() })
}

impl Assortment {
    /// The article with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Article> {
        let place = self.articles.binary_search_by(|article| article.id.as_str().cmp(id)).ok()?;
        self.articles.get(place)
    }

    /// The article with this id, else the one with a variant of this id, else the first one of this group.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Article> {
        self.get(id).or_else(|| self.articles.get(*by_id(&self.articles).get(id)?))
    }
}

impl Assortments {
    /// The names of the markets.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|assortment| assortment.market.as_str())
    }

    /// The place of a market; that of the first one if none is named.
    ///
    /// # Errors
    /// When no market has this name.
    pub fn place_of(&self, market: &str) -> Result<usize, UnknownMarket> {
        place_of(self.names(), market)
    }

    /// What a market sells, and what the markets before and behind it do. A market that is not there comes behind all others.
    #[must_use]
    pub fn split(mut self, market: &str) -> (Vec<Article>, Vec<Assortment>, Vec<Assortment>) {
        let place = self.names().position(|name| name == market);
        let later = place.map(|place| self.0.split_off(place + 1)).unwrap_or_default();
        let own = place.and_then(|_| self.0.pop()).map(|assortment| assortment.articles);
        (own.unwrap_or_default(), self.0, later)
    }

    /// What a market sells; the first one if none is named.
    ///
    /// # Errors
    /// When no market has this name.
    pub fn into_market(mut self, market: &str) -> Result<Assortment, UnknownMarket> {
        let place = self.place_of(market)?;
        Ok(self.0.swap_remove(place))
    }

    /// Each article once, in the order of ids, as the first market that sells it has it.
    #[must_use]
    pub fn each_once(&self) -> Vec<&Article> {
        let mut all: Vec<&Article> = self.0.iter().flat_map(|assortment| &assortment.articles).collect();
        if self.0.len() > 1 {
            // Stable: of one id, the first market's comes first.
            all.sort_by(|a, b| a.id.cmp(&b.id));
            all.dedup_by(|later, first| later.id == first.id);
        }
        all
    }

    /// The same, owned.
    #[must_use]
    pub fn into_each_once(mut self) -> Vec<Article> {
        match self.0.len() {
            0 => Vec::new(),
            1 => self.0.remove(0).articles,
            _ => self.each_once().into_iter().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::tests::article;

    fn shop() -> Assortments {
        let assortment = |market: &str, ids: &[&str]| Assortment {
            market: market.to_owned(),
            articles: ids.iter().map(|id| Article { title: format!("{id} in {market}"), ..article(id) }).collect(),
        };
        Assortments(vec![assortment("fr", &["b", "c"]), assortment("de", &["a", "b", "d"])])
    }

    #[test]
    fn each_article_is_there_once_as_its_first_market_has_it() {
        let titles: Vec<String> = shop().each_once().iter().map(|article| article.title.clone()).collect();
        assert_eq!(titles, ["a in de", "b in fr", "c in fr", "d in de"]);
        assert!(shop().into_each_once().iter().eq(shop().each_once()));
    }

    #[test]
    fn a_market_is_found_by_its_name_and_the_first_one_without() {
        let count = |market: &str| shop().into_market(market).map(|assortment| assortment.articles.len());
        assert_eq!((count("de"), count("fr"), count("")), (Ok(3), Ok(2), Ok(2)));
        let message = count("it").expect_err("unknown").to_string();
        assert_eq!(message, "there is no market \"it\": expected one of fr, de");
        let alone = Assortments(vec![Assortment { market: String::new(), articles: Vec::new() }]);
        let message = alone.into_market("it").expect_err("unknown").to_string();
        assert_eq!(message, "there is no market \"it\": the catalogue has no markets");
    }

    #[test]
    fn a_name_has_some_characters_and_no_spaces_around_them() {
        assert_eq!(market_name("Österreich 2"), Ok("Österreich 2".to_owned()));
        for text in ["", " de", "de\n", &"x".repeat(65)] {
            assert!(market_name(text).is_err(), "{text:?}");
        }
    }
}
