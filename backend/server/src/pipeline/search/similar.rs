//! What is similar to an article of the catalogue. In: the article. Out: a [`SearchResponse`] of its category.
//!
//! The article's f(A) is stored: it takes the place of f(I) in the exact match, which is nearly a distance between the two. So nothing is
//! decoded or encoded. Without filters, what was found is kept until the catalogue changes.

use std::time::Instant;

use jiff::Timestamp;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{SearchResponse, SearchTiming};
use stl_types::{Category, Size};

use super::{Asked, Clock, SearchEngine, SearchError, SearchParams, Wanted};
use crate::catalogue::Article;
use crate::networks::encode::{EncodeError, QueryEmbedding};
use crate::pipeline::dislikes::Dislikes;
use crate::pipeline::rows::Row;
use crate::pipeline::told::Told;

impl SearchEngine {
    /// The products of an article's category that are most similar to it, without the article itself. Ignores `params.categories`.
    ///
    /// # Errors
    /// When the network fails, which encodes disliked products.
    pub fn similar(&self, article: &Article, params: &SearchParams) -> Result<SearchResponse, SearchError> {
        let mut clock = Clock(Instant::now());
        let now = Timestamp::now();
        if !is_plain(params) {
            let of_its_category = SearchParams { categories: vec![article.category], ..params.clone() };
            let told = self.as_query(article);
            let mut response = self.respond(Asked::Numbers(&told), &of_its_category, Some(article), clock, now)?;
            response.articles_scored -= usize::from(params.filter.admits(article, now));
            return Ok(response);
        }
        let neighbours = self.neighbours.get_or(&article.id, || self.find_neighbours(article, now))?;
        let timing = SearchTiming { match_ms: clock.lap_ms(), ..SearchTiming::default() };
        Ok(self.of_neighbours(&neighbours, article, params, (clock, timing), now))
    }

    /// The same, if it was found before: then it takes no more than making the cards.
    #[must_use]
    pub fn known_similar(&self, article: &Article, params: &SearchParams) -> Option<SearchResponse> {
        let clock = Clock(Instant::now());
        let neighbours = self.neighbours.get(&article.id).filter(|_| is_plain(params))?;
        Some(self.of_neighbours(&neighbours, article, params, (clock, SearchTiming::default()), Timestamp::now()))
    }

    fn of_neighbours(
        &self,
        neighbours: &[Row],
        article: &Article,
        params: &SearchParams,
        clock: (Clock, SearchTiming),
        now: Timestamp,
    ) -> SearchResponse {
        let mut response = self.answer(neighbours.to_vec(), params, &[article], &self.weak_below, clock, now);
        response.articles_scored = response.articles_scored.saturating_sub(1);
        response
    }

    /// As many as any answer has, and the article itself.
    fn find_neighbours(&self, article: &Article, now: Timestamp) -> Result<Vec<Row>, EncodeError> {
        let limit = MAX_CARDS_PER_CATEGORY + 1;
        let params = SearchParams::plain(vec![article.category], limit);
        let wanted = Wanted { params: &params, dislikes: &Dislikes::default(), limit };
        let mut clock = Clock(Instant::now());
        let told = self.as_query(article);
        self.searched(Asked::Numbers(&told), wanted, &mut clock, &mut SearchTiming::default(), now)
    }

    /// An article's f(A) as f(I) of all that a picture shows.
    fn as_query(&self, article: &Article) -> Told {
        let feature = self.catalogue.feature(&article.id).unwrap_or_default();
        let whole = QueryEmbedding::of(feature.repeat(Category::ALL.len()));
        Told { size: Size { width: 1, height: 1 }, whole, garments: Vec::new() }
    }
}

/// Whether the answer depends on the article alone.
fn is_plain(params: &SearchParams) -> bool {
    params.filter.is_empty() && params.less_like.is_empty()
}
