//! One search from bytes to cards: decode → look → encode → match → cards. In: an [`Upload`]. Out: a [`SearchResponse`].

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use stl_types::Category;
use stl_types::wire::{SearchResponse, SearchTiming};

use crate::catalogue::filter::Filter;
use crate::catalogue::{Article, Catalogue, CatalogueError, CatalogueOptions};
use crate::matching::{Batcher, Hits, MatchQuery};
use crate::networks::encode::{EncodeError, QueryEncoder};
use crate::networks::models::{Models, ModelsError};
use crate::pictures::decode::{Bounds, DecodeError, decode};
use crate::pictures::scale::size_of;
use crate::pipeline::cards::cards;
use crate::pipeline::look::{Look, LookQueries};
use crate::pipeline::regions::{RegionsError, regions};

/// A catalogue and the network that encodes queries.
#[derive(Debug)]
pub struct SearchEngine {
    query_encoder: QueryEncoder,
    batcher: Batcher,
    /// The products.
    pub catalogue: Catalogue,
}

/// The files of a search.
#[derive(Clone, Debug, Default)]
pub struct Upload<B> {
    /// A picture file: the person on white.
    pub cutout: B,
    /// A PNG file: the garment that each pixel of the cutout belongs to.
    pub regions: Option<B>,
}

/// The parameters of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchParams {
    /// Search these categories only; all of them if empty.
    pub categories: Vec<Category>,
    /// Only products that pass.
    pub filter: Filter,
    /// The most cards for each category.
    pub limit: usize,
}

/// Why a search engine cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The networks cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The catalogue cannot be loaded.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Why a search failed.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cutout cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The regions cannot be read or do not fit the cutout.
    #[error(transparent)]
    Regions(#[from] RegionsError),
    /// The picture has no embedding.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl SearchEngine {
    /// Loads networks and catalogue; takes seconds for large catalogues.
    ///
    /// # Errors
    /// When networks or catalogue cannot be loaded.
    pub fn load(models: &Models, catalogue: &Path, options: CatalogueOptions) -> Result<Self, LoadError> {
        let query_encoder = models.query_encoder()?;
        let catalogue = Catalogue::load(catalogue, models.match_weights()?, models.fashion_dna_sha256(), options)?;
        Ok(Self { query_encoder, batcher: Batcher::default(), catalogue })
    }

    /// The same query encoder with the catalogue that a folder holds now.
    ///
    /// # Errors
    /// When the catalogue cannot be loaded.
    pub fn with_catalogue_of(
        &self,
        models: &Models,
        catalogue: &Path,
        options: CatalogueOptions,
    ) -> Result<Self, LoadError> {
        let catalogue = Catalogue::load(catalogue, models.match_weights()?, models.fashion_dna_sha256(), options)?;
        Ok(Self { query_encoder: self.query_encoder.clone(), batcher: Batcher::default(), catalogue })
    }

    /// Searches with an upload. Takes tens of milliseconds of a core for each garment.
    ///
    /// # Errors
    /// When the files cannot be decoded or do not fit each other, or the picture is blank.
    pub fn search(
        &self,
        upload: &Upload<impl AsRef<[u8]>>,
        params: &SearchParams,
    ) -> Result<SearchResponse, SearchError> {
        self.search_at(upload, params, Timestamp::now())
    }

    /// [`SearchEngine::search`] with the prices of a moment.
    ///
    /// # Errors
    /// As for [`SearchEngine::search`].
    pub fn search_at(
        &self,
        upload: &Upload<impl AsRef<[u8]>>,
        params: &SearchParams,
        now: Timestamp,
    ) -> Result<SearchResponse, SearchError> {
        let clock = Clock(Instant::now());
        let cutout = decode(upload.cutout.as_ref(), Bounds::UPLOAD)?;
        let look = match &upload.regions {
            Some(file) => {
                let regions = regions(file.as_ref(), size_of(&cutout))?;
                Look::with_regions(cutout, &regions)
            }
            None => Look::person(cutout),
        };
        self.respond(&look, params, clock, now)
    }

    /// The products of an article's category that are most similar to its picture, without the article itself. Ignores
    /// `params.categories`. `picture` is a picture file; the query encoder treats it as the photo of a person.
    ///
    /// # Errors
    /// When the picture cannot be decoded or is blank.
    pub fn similar(
        &self,
        article: &Article,
        picture: &[u8],
        params: &SearchParams,
    ) -> Result<SearchResponse, SearchError> {
        let clock = Clock(Instant::now());
        let look = Look::person(decode(picture, Bounds::UPLOAD)?);
        // One more, as the article itself is likely to be the best.
        let with_itself =
            SearchParams { categories: vec![article.category], filter: params.filter.clone(), limit: params.limit + 1 };
        let now = Timestamp::now();
        let mut response = self.respond(&look, &with_itself, clock, now)?;
        for category in &mut response.categories {
            category.cards.retain(|card| card.product.id != article.id);
            category.cards.truncate(params.limit);
        }
        response.articles_scored -= usize::from(params.filter.admits(article, now));
        Ok(response)
    }

    /// `clock` was started before decoding. Filters and cards use the prices of `now`.
    fn respond(
        &self,
        look: &Look,
        params: &SearchParams,
        mut clock: Clock,
        now: Timestamp,
    ) -> Result<SearchResponse, SearchError> {
        let decode_ms = clock.lap_ms();
        let queries = look.queries(&self.query_encoder, self.categories(params))?;
        let encode_ms = clock.lap_ms();
        let hits = self.matched(look, &queries, params, now);
        let match_ms = clock.lap_ms();
        let categories = cards(&self.catalogue, look, &hits, now);
        let timing = SearchTiming { decode_ms, encode_ms, match_ms, cards_ms: clock.lap_ms() };
        Ok(SearchResponse { categories, articles_scored: hits.iter().map(|hits| hits.scored).sum(), timing })
    }

    /// The best products for a look.
    ///
    /// # Errors
    /// When the picture is blank, or the network fails.
    pub fn hits(&self, look: &Look, params: &SearchParams) -> Result<Vec<Hits>, EncodeError> {
        let queries = look.queries(&self.query_encoder, self.categories(params))?;
        Ok(self.matched(look, &queries, params, Timestamp::now()))
    }

    /// The categories to search.
    fn categories<'a>(&'a self, params: &'a SearchParams) -> impl Iterator<Item = Category> + use<'a> {
        let only = &params.categories;
        self.catalogue.matcher.categories().filter(move |category| only.is_empty() || only.contains(category))
    }

    /// Hits of the garments seen come first, those of the largest first: scores of different garments are not comparable.
    fn matched(&self, look: &Look, queries: &LookQueries, params: &SearchParams, now: Timestamp) -> Vec<Hits> {
        let query = MatchQuery {
            embeddings: self
                .categories(params)
                .map(|category| (category, queries.for_category(category).to_vec()))
                .collect(),
            selection: self.catalogue.facets.selection(&params.filter, now),
            limit: params.limit,
        };
        let mut hits = self.batcher.search(&self.catalogue.matcher, query);
        let share = |hits: &Hits| look.seen(hits.category).map_or(0.0, |garment| garment.share);
        // Stable: the other categories stay in the order of their best scores.
        hits.sort_by(|a, b| share(b).total_cmp(&share(a)));
        hits
    }
}

/// Measures one step after the other.
struct Clock(Instant);

impl Clock {
    /// Milliseconds since the last call.
    fn lap_ms(&mut self) -> f32 {
        let now = Instant::now();
        let lap = now - self.0;
        self.0 = now;
        lap.as_secs_f32() * 1000.0
    }
}
