//! What the administration sees before it stores rules, and of an article. In: rules, and an article or a photo. Out: a [`RulesPreview`]; a
//! [`ProductSight`].

use std::collections::BTreeMap;
use std::sync::Arc;

use image::RgbImage;
use jiff::Timestamp;
use stl_types::Category;
use stl_types::wire::{
    CategoryCards, LikelyCategory, PreviewCard, PreviewRow, ProductSight, Region, RulesPreview, SearchTiming,
};

use super::answer::arranged;
use super::clock::Clock;
use super::{Asked, SearchEngine, SearchError, SearchParams, SearchedRows, Wanted};
use crate::catalogue::{AppliedRules, Article, Market, RuleChoice, Rules};
use crate::pictures::decode::{Bounds, decode};
use crate::pipeline::cards::{row_of_cards, whole_product};
use crate::pipeline::cutout::Taken;
use crate::pipeline::dislikes::Dislikes;
use crate::pipeline::query::EncodedLook;
use crate::pipeline::recognise::content;
use crate::pipeline::rows::Row;

/// What rules are tried on.
#[derive(Clone, Copy, Debug)]
pub enum Tried<'a> {
    /// What is similar to an article of the market.
    Article(&'a Article),
    /// A photo's file, of a person or of a garment alone.
    Photo(&'a [u8]),
}

impl SearchEngine {
    /// The rows of a search with the rules in force, and with `draft`, which is not stored.
    ///
    /// # Errors
    /// When the photo cannot be decoded or shows neither a person nor a garment, or a network fails.
    pub fn preview(
        &self,
        market: &Market,
        tried: Tried<'_>,
        draft: Arc<Rules>,
        choice: &RuleChoice,
        limit: usize,
    ) -> Result<RulesPreview, SearchError> {
        let now = Timestamp::now();
        let report = self.catalogue.rules_report(&draft, now);
        let in_force = self.catalogue.rules_at(market, choice, now);
        let drafted = self.catalogue.draft_at(market, draft, choice, now);
        let (told, look, itself);
        let (asked, categories, itself) = match tried {
            Tried::Article(article) => {
                (told, itself) = (self.as_query(article), [article]);
                (Asked::Numbers(&told), vec![article.category], &itself[..])
            }
            Tried::Photo(file) => {
                look = match self.worn_with.taken(decode(file, Bounds::PHOTO)?)? {
                    Taken::Look { look, .. } => EncodedLook::new(look),
                    Taken::Nothing(cause) => return Err(SearchError::Nothing(cause.in_words())),
                };
                (Asked::Look(&look), Vec::new(), &[][..])
            }
        };
        let params = SearchParams::plain(categories, limit);
        let rows = |rules: Option<&AppliedRules>| -> Result<Vec<PreviewRow>, SearchError> {
            let wanted = Wanted { params: &params, dislikes: &Dislikes::default(), rules, limit: limit + itself.len() };
            let mut clock = Clock::silent();
            let SearchedRows { rows, .. } =
                self.searched(market, asked, wanted, &mut clock, &mut SearchTiming::default(), now)?;
            let of_row = |row: &Row| {
                let shown = arranged(row, market, itself, (limit, false));
                self.explained(market, row_of_cards(row, &shown, &BTreeMap::new(), now), rules, now)
            };
            Ok(rows.iter().map(of_row).collect())
        };
        Ok(RulesPreview { before: rows(in_force.as_deref())?, after: rows(drafted.as_deref())?, report })
    }

    /// A row with what moved each card.
    fn explained(
        &self,
        market: &Market,
        CategoryCards { category, cards, .. }: CategoryCards,
        rules: Option<&AppliedRules>,
        now: Timestamp,
    ) -> PreviewRow {
        let explained = |card: stl_types::wire::Card| {
            let moved_by = rules.map(|rules| self.catalogue.moved_by(market, rules, &card.product.id, now));
            PreviewCard { rules: moved_by.unwrap_or_default(), card }
        };
        PreviewRow { category, cards: cards.into_iter().map(explained).collect() }
    }

    /// What an article of a market looks like to the networks, with `limit` neighbours.
    ///
    /// # Errors
    /// When the match fails.
    pub fn sight(&self, market: &Market, article: &Article, limit: usize) -> Result<ProductSight, SearchError> {
        let params = SearchParams {
            market: market.name().to_owned(),
            rules: RuleChoice::off(),
            ..SearchParams::plain(Vec::new(), limit)
        };
        let similar = self.similar(article, &params)?;
        let feature = self.catalogue.feature(&article.id).unwrap_or_default();
        let probabilities = self.recogniser.categories_of(feature);
        let mut seen: Vec<LikelyCategory> = probabilities
            .into_iter()
            .flat_map(|all| Category::ALL.into_iter().zip(all))
            .map(|(category, probability)| LikelyCategory { category, probability })
            .collect();
        seen.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let picture = std::fs::read(self.catalogue.picture_path(&article.picture_sha256)).ok();
        let picture = picture.and_then(|file| decode(&file, Bounds::PRODUCT).ok());
        Ok(ProductSight {
            product: whole_product(article, Timestamp::now()),
            seen,
            region: picture.as_ref().map(region),
            neighbours: similar.categories.into_iter().flat_map(|row| row.cards).collect(),
        })
    }
}

/// The box of what is not white in a picture.
fn region(picture: &RgbImage) -> Region {
    let (of, (picture_width, picture_height)) = (content(picture), picture.dimensions());
    Region { left: of.left, top: of.top, width: of.width, height: of.height, picture_width, picture_height }
}
