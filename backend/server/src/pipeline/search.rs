//! One search from bytes to cards: decode → look → recognise → match → cards. In: an [`Upload`]. Out: a [`SearchResponse`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use stl_types::wire::{NumbersSearch, SearchResponse, SearchTiming};
use stl_types::{Category, Size};

use crate::catalogue::{AppliedRules, Article, Catalogue, CatalogueOptions, Held, Market};
use crate::matching::Part;
use crate::networks::encode::{EncodeError, QueryEmbedding};
use crate::networks::models::Models;
use crate::pipeline::dislikes::Dislikes;
use crate::pipeline::kept::Kept;
use crate::pipeline::look::{Look, Subject};
use crate::pipeline::query::EncodedLook;
use crate::pipeline::recognise::{RecognisedGarment, Recogniser};
use crate::pipeline::rows::{self, Row, RowPlan};
use crate::pipeline::told::Told;
use crate::pipeline::worn_with::WornWithFinder;
use crate::shards::Shards;

mod answer;
mod clock;
pub(super) mod error;
mod hits;
mod looks;
pub mod params;
pub mod preview;
mod scoring;
mod similar;
#[cfg(test)]
mod tests;

pub use error::{LoadError, SearchError};
pub use looks::SeenPeople;
pub use params::SearchParams;

pub use crate::pipeline::query::{Query, Upload};

use self::clock::Clock;
use self::scoring::Scoring;

/// Articles whose neighbours are kept: each takes about two kilobytes.
const MAX_NEIGHBOURS: usize = 4096;

/// A catalogue and the networks that recognise garments.
#[derive(Debug)]
pub struct SearchEngine {
    recogniser: Recogniser,
    /// The score of each category below which a row is weak.
    weak_below: BTreeMap<Category, f32>,
    scoring: Scoring,
    worn_with: WornWithFinder,
    /// What is similar to articles.
    neighbours: Kept<SearchedRows>,
    /// The products.
    pub catalogue: Catalogue,
}

/// Rows that were searched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchedRows {
    /// The rows.
    pub rows: Vec<Row>,
    /// Parts of the catalogue that did not answer; their articles are not in the rows.
    pub missing: Vec<Part>,
}

impl SearchEngine {
    /// Loads networks and catalogue; takes seconds for large catalogues.
    ///
    /// # Errors
    /// When networks or catalogue cannot be loaded.
    pub fn load(models: &Models, catalogue: &Path, options: CatalogueOptions) -> Result<Self, LoadError> {
        Self::load_scored(models, catalogue, options, None)
    }

    /// The same of a front, whose articles are scored by shards, if there are any.
    ///
    /// # Errors
    /// As for [`SearchEngine::load`].
    pub fn load_scored(
        models: &Models,
        catalogue: &Path,
        options: CatalogueOptions,
        shards: Option<Arc<Shards>>,
    ) -> Result<Self, LoadError> {
        let recogniser = Recogniser::load(models)?;
        let held = if shards.is_some() { Held::Unscored } else { Held::All };
        let catalogue = Catalogue::load_held(catalogue, models, options, held)?;
        let worn_with = WornWithFinder::new(Arc::new(models.segmenter()?));
        let weak_below = models.weak_below().clone();
        let neighbours = Kept::new(MAX_NEIGHBOURS);
        let scoring = Scoring::of(shards, &catalogue);
        Ok(Self { recogniser, weak_below, scoring, worn_with, neighbours, catalogue })
    }

    /// The same networks with the catalogue that a folder holds now. Rules that cannot be used leave the former ones.
    ///
    /// # Errors
    /// When the catalogue cannot be loaded.
    pub fn with_catalogue_of(
        &self,
        models: &Models,
        catalogue: &Path,
        options: CatalogueOptions,
    ) -> Result<Self, LoadError> {
        let catalogue = self.catalogue.reloaded(catalogue, models, options)?;
        let (recogniser, weak_below) = (self.recogniser.clone(), models.weak_below().clone());
        let (worn_with, neighbours) = (self.worn_with.for_another_catalogue(), self.neighbours.emptied());
        let shards = self.version_of_shards().map(|(shards, _)| Arc::clone(shards));
        let scoring = Scoring::of(shards, &catalogue);
        Ok(Self { recogniser, weak_below, scoring, worn_with, neighbours, catalogue })
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
        let Upload { cutout, regions, subject } = upload;
        let (cutout, regions) = (cutout.as_ref(), regions.as_ref().map(AsRef::as_ref));
        self.search_query_at(&Query::new(Upload { cutout, regions, subject: *subject }), params, now)
    }

    /// [`SearchEngine::search`] with an upload that may have been searched with before, in any version of the catalogue.
    ///
    /// # Errors
    /// As for [`SearchEngine::search`].
    pub fn search_query(
        &self,
        query: &Query<impl AsRef<[u8]>>,
        params: &SearchParams,
    ) -> Result<SearchResponse, SearchError> {
        self.search_query_at(query, params, Timestamp::now())
    }

    fn search_query_at(
        &self,
        query: &Query<impl AsRef<[u8]>>,
        params: &SearchParams,
        now: Timestamp,
    ) -> Result<SearchResponse, SearchError> {
        let clock = Clock::start("decode");
        let market = self.catalogue.market(&params.market)?;
        self.respond(market, Asked::Look(query.look()?), params, None, clock, now)
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
        let clock = Clock::start("decode");
        let market = self.catalogue.market(&params.market)?;
        let told = self.recogniser.told(numbers, subject)?;
        self.respond(market, Asked::Numbers(&told), params, None, clock, Timestamp::now())
    }

    /// The rows without the article `itself` and the disliked ones. `clock` was started before decoding. Filters and cards use the prices of `now`.
    fn respond(
        &self,
        market: &Market,
        asked: Asked<'_>,
        params: &SearchParams,
        itself: Option<&Article>,
        mut clock: Clock,
        now: Timestamp,
    ) -> Result<SearchResponse, SearchError> {
        let mut timing = SearchTiming { decode_ms: clock.lap_ms(Some("encode")), ..SearchTiming::default() };
        let disliked: Vec<&Article> = params.less_like.iter().filter_map(|id| market.find(id)).collect();
        let left_out: Vec<&Article> = disliked.iter().copied().chain(itself).collect();
        let dislikes = Dislikes::new(&self.catalogue, &self.recogniser, &disliked)?;
        // More, as the articles that are left out may be the best.
        let limit = params.limit + params.further + left_out.len();
        let rules = self.catalogue.rules_at(market, &params.rules, now);
        let wanted = Wanted { params, dislikes: &dislikes, rules: rules.as_deref(), limit };
        let rows = self.searched(market, asked, wanted, &mut clock, &mut timing, now)?;
        // The floors are those of queries as they are.
        let floors = if disliked.is_empty() { &self.weak_below } else { &BTreeMap::new() };
        Ok(self.answer((market, &rows), params, &left_out, floors, (clock, timing), now))
    }

    /// The best products for a look, with the prices of now.
    ///
    /// # Errors
    /// When there is no such market, the picture is blank, or the network fails.
    pub fn rows(&self, look: &Look, params: &SearchParams) -> Result<Vec<Row>, SearchError> {
        Ok(self.rows_of(self.catalogue.market(&params.market)?, &EncodedLook::of(look), params)?.rows)
    }

    /// The best products of a market for a look.
    fn rows_of(
        &self,
        market: &Market,
        look: &EncodedLook<'_>,
        params: &SearchParams,
    ) -> Result<SearchedRows, SearchError> {
        let (mut clock, now) = (Clock::start("encode"), Timestamp::now());
        let rules = self.catalogue.rules_at(market, &params.rules, now);
        let (dislikes, limit) = (&Dislikes::default(), params.limit);
        let wanted = Wanted { params, dislikes, rules: rules.as_deref(), limit };
        self.searched(market, Asked::Look(look), wanted, &mut clock, &mut SearchTiming::default(), now)
    }

    /// The rows of at most `limit` hits each. Writes how long encoding and matching took into `timing`.
    fn searched(
        &self,
        market: &Market,
        asked: Asked<'_>,
        Wanted { params, dislikes, rules, limit }: Wanted<'_>,
        clock: &mut Clock,
        timing: &mut SearchTiming,
        now: Timestamp,
    ) -> Result<SearchedRows, SearchError> {
        let is_wanted = |category: &Category| params.categories.is_empty() || params.categories.contains(category);
        let categories: Vec<Category> = market.categories().iter().copied().filter(is_wanted).collect();
        let away = |garment: RecognisedGarment| RecognisedGarment {
            embedding: dislikes.applied(garment.embedding),
            ..garment
        };
        let garments: Vec<RecognisedGarment> = asked.garments(&self.recogniser)?.into_iter().map(away).collect();
        let plans = rows::plan(&garments, &categories, asked.size());
        let is_person_needed = plans.iter().any(RowPlan::is_of_person);
        let person = is_person_needed.then(|| asked.person(&self.recogniser)).transpose()?;
        let person = person.map(|embedding| dislikes.applied(embedding));
        timing.encode_ms = clock.lap_ms(Some("match"));
        let (hits, missing) = self.hits(market, &plans, person.as_ref(), (params, rules), limit, now)?;
        let rows = rows::rows(plans, hits, limit, rules.map_or(&[][..], |rules| &rules.pins[..]));
        timing.match_ms = clock.lap_ms(Some("cards"));
        Ok(SearchedRows { rows, missing })
    }
}

/// What is searched with.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// A cutout.
    Look(&'a EncodedLook<'a>),
    /// The numbers of one.
    Numbers(&'a Told),
}

impl Asked<'_> {
    /// The cutout's size.
    fn size(self) -> Size {
        match self {
            Self::Look(look) => look.size(),
            Self::Numbers(told) => told.size,
        }
    }

    fn garments(self, recogniser: &Recogniser) -> Result<Vec<RecognisedGarment>, EncodeError> {
        match self {
            Self::Look(look) => Ok(look.garments(recogniser)?.to_vec()),
            Self::Numbers(told) => Ok(told.garments.clone()),
        }
    }

    fn person(self, recogniser: &Recogniser) -> Result<QueryEmbedding, EncodeError> {
        match self {
            Self::Look(look) => look.person(recogniser).cloned(),
            Self::Numbers(told) => Ok(told.whole.clone()),
        }
    }
}

/// What rows shall have.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    params: &'a SearchParams,
    dislikes: &'a Dislikes,
    rules: Option<&'a AppliedRules>,
    /// The most hits of a row.
    limit: usize,
}

/// What is found for an article of a market is kept for the rules that were applied.
fn kept_key<'a>(market: &Market, rules: Option<&AppliedRules>, article: &'a Article) -> Cow<'a, str> {
    let number = rules.map_or(0, |rules| rules.number);
    if number == 0 && market.name().is_empty() {
        return Cow::Borrowed(&article.id);
    }
    format!("{}\0{number}\0{}", market.name(), article.id).into()
}
