//! What people wear with an article. In: the article's further pictures. Out: [`ProductLooks`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{ProductLook, ProductLooks};

use super::answer::arranged;
use super::{SearchEngine, SearchError, SearchParams, kept_key};
use crate::catalogue::{Article, Market, RuleChoice};
use crate::digest::Digest;
use crate::networks::encode::EncodeError;
use crate::parallel::locked;
use crate::pictures::decode::{Bounds, decode};
use crate::pipeline::cards::{further_url, row_of_cards};
use crate::pipeline::look::Look;
use crate::pipeline::query::EncodedLook;
use crate::pipeline::rows::Row;
use crate::pipeline::worn_with::{FoundWornWith, MAX_PICTURES, WornWith, others};

impl SearchEngine {
    /// What people wear with an article of a market in its further pictures: the products of the market that are similar to the other garments in the first picture
    /// that shows any. Found once for each catalogue, kept for the most recent articles. `seen` has the people of a former try, and of this one then.
    ///
    /// # Errors
    /// When a picture cannot be resampled, or a network fails.
    pub fn looks(
        &self,
        market: &Market,
        article: &Article,
        rules: &RuleChoice,
        limit: usize,
        in_stock_first: bool,
        seen: &SeenPeople,
    ) -> Result<ProductLooks, SearchError> {
        let now = Timestamp::now();
        let applied = self.catalogue.rules_at(market, rules, now);
        let find = || self.find_worn_with(market, article, rules, seen);
        let found = self.worn_with.kept_or(&kept_key(market, applied.as_deref(), article), find)?;
        let looks = found.worn_with.iter().map(|WornWith { picture, rows }| {
            let of_row = |row: &Row| {
                let ranked = arranged(row, market, &[article], (MAX_CARDS_PER_CATEGORY, in_stock_first));
                row_of_cards(row, &ranked[..limit.min(ranked.len())], &self.weak_below, now)
            };
            ProductLook { picture: further_url(article, *picture), categories: rows.iter().map(of_row).collect() }
        });
        let missing_shards = found.missing.iter().map(ToString::to_string).collect();
        Ok(ProductLooks { looks: looks.collect(), missing_shards, events: false })
    }

    fn find_worn_with(
        &self,
        market: &Market,
        article: &Article,
        rules: &RuleChoice,
        seen: &SeenPeople,
    ) -> Result<FoundWornWith, SearchError> {
        let mut missing = Vec::new();
        let params = SearchParams { rules: rules.clone(), ..SearchParams::plain(Vec::new(), MAX_CARDS_PER_CATEGORY) };
        for (number, picture) in article.further_pictures.iter().enumerate().take(MAX_PICTURES) {
            let Some(look) = seen.or_look(picture, || self.wearer(picture))? else { continue };
            let found = match self.rows_of(market, &look, &params) {
                Err(SearchError::Encode(EncodeError::Blank)) => continue,
                found => found?,
            };
            let rows = others(found.rows, article.category);
            missing.extend(found.missing);
            if !rows.is_empty() {
                return Ok(FoundWornWith { worn_with: Some(WornWith { picture: number, rows }), missing });
            }
        }
        missing.sort_unstable();
        missing.dedup();
        Ok(FoundWornWith { worn_with: None, missing })
    }

    /// The person in a further picture, with the garments seen; none if there is nobody, or the picture cannot be read.
    fn wearer(&self, picture: &Digest) -> Result<Option<Look>, SearchError> {
        // Two imports that ran one after the other have replaced the picture, or it is damaged: `catalogue verify` finds that.
        let Ok(file) = std::fs::read(self.catalogue.picture_path(picture)) else { return Ok(None) };
        let Ok(decoded) = decode(&file, Bounds::PHOTO) else { return Ok(None) };
        Ok(self.worn_with.person(decoded)?)
    }
}

/// Who is seen in an article's further pictures, looked at and encoded once, however often a request is answered.
#[derive(Debug, Default)]
pub struct SeenPeople(Mutex<BTreeMap<Digest, Option<Arc<EncodedLook<'static>>>>>);

impl SeenPeople {
    /// Who is seen in a picture, or who `look` sees now.
    fn or_look(
        &self,
        picture: &Digest,
        look: impl FnOnce() -> Result<Option<Look>, SearchError>,
    ) -> Result<Option<Arc<EncodedLook<'static>>>, SearchError> {
        if let Some(known) = locked(&self.0).get(picture) {
            return Ok(known.clone());
        }
        let seen = look()?.map(|look| Arc::new(EncodedLook::new(look)));
        locked(&self.0).insert(*picture, seen.clone());
        Ok(seen)
    }
}
