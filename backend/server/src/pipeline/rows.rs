//! One row for each garment. In: [`RecognisedGarment`]s and the categories to search. Out: [`RowPlan`]s; with their hits, [`Row`]s.

use std::collections::BTreeMap;

use stl_types::wire::{LikelyCategory, SeenGarment};
use stl_types::{Category, Size};

use crate::catalogue::AppliedRules;
use crate::catalogue::rules::served::Pin;
use crate::matching::{Hit, Hits, MatchQuery, Selection};
use crate::networks::encode::QueryEmbedding;
use crate::pipeline::recognise::{RecognisedGarment, replaced};

/// Weight of ln p(category) beside the match's score. Both are logarithms of odds up to a constant, but the match knows much of the
/// category already, so the category counts half. On 400 people in true pairs, .25 and 1 differ from it by less than .01.
const CATEGORY_WEIGHT: f32 = 0.5;

/// Relevance of a garment in a corner of the picture, compared with one in the middle.
const CORNER_RELEVANCE: f32 = 0.5;

/// A row before it is searched.
#[derive(Clone, Debug)]
pub struct RowPlan<'a> {
    /// The categories of its products. More than one only for a garment.
    likely: Vec<LikelyCategory>,
    /// The garment that was seen.
    garment: Option<&'a RecognisedGarment>,
    /// What is searched with; `None` for the whole person.
    searched_with: Option<&'a RecognisedGarment>,
}

/// The best products for a garment, or of a category that was not seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The most probable category of the garment, or the category that was not seen.
    pub category: Category,
    /// The likely categories of the garment, the most probable first; empty for a category that was not seen.
    pub likely: Vec<LikelyCategory>,
    /// The garment.
    pub garment: Option<SeenGarment>,
    /// The hits of each category in the row, with the match's scores.
    pub hits: Vec<Hits>,
    /// The row: best first, with [`calibrated`] scores; ties in the catalogue's order. Pinned articles stand at their positions.
    pub best: Vec<Hit>,
    /// The pinned articles of the row's categories, in the order of their positions.
    pub pins: Vec<Pin>,
}

impl Row {
    /// Whether a garment was seen, and the best product of each category in the row scores below the category's floor by the match alone. A category
    /// without a floor is never weak.
    #[must_use]
    pub fn is_weak(&self, floors: &BTreeMap<Category, f32>) -> bool {
        let found = self.hits.iter().filter(|hits| !hits.best.is_empty());
        let mut bests = found.map(|hits| (hits.category, hits.nearest)).peekable();
        let is_below = |(category, best): (Category, f32)| floors.get(&category).is_some_and(|floor| best < *floor);
        self.garment.is_some() && bests.peek().is_some() && bests.all(is_below)
    }
}

/// The score that orders a row of several categories: the match's score plus [`CATEGORY_WEIGHT`] times the logarithm of the probability
/// that the garment is of the article's category.
#[must_use]
pub fn calibrated(score: f32, probability: f32) -> f32 {
    score + CATEGORY_WEIGHT * probability.ln()
}

/// Plans a row for each garment, the most relevant first, then one for each category of `categories` that is in none of them.
///
/// The row of a garment has its likely categories that are in `categories`; without any, there is no row. A category that was not seen
/// is searched with the garment that its products would replace, or else with the whole person. `size` is the cutout's.
#[must_use]
pub fn plan<'a>(garments: &'a [RecognisedGarment], categories: &[Category], size: Size) -> Vec<RowPlan<'a>> {
    let mut by_relevance: Vec<&RecognisedGarment> = garments.iter().collect();
    // Stable: of equal relevance, the larger garment comes first.
    by_relevance.sort_by(|a, b| relevance(b, size).total_cmp(&relevance(a, size)));
    let of_garment = |garment: &'a RecognisedGarment| {
        let mut likely = garment.kinds.in_catalogue(garment.seen.layer);
        likely.retain(|likely| categories.contains(&likely.category));
        (!likely.is_empty()).then_some(RowPlan { likely, garment: Some(garment), searched_with: Some(garment) })
    };
    let mut plans: Vec<RowPlan<'_>> = by_relevance.into_iter().filter_map(of_garment).collect();
    let is_seen = |category: &Category| plans.iter().any(|plan| plan.categories().any(|seen| seen == *category));
    let unseen: Vec<Category> = categories.iter().copied().filter(|category| !is_seen(category)).collect();
    plans.extend(unseen.into_iter().map(|category| RowPlan {
        likely: vec![LikelyCategory { category, probability: 1.0 }],
        garment: None,
        searched_with: replaced(garments, category),
    }));
    plans
}

/// How likely a visitor means this garment: its share of the person, times 1 in the middle of the picture to ½ in its corners, times the
/// probability of its first category.
fn relevance(garment: &RecognisedGarment, size: Size) -> f32 {
    let SeenGarment { left, top, width, height, share, .. } = garment.seen;
    // −1 to 1 along each axis.
    let offset = |start: u32, length: u32, of: u32| (2 * start + length) as f32 / of as f32 - 1.0;
    let distance = offset(left, width, size.width).hypot(offset(top, height, size.height)) / f32::sqrt(2.0);
    let nearness = 1.0 - (1.0 - CORNER_RELEVANCE) * distance;
    share * nearness * garment.kinds.likely()[0].probability
}

impl<'a> RowPlan<'a> {
    /// The garment that was seen; `None` for a category that was not.
    #[must_use]
    pub const fn garment(&self) -> Option<&'a RecognisedGarment> {
        self.garment
    }

    /// The categories of its products, the most probable first.
    #[must_use]
    pub fn likely(&self) -> &[LikelyCategory] {
        &self.likely
    }

    fn categories(&self) -> impl Iterator<Item = Category> {
        self.likely.iter().map(|likely| likely.category)
    }

    /// Whether the row is searched with the whole person.
    #[must_use]
    pub const fn is_of_person(&self) -> bool {
        self.searched_with.is_none()
    }

    /// The row with the hits of its categories, in any order.
    fn with_hits(self, mut hits: Vec<Hits>, limit: usize, pins: &[Pin]) -> Row {
        let mut best = merged(&self.likely, &hits, limit + pins.len());
        let pinned = pinned(&self.likely, &hits, pins);
        best.retain(|hit| pinned.iter().all(|(pin, _)| pin.article != hit.article));
        let pins = pinned.iter().map(|(pin, _)| *pin).collect();
        place(&mut best, pinned.into_iter().map(|(pin, hit)| (pin.position, hit)));
        best.truncate(limit);
        hits.iter_mut().for_each(|hits| hits.best.truncate(limit));
        let category = self.likely[0].category;
        let (likely, garment) = match self.garment {
            Some(garment) => (self.likely, Some(garment.seen)),
            None => (Vec::new(), None),
        };
        Row { category, likely, garment, hits, best, pins }
    }
}

/// The queries of planned rows: one for each garment, and one for all categories that were not seen. `person` is f(I) of the whole
/// person, if a row needs it. `rules` add to scores and pin articles; what they exclude is not in the `selection`.
#[must_use]
pub fn queries(
    plans: &[RowPlan<'_>],
    person: Option<&QueryEmbedding>,
    selection: Option<&Selection>,
    rules: Option<&AppliedRules>,
    limit: usize,
) -> Vec<MatchQuery> {
    let offsets = rules.and_then(|rules| rules.offsets.clone());
    let pins = rules.map_or(&[][..], |rules| &rules.pins[..]);
    let pinned: Vec<usize> = pins.iter().map(|pin| pin.article).collect();
    // More, as pinned articles may leave the places that they would have by their scores.
    let limit = limit + pinned.len();
    let embeddings = |plan: &RowPlan<'_>| -> Vec<(Category, Vec<f32>)> {
        let embedding = plan.searched_with.map(|garment| &garment.embedding).or(person);
        let of = |category| Some((category, embedding?.for_category(category).to_vec()));
        plan.categories().filter_map(of).collect()
    };
    let query = |embeddings| MatchQuery {
        embeddings,
        selection: selection.cloned(),
        offsets: offsets.clone(),
        pinned: pinned.clone(),
        limit,
    };
    let (seen, unseen) = plans.split_at(seen(plans));
    let mut queries: Vec<MatchQuery> = seen.iter().map(|plan| query(embeddings(plan))).collect();
    if !unseen.is_empty() {
        queries.push(query(unseen.iter().flat_map(embeddings).collect()));
    }
    queries
}

/// The rows for the hits of [`queries`]: those of garments stay in their order; of the others, the one whose best article scores highest
/// comes first. `pins` are in the order of their positions.
#[must_use]
pub fn rows(mut plans: Vec<RowPlan<'_>>, hits: Vec<Vec<Hits>>, limit: usize, pins: &[Pin]) -> Vec<Row> {
    let unseen = plans.split_off(seen(&plans));
    let mut hits = hits.into_iter();
    let mut rows: Vec<Row> =
        plans.into_iter().zip(&mut hits).map(|(plan, hits)| plan.with_hits(hits, limit, pins)).collect();
    // Hits of one query are in the order of their best scores.
    for hits in hits.flatten() {
        let plan = unseen.iter().find(|plan| plan.likely[0].category == hits.category).cloned();
        rows.extend(plan.map(|plan| plan.with_hits(vec![hits], limit, pins)));
    }
    rows
}

/// The number of plans for garments, which come first.
fn seen(plans: &[RowPlan<'_>]) -> usize {
    plans.iter().take_while(|plan| plan.garment.is_some()).count()
}

/// The best articles of several categories in one order, which is exact: each category's hits are at least its best `limit`.
fn merged(likely: &[LikelyCategory], hits: &[Hits], limit: usize) -> Vec<Hit> {
    let of_category = |hits: &Hits| {
        let probability = probability(likely, hits.category);
        hits.best.iter().map(|hit| Hit { score: calibrated(hit.score, probability), ..*hit }).collect::<Vec<_>>()
    };
    let mut best: Vec<Hit> = hits.iter().flat_map(of_category).collect();
    best.sort_unstable_by(Hit::order);
    best.truncate(limit);
    best
}

fn probability(likely: &[LikelyCategory], category: Category) -> f32 {
    likely.iter().find(|likely| likely.category == category).map_or(0.0, |likely| likely.probability)
}

/// The pinned articles among the hits, in the order of `pins`.
fn pinned(likely: &[LikelyCategory], hits: &[Hits], pins: &[Pin]) -> Vec<(Pin, Hit)> {
    let hit = |pin: &Pin| {
        let of_category = |hits: &Hits| {
            let hit = hits.pinned.iter().find(|hit| hit.article == pin.article)?;
            Some(Hit { score: calibrated(hit.score, probability(likely, hits.category)), ..*hit })
        };
        Some((*pin, hits.iter().find_map(of_category)?))
    };
    pins.iter().filter_map(hit).collect()
}

/// Puts each of `pinned` to its position, from 1, into a row that has none of them. They come in the order of positions. If a position is taken,
/// the later one comes next; if the row is shorter, at its end.
pub fn place<T>(row: &mut Vec<T>, pinned: impl Iterator<Item = (usize, T)>) {
    let mut free = 0;
    for (position, item) in pinned {
        let at = free.max(position.saturating_sub(1)).min(row.len());
        row.insert(at, item);
        free = at + 1;
    }
}

#[cfg(test)]
mod tests;
