//! A market in memory. In: what it sells, and the catalogue's articles. Out: [`Market`]: its articles, what they are filtered by, and which
//! positions of the match they have.
//!
//! The match scores the articles of all markets together, each once. A market is a selection of them with offers of its own, so a search of
//! any market is the same exact pass. A market that sells all articles has the catalogue's numbers and takes nothing more.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use stl_types::Category;

use super::article::Article;
use super::articles::Articles;
use super::assortment::Assortment;
use super::facets::Facets;
use super::filter::Filter;
use super::numbers::Numbers;
use super::rules::Shelf;
use crate::matching::{Matcher, Selection};

/// What a market sells, ready to be searched.
#[derive(Debug)]
pub struct Market {
    name: String,
    /// Its articles, in the order of ids.
    articles: Articles,
    /// Articles by their ids, by those of their variants, and the first of each group by the group's.
    by_id: Arc<HashMap<String, usize>>,
    /// When each came, in seconds since 1970; 0 if that is not known.
    came_s: Arc<Vec<i64>>,
    /// None if it sells all articles of the catalogue.
    numbers: Option<Arc<Numbers>>,
    /// What its articles are filtered by.
    pub facets: Facets,
    /// In the order of [`Category::ALL`].
    categories: Vec<Category>,
}

impl Market {
    /// What a market sells of a catalogue whose articles have these `ids`, in their order; without any if it sells all. `by_id` is as of
    /// [`by_id`](super::article::by_id), `came_s` tells when each of its own came.
    pub(super) fn new(
        (Assortment { market, articles }, by_id): (Assortment, HashMap<String, usize>),
        came_s: Vec<i64>,
        ids: &[String],
        matcher: &Matcher,
    ) -> Self {
        let numbers = (articles.len() < ids.len()).then(|| Arc::new(Numbers::new(&articles, ids, matcher)));
        let is_sold = |category: &Category| articles.iter().any(|article| article.category == *category);
        let categories = Category::ALL.into_iter().filter(is_sold).collect();
        let articles = Articles::from(articles);
        let facets = facets(&articles, numbers.as_deref(), matcher);
        Self { name: market, by_id: Arc::new(by_id), articles, came_s: Arc::new(came_s), numbers, facets, categories }
    }

    /// The same with other offers of some articles; none if one differs in more, or too many were replaced. If the market holds a part of its
    /// articles, those of other parts are passed over.
    pub(super) fn with_offers(&self, changed: Vec<Article>, matcher: &Matcher, is_part: bool) -> Option<Self> {
        let mut articles = self.articles.clone();
        for article in changed {
            // A part finds no id of an article that it lacks, not even as a group's.
            match self.by_id.get(&article.id) {
                Some(&number) if articles.replace(number, article) => {}
                None if is_part => {}
                _ => return None,
            }
        }
        let facets = facets(&articles, self.numbers.as_deref(), matcher);
        Some(Self {
            name: self.name.clone(),
            articles,
            by_id: Arc::clone(&self.by_id),
            came_s: Arc::clone(&self.came_s),
            numbers: self.numbers.clone(),
            facets,
            categories: self.categories.clone(),
        })
    }

    /// Its name; empty in a catalogue without markets.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its articles, in the order of ids.
    #[must_use]
    pub fn articles(&self) -> &Articles {
        &self.articles
    }

    /// The categories of its articles.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The article of a number of the catalogue, as in a hit; none if this market does not sell it.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&Article> {
        let own = match &self.numbers {
            None => number,
            Some(numbers) => numbers.own(number)?,
        };
        self.articles.get(own)
    }

    /// The article with this id, else the one with a variant of this id, else the first one of this group.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Article> {
        self.by_id.get(id).and_then(|&own| self.articles.get(own))
    }

    /// The catalogue's number of the article that [`Market::find`] finds.
    #[must_use]
    pub fn number_of(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).map(|own| self.shelf_number(*own))
    }

    /// The positions of the match that a search may return: what the market sells and a filter admits at a moment; `None` for all.
    #[must_use]
    pub fn selection(&self, filter: &Filter, now: Timestamp) -> Option<Selection> {
        // What is not sold here has no place in the columns, so a filter admits none of it.
        let sold = || self.numbers.as_ref().map(|numbers| numbers.sold.clone());
        self.facets.selection(filter, now).or_else(sold)
    }

    /// As rules are compared with it.
    pub(super) fn shelf<'a>(&'a self, matcher: &'a Matcher) -> Shelf<'a> {
        let (articles, by_id, came_s, facets) = (self.articles.shown(), &*self.by_id, &self.came_s[..], &self.facets);
        let positions = self.numbers.as_ref().map_or(matcher.articles(), |numbers| &numbers.at_positions);
        Shelf { market: &self.name, articles, by_id, came_s, positions, facets, numbers: self.numbers.as_deref() }
    }

    fn shelf_number(&self, own: usize) -> usize {
        self.numbers.as_ref().map_or(own, |numbers| numbers.of_catalogue(own))
    }
}

/// What a market's articles are filtered by, with the prices of now.
fn facets(articles: &Articles, numbers: Option<&Numbers>, matcher: &Matcher) -> Facets {
    let positions = numbers.map_or(matcher.articles(), |numbers| &numbers.at_positions);
    Facets::new(positions, |number| articles.get(number), Timestamp::now())
}
