//! One search from bytes to cards: decode → look → recognise → match → cards. In: an [`Upload`]. Out: a [`SearchResponse`].

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{NumbersSearch, ProductLook, ProductLooks, SearchResponse, SearchTiming};
use stl_types::{Category, Size};
use stl_vision::SegmentError;

use crate::catalogue::filter::Filter;
use crate::catalogue::{Article, Catalogue, CatalogueError, CatalogueOptions};
use crate::matching::Batcher;
use crate::networks::encode::{EncodeError, QueryEmbedding};
use crate::networks::models::{Models, ModelsError};
use crate::pictures::decode::{Bounds, DecodeError, decode};
use crate::pictures::scale::size_of;
use crate::pipeline::cards::{cards, further_url, leave_for_later, put_in_stock_first};
use crate::pipeline::dislikes::Dislikes;
use crate::pipeline::kept::Kept;
use crate::pipeline::look::{Look, Subject};
use crate::pipeline::recognise::{RecognisedGarment, Recogniser};
use crate::pipeline::regions::{RegionsError, regions};
use crate::pipeline::rows::{self, Row, RowPlan};
use crate::pipeline::told::{Told, ToldError};
use crate::pipeline::worn_with::{MAX_PICTURES, WornWith, WornWithFinder, others};

mod similar;

/// Articles whose neighbours are kept: each takes about two kilobytes.
const MAX_NEIGHBOURS: usize = 4096;

/// A catalogue and the networks that recognise garments.
#[derive(Debug)]
pub struct SearchEngine {
    recogniser: Recogniser,
    /// The score of each category below which a row is weak.
    weak_below: BTreeMap<Category, f32>,
    batcher: Batcher,
    worn_with: WornWithFinder,
    /// What is similar to articles.
    neighbours: Kept<Vec<Row>>,
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
    /// What the cutout shows. A garment has no regions: they are not read.
    pub subject: Subject,
}

/// The parameters of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchParams {
    /// Search these categories only; all of them if empty.
    pub categories: Vec<Category>,
    /// Only products that pass.
    pub filter: Filter,
    /// The most cards in each row.
    pub limit: usize,
    /// The most ids of further products after the cards of each row.
    pub further: usize,
    /// Ids of products that the results should resemble less, which are left out; those that the catalogue does not have are ignored.
    pub less_like: Vec<String>,
    /// Whether of each ten neighbours in a row those in stock come first.
    pub in_stock_first: bool,
}

impl SearchParams {
    /// Searches some categories, all of them if none is named, without any filter.
    #[must_use]
    pub fn plain(categories: Vec<Category>, limit: usize) -> Self {
        let filter = Filter::default();
        Self { categories, filter, limit, further: 0, less_like: Vec::new(), in_stock_first: false }
    }
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
    /// The numbers cannot be searched with.
    #[error(transparent)]
    Told(#[from] ToldError),
    /// Nobody can be cut out of a product's picture, since the network fails.
    #[error(transparent)]
    Segment(#[from] SegmentError),
}

impl SearchEngine {
    /// Loads networks and catalogue; takes seconds for large catalogues.
    ///
    /// # Errors
    /// When networks or catalogue cannot be loaded.
    pub fn load(models: &Models, catalogue: &Path, options: CatalogueOptions) -> Result<Self, LoadError> {
        let recogniser = Recogniser::load(models)?;
        let catalogue = Catalogue::load(catalogue, models, options)?;
        let worn_with = WornWithFinder::new(Arc::new(models.segmenter()?));
        let weak_below = models.weak_below().clone();
        let neighbours = Kept::new(MAX_NEIGHBOURS);
        Ok(Self { recogniser, weak_below, batcher: Batcher::default(), worn_with, neighbours, catalogue })
    }

    /// The same networks with the catalogue that a folder holds now.
    ///
    /// # Errors
    /// When the catalogue cannot be loaded.
    pub fn with_catalogue_of(
        &self,
        models: &Models,
        catalogue: &Path,
        options: CatalogueOptions,
    ) -> Result<Self, LoadError> {
        let catalogue = Catalogue::load(catalogue, models, options)?;
        let (recogniser, weak_below) = (self.recogniser.clone(), models.weak_below().clone());
        let (worn_with, neighbours) = (self.worn_with.for_another_catalogue(), self.neighbours.emptied());
        Ok(Self { recogniser, weak_below, batcher: Batcher::default(), worn_with, neighbours, catalogue })
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
            _ if upload.subject == Subject::Garment => Look::garment(cutout),
            Some(file) => {
                let regions = regions(file.as_ref(), size_of(&cutout))?;
                Look::with_regions(cutout, &regions)
            }
            None => Look::person(cutout),
        };
        self.respond(Asked::Look(&look), params, None, clock, now)
    }

    /// Searches with numbers that a browser has computed of a cutout: only the match is left to do.
    ///
    /// # Errors
    /// When they are not those of this server's networks, or not a look's.
    pub fn search_numbers(
        &self,
        numbers: &NumbersSearch,
        subject: Subject,
        params: &SearchParams,
    ) -> Result<SearchResponse, SearchError> {
        let clock = Clock(Instant::now());
        let told = self.recogniser.told(numbers, subject)?;
        self.respond(Asked::Numbers(&told), params, None, clock, Timestamp::now())
    }

    /// What people wear with an article in its further pictures: the products that are similar to the other garments in the first picture
    /// that shows any. Found once for each catalogue, kept for the most recent articles.
    ///
    /// # Errors
    /// When a picture cannot be resampled, or a network fails.
    pub fn looks(&self, article: &Article, limit: usize, in_stock_first: bool) -> Result<ProductLooks, SearchError> {
        let now = Timestamp::now();
        let found = self.worn_with.kept_or(&article.id, || self.find_worn_with(article))?;
        let looks = found.iter().map(|WornWith { picture, rows }| {
            let mut categories = cards(&self.catalogue, rows.clone(), &self.weak_below, now);
            for row in &mut categories {
                row.cards.retain(|card| card.product.id != article.id);
                if in_stock_first {
                    put_in_stock_first(&mut row.cards);
                }
                row.cards.truncate(limit);
            }
            ProductLook { picture: further_url(article, *picture), categories }
        });
        Ok(ProductLooks { looks: looks.collect(), events: false })
    }

    fn find_worn_with(&self, article: &Article) -> Result<Option<WornWith>, SearchError> {
        let params = SearchParams::plain(Vec::new(), MAX_CARDS_PER_CATEGORY);
        for (number, picture) in article.further_pictures.iter().enumerate().take(MAX_PICTURES) {
            // Two imports that ran one after the other have replaced the picture, or it is damaged: `catalogue verify` finds that.
            let Ok(file) = std::fs::read(self.catalogue.picture_path(picture)) else { continue };
            let Ok(decoded) = decode(&file, Bounds::PHOTO) else { continue };
            let Some(look) = self.worn_with.person(decoded)? else { continue };
            let rows = match self.rows(&look, &params) {
                Err(EncodeError::Blank) => continue,
                rows => others(rows?, article.category),
            };
            if !rows.is_empty() {
                return Ok(Some(WornWith { picture: number, rows }));
            }
        }
        Ok(None)
    }

    /// The rows without the article `itself` and the disliked ones. `clock` was started before decoding. Filters and cards use the prices of `now`.
    fn respond(
        &self,
        asked: Asked<'_>,
        params: &SearchParams,
        itself: Option<&Article>,
        mut clock: Clock,
        now: Timestamp,
    ) -> Result<SearchResponse, SearchError> {
        let mut timing = SearchTiming { decode_ms: clock.lap_ms(), ..SearchTiming::default() };
        let disliked: Vec<&Article> = params.less_like.iter().filter_map(|id| self.catalogue.find(id)).collect();
        let left_out: Vec<&Article> = disliked.iter().copied().chain(itself).collect();
        let dislikes = Dislikes::new(&self.catalogue, &self.recogniser, &disliked)?;
        // More, as the articles that are left out may be the best.
        let limit = params.limit + params.further + left_out.len();
        let wanted = Wanted { params, dislikes: &dislikes, limit };
        let rows = self.searched(asked, wanted, &mut clock, &mut timing, now)?;
        // The floors are those of queries as they are.
        let floors = if disliked.is_empty() { &self.weak_below } else { &BTreeMap::new() };
        Ok(self.answer(rows, params, &left_out, floors, (clock, timing), now))
    }

    /// The answer of rows without the articles that are `left_out`. `floors` tell which rows are weak.
    fn answer(
        &self,
        rows: Vec<Row>,
        params: &SearchParams,
        left_out: &[&Article],
        floors: &BTreeMap<Category, f32>,
        (mut clock, mut timing): (Clock, SearchTiming),
        now: Timestamp,
    ) -> SearchResponse {
        let articles_scored = articles_scored(&rows);
        let mut categories = cards(&self.catalogue, rows, floors, now);
        for row in &mut categories {
            row.cards.retain(|card| left_out.iter().all(|article| card.product.id != article.id));
            row.cards.truncate(params.limit + params.further);
            if params.in_stock_first {
                put_in_stock_first(&mut row.cards);
            }
            leave_for_later(row, params.limit);
        }
        timing.cards_ms = clock.lap_ms();
        SearchResponse { categories, articles_scored, timing, events: false }
    }

    /// The best products for a look, with the prices of now.
    ///
    /// # Errors
    /// When the picture is blank, or the network fails.
    pub fn rows(&self, look: &Look, params: &SearchParams) -> Result<Vec<Row>, EncodeError> {
        let mut clock = Clock(Instant::now());
        let wanted = Wanted { params, dislikes: &Dislikes::default(), limit: params.limit };
        self.searched(Asked::Look(look), wanted, &mut clock, &mut SearchTiming::default(), Timestamp::now())
    }

    /// The rows of at most `limit` hits each. Writes how long encoding and matching took into `timing`.
    fn searched(
        &self,
        asked: Asked<'_>,
        Wanted { params, dislikes, limit }: Wanted<'_>,
        clock: &mut Clock,
        timing: &mut SearchTiming,
        now: Timestamp,
    ) -> Result<Vec<Row>, EncodeError> {
        let is_wanted = |category: &Category| params.categories.is_empty() || params.categories.contains(category);
        let categories: Vec<Category> = self.catalogue.matcher.categories().filter(is_wanted).collect();
        let away = |garment: RecognisedGarment| RecognisedGarment {
            embedding: dislikes.applied(garment.embedding),
            ..garment
        };
        let garments: Vec<RecognisedGarment> = asked.garments(&self.recogniser)?.into_iter().map(away).collect();
        let plans = rows::plan(&garments, &categories, asked.size());
        let is_person_needed = plans.iter().any(RowPlan::is_of_person);
        let person = is_person_needed.then(|| asked.person(&self.recogniser)).transpose()?;
        let person = person.map(|embedding| dislikes.applied(embedding));
        timing.encode_ms = clock.lap_ms();
        let selection = self.catalogue.facets.selection(&params.filter, now);
        let queries = rows::queries(&plans, person.as_ref(), selection.as_ref(), limit);
        let hits = self.batcher.search(&self.catalogue.matcher, queries);
        let rows = rows::rows(plans, hits, limit);
        timing.match_ms = clock.lap_ms();
        Ok(rows)
    }
}

/// What is searched with.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// A cutout.
    Look(&'a Look),
    /// The numbers of one.
    Numbers(&'a Told),
}

impl Asked<'_> {
    /// The cutout's size.
    fn size(self) -> Size {
        match self {
            Self::Look(look) => size_of(look.cutout()),
            Self::Numbers(told) => told.size,
        }
    }

    fn garments(self, recogniser: &Recogniser) -> Result<Vec<RecognisedGarment>, EncodeError> {
        match self {
            Self::Look(look) => recogniser.garments(look),
            Self::Numbers(told) => Ok(told.garments.clone()),
        }
    }

    fn person(self, recogniser: &Recogniser) -> Result<QueryEmbedding, EncodeError> {
        match self {
            Self::Look(look) => recogniser.person(look),
            Self::Numbers(told) => Ok(told.whole.clone()),
        }
    }
}

/// What rows shall have.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    params: &'a SearchParams,
    dislikes: &'a Dislikes,
    /// The most hits of a row.
    limit: usize,
}

/// The articles of all categories in the rows; a category in several rows counts once.
fn articles_scored(rows: &[Row]) -> usize {
    let mut scored = [0; Category::ALL.len()];
    for hits in rows.iter().flat_map(|row| &row.hits) {
        scored[hits.category.index()] = hits.scored;
    }
    scored.iter().sum()
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
