//! What is similar to an article of the catalogue. In: the article. Out: a [`SearchResponse`] of its category.
//!
//! The article's f(A) is stored: it takes the place of f(I) in the exact match, which is nearly a distance between the two. So nothing is
//! decoded or encoded. Without filters, what was found is kept until the catalogue or its rules change.

use jiff::Timestamp;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{SearchResponse, SearchTiming};
use stl_types::{Category, Size};

use super::clock::Clock;
use super::{Asked, SearchEngine, SearchError, SearchParams, SearchedRows, Wanted, kept_key};
use crate::catalogue::{AppliedRules, Article, Market};
use crate::networks::encode::QueryEmbedding;
use crate::pipeline::dislikes::Dislikes;
use crate::pipeline::told::Told;

impl SearchEngine {
    /// The products of an article's category that are most similar to it, without the article itself. Ignores `params.categories`. The article
    /// is one of the market that `params` names.
    ///
    /// # Errors
    /// When there is no such market, or the network fails, which encodes disliked products.
    pub fn similar(&self, article: &Article, params: &SearchParams) -> Result<SearchResponse, SearchError> {
        self.similar_at(article, params, Timestamp::now())
    }

    /// [`SearchEngine::similar`] with the prices and rules of a moment.
    ///
    /// # Errors
    /// As for [`SearchEngine::similar`].
    pub fn similar_at(
        &self,
        article: &Article,
        params: &SearchParams,
        now: Timestamp,
    ) -> Result<SearchResponse, SearchError> {
        let mut clock = Clock::start(if is_plain(params) { "match" } else { "decode" });
        let market = self.catalogue.market(&params.market)?;
        if !is_plain(params) {
            let of_its_category = SearchParams { categories: vec![article.category], ..params.clone() };
            let told = self.as_query(article);
            let mut response =
                self.respond(market, Asked::Numbers(&told), &of_its_category, Some(article), clock, now)?;
            let rules = self.catalogue.rules_at(market, &params.rules, now);
            let is_admitted = rules.is_none_or(|rules| self.catalogue.is_admitted(market, article, &rules));
            let was_scored = is_admitted && params.filter.admits(article, now);
            response.articles_scored = response.articles_scored.saturating_sub(usize::from(was_scored));
            return Ok(response);
        }
        let rules = self.catalogue.rules_at(market, &params.rules, now);
        let find = || self.find_neighbours(market, article, params, now);
        let key = kept_key(market, rules.as_deref(), article);
        let neighbours = self.neighbours.get_or_whole(&key, find, |found| found.missing.is_empty())?;
        let timing = SearchTiming { match_ms: clock.lap_ms(Some("cards")), ..SearchTiming::default() };
        let clock = (clock, timing);
        Ok(self.of_neighbours(&neighbours, (market, article), params, (rules.as_deref(), clock), now))
    }

    /// The same, if it was found before: then it takes no more than making the cards.
    #[must_use]
    pub fn known_similar(&self, article: &Article, params: &SearchParams) -> Option<SearchResponse> {
        let now = Timestamp::now();
        let market = self.catalogue.market(&params.market).ok()?;
        let rules = self.catalogue.rules.known_at(market.name(), &params.rules, now)?;
        let key = kept_key(market, rules.as_deref(), article);
        let neighbours = self.neighbours.get(&key).filter(|_| is_plain(params))?;
        let clock = (Clock::start("cards"), SearchTiming::default());
        Some(self.of_neighbours(&neighbours, (market, article), params, (rules.as_deref(), clock), now))
    }

    fn of_neighbours(
        &self,
        neighbours: &SearchedRows,
        (market, article): (&Market, &Article),
        params: &SearchParams,
        (rules, clock): (Option<&AppliedRules>, (Clock, SearchTiming)),
        now: Timestamp,
    ) -> SearchResponse {
        let mut response = self.answer((market, neighbours), params, &[article], &self.weak_below, clock, now);
        let was_scored = rules.is_none_or(|rules| self.catalogue.is_admitted(market, article, rules));
        response.articles_scored = response.articles_scored.saturating_sub(usize::from(was_scored));
        response
    }

    /// As many as any answer has, and the article itself.
    fn find_neighbours(
        &self,
        market: &Market,
        article: &Article,
        asked: &SearchParams,
        now: Timestamp,
    ) -> Result<SearchedRows, SearchError> {
        let limit = MAX_CARDS_PER_CATEGORY + 1;
        let params = SearchParams::plain(vec![article.category], limit);
        let applied = self.catalogue.rules_at(market, &asked.rules, now);
        let wanted = Wanted { params: &params, dislikes: &Dislikes::default(), rules: applied.as_deref(), limit };
        let mut clock = Clock::silent();
        let told = self.as_query(article);
        self.searched(market, Asked::Numbers(&told), wanted, &mut clock, &mut SearchTiming::default(), now)
    }

    /// An article's f(A) as f(I) of all that a picture shows.
    pub(super) fn as_query(&self, article: &Article) -> Told {
        let feature = self.catalogue.feature(&article.id).unwrap_or_default();
        let whole = QueryEmbedding::of(feature.repeat(Category::ALL.len()));
        Told { size: Size { width: 1, height: 1 }, whole, garments: Vec::new() }
    }
}

/// Whether the answer depends on the article alone.
fn is_plain(params: &SearchParams) -> bool {
    params.filter.is_empty() && params.less_like.is_empty()
}
