//! One search from bytes to cards: decode → look → encode → match → cards. In: an [`Upload`]. Out: a [`SearchResponse`].

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

/// A catalogue and the network that queries it.
#[derive(Debug)]
pub struct SearchEngine {
    query_encoder: QueryEncoder,
    batcher: Batcher,
    /// The articles.
    pub catalogue: Catalogue,
}

/// What was sent.
#[derive(Clone, Debug, Default)]
pub struct Upload<B> {
    /// A picture file: the person on white.
    pub cutout: B,
    /// A PNG file: which pixels of the cut-out are which garment.
    pub regions: Option<B>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Only these categories; all of them if empty.
    pub categories: Vec<Category>,
    /// Only articles that pass.
    pub filter: Filter,
    /// Most cards for each category.
    pub limit: usize,
}

/// Why there is nothing to search with.
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
    /// The bytes are no picture.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The regions do not tell the cut-out's garments.
    #[error(transparent)]
    Regions(#[from] RegionsError),
    /// The picture has no embedding.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl SearchEngine {
    /// Loads what a search needs; takes seconds for large catalogues.
    ///
    /// # Errors
    /// When networks or catalogue cannot be loaded.
    pub fn load(models: &Models, catalogue: &std::path::Path, options: CatalogueOptions) -> Result<Self, LoadError> {
        let query_encoder = models.query_encoder()?;
        let catalogue = Catalogue::load(catalogue, models.match_weights()?, models.fashion_dna_sha256(), options)?;
        Ok(Self { query_encoder, batcher: Batcher::default(), catalogue })
    }

    /// The same networks with the catalogue that a folder holds now.
    ///
    /// # Errors
    /// When the catalogue cannot be loaded.
    pub fn with_catalogue_of(
        &self,
        models: &Models,
        catalogue: &std::path::Path,
        options: CatalogueOptions,
    ) -> Result<Self, LoadError> {
        let catalogue = Catalogue::load(catalogue, models.match_weights()?, models.fashion_dna_sha256(), options)?;
        Ok(Self { query_encoder: self.query_encoder.clone(), batcher: Batcher::default(), catalogue })
    }

    /// Answers an upload. Takes a core for some tens of milliseconds for each garment.
    ///
    /// # Errors
    /// When the bytes are no picture or do not fit each other, or the picture is blank.
    pub fn answer(&self, upload: &Upload<impl AsRef<[u8]>>, wish: &Wish) -> Result<SearchResponse, SearchError> {
        self.answer_at(upload, wish, Timestamp::now())
    }

    /// [`SearchEngine::answer`] with the prices of a moment.
    ///
    /// # Errors
    /// As for [`SearchEngine::answer`].
    pub fn answer_at(
        &self,
        upload: &Upload<impl AsRef<[u8]>>,
        wish: &Wish,
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
        self.respond(&look, wish, clock, now)
    }

    /// The articles of a product's category that are most similar to its picture, without itself; the wish's categories are not
    /// asked. `picture` is a picture file, shown to the query encoder as if somebody wore what is on it.
    ///
    /// # Errors
    /// When the bytes are no picture, or the picture is blank.
    pub fn similar(&self, product: &Article, picture: &[u8], wish: &Wish) -> Result<SearchResponse, SearchError> {
        let clock = Clock(Instant::now());
        let look = Look::person(decode(picture, Bounds::UPLOAD)?);
        // One more, as itself is likely to be the best.
        let wider = Wish { categories: vec![product.category], filter: wish.filter.clone(), limit: wish.limit + 1 };
        let now = Timestamp::now();
        let mut response = self.respond(&look, &wider, clock, now)?;
        for category in &mut response.categories {
            category.cards.retain(|card| card.product.id != product.id);
            category.cards.truncate(wish.limit);
        }
        response.articles_scored -= usize::from(wish.filter.admits(product, now));
        Ok(response)
    }

    /// `clock` runs since decoding began. Filters and cards have the prices of `now`.
    fn respond(
        &self,
        look: &Look,
        wish: &Wish,
        mut clock: Clock,
        now: Timestamp,
    ) -> Result<SearchResponse, SearchError> {
        let decode_ms = clock.lap_ms();
        let queries = look.queries(&self.query_encoder, self.categories(wish))?;
        let encode_ms = clock.lap_ms();
        let hits = self.matched(look, &queries, wish, now);
        let match_ms = clock.lap_ms();
        let categories = cards(&self.catalogue, look, &hits, now);
        let timing = SearchTiming { decode_ms, encode_ms, match_ms, cards_ms: clock.lap_ms() };
        Ok(SearchResponse { categories, articles_scored: hits.iter().map(|hits| hits.scored).sum(), timing })
    }

    /// The best articles for a look.
    ///
    /// # Errors
    /// When the picture is blank, or the network fails.
    pub fn hits(&self, look: &Look, wish: &Wish) -> Result<Vec<Hits>, EncodeError> {
        let queries = look.queries(&self.query_encoder, self.categories(wish))?;
        Ok(self.matched(look, &queries, wish, Timestamp::now()))
    }

    /// The categories that are searched.
    fn categories<'a>(&'a self, wish: &'a Wish) -> impl Iterator<Item = Category> + use<'a> {
        let only = &wish.categories;
        self.catalogue.matcher.categories().filter(move |category| only.is_empty() || only.contains(category))
    }

    /// The garments that were seen first, the largest first; scores of different garments do not compare.
    fn matched(&self, look: &Look, queries: &LookQueries, wish: &Wish, now: Timestamp) -> Vec<Hits> {
        let query = MatchQuery {
            embeddings: self.categories(wish).map(|category| (category, queries.of(category).to_vec())).collect(),
            selection: self.catalogue.facets.selection(&wish.filter, now),
            limit: wish.limit,
        };
        let mut hits = self.batcher.search(&self.catalogue.matcher, query);
        let share = |hits: &Hits| look.seen(hits.category).map_or(0.0, |garment| garment.share);
        // Stable: the others stay in the order of their best scores.
        hits.sort_by(|a, b| share(b).total_cmp(&share(a)));
        hits
    }
}

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
