//! The rank of each pair's article among the articles of its category. In: [`Pair`]s and a [`Gallery`]. Out: ranks from 1, and
//! [`Figures`] of them.

use bytemuck::cast_slice;
use serde::Serialize;
use stl_types::Category;

use super::pairs::{Gallery, Pair};
use crate::matching::score::score;
use crate::matching::{MatchWeights, dot};
use crate::parallel::{available_threads, for_each_in_order};

/// Articles that a thread scores at a time: their rows take 1 MB.
const CHUNK: usize = 1024;

/// The normal distribution's quantile of a 95 % interval.
const Z: f64 = 1.959_964;

/// How a query and an article are compared.
#[derive(Clone, Copy, Debug)]
pub enum Way<'a> {
    /// By the learnt match.
    Match(&'a MatchWeights),
    /// By the cosine of f(I) and f(A).
    Cosine,
}

/// The rank of each pair's article. Ties count against it; articles with the same title picture do not count.
///
/// # Panics
/// When an embedding is not as long as the others.
#[must_use]
pub fn ranks(pairs: &[Pair], gallery: &Gallery<'_>, way: Way<'_>) -> Vec<usize> {
    let mut ranks = vec![1; pairs.len()];
    for category in Category::ALL {
        let asked: Vec<usize> =
            (0..pairs.len()).filter(|&pair| gallery.categories[pairs[pair].article] == category).collect();
        let articles: Vec<usize> = gallery.of_category(category).collect();
        if asked.is_empty() {
            continue;
        }
        let queries: Vec<Vec<f32>> = asked.iter().map(|&pair| way.query(&pairs[pair].query)).collect();
        let own = |(&pair, query): (&usize, &Vec<f32>)| way.score(query, &way.rows(&[pairs[pair].article], gallery));
        let own: Vec<f32> = asked.iter().zip(&queries).map(own).collect();
        let chunks: Vec<&[usize]> = articles.chunks(CHUNK).collect();
        let better = |chunk: &&[usize]| {
            let rows = way.rows(chunk, gallery);
            let width = rows.len() / chunk.len().max(1);
            let count = |((&pair, query), &own): ((&usize, &Vec<f32>), &f32)| {
                let title = gallery.titles[pairs[pair].article];
                let others = chunk.iter().zip(rows.chunks_exact(width));
                others
                    .filter(|(article, row)| way.score(query, row) >= own && gallery.titles[**article] != title)
                    .count()
            };
            asked.iter().zip(&queries).zip(&own).map(count).collect::<Vec<usize>>()
        };
        let Ok(()) = for_each_in_order(&chunks, available_threads(), better, |_, counts| {
            asked.iter().zip(counts).for_each(|(&pair, count)| ranks[pair] += count);
            Ok::<(), std::convert::Infallible>(())
        });
    }
    ranks
}

impl Way<'_> {
    /// A query as it is compared.
    fn query(self, query: &[f32]) -> Vec<f32> {
        match self {
            Self::Match(weights) => weights.project_query(query),
            Self::Cosine => unit(query),
        }
    }

    /// Articles as they are compared, one after the other.
    fn rows(self, articles: &[usize], gallery: &Gallery<'_>) -> Vec<f32> {
        let mut rows = Vec::new();
        for &article in articles {
            match self {
                Self::Match(weights) => weights.project_article(gallery.features[article], &mut rows),
                Self::Cosine => rows.extend(unit(gallery.features[article])),
            }
        }
        rows
    }

    fn score(self, query: &[f32], row: &[f32]) -> f32 {
        match self {
            Self::Match(weights) => score(query, cast_slice(row), &weights.w2),
            Self::Cosine => dot(query, row),
        }
    }
}

fn unit(embedding: &[f32]) -> Vec<f32> {
    let length = dot(embedding, embedding).sqrt().max(f32::MIN_POSITIVE);
    embedding.iter().map(|number| number / length).collect()
}

/// A share and its 95 % interval (Wilson, 1927).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// In `0..=1`.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// `found` of `count`, at least one.
    #[must_use]
    pub fn of(found: usize, count: usize) -> Self {
        let n = count.max(1) as f64;
        let value = found as f64 / n;
        let middle = (value + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self { value, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
    }
}

/// What ranks say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Share of pairs whose article is first.
    pub top_1: Share,
    /// Within the first 10.
    pub top_10: Share,
    /// Within the first 50, the most cards of a row.
    pub top_50: Share,
    /// Half of the ranks are at most this.
    pub median_rank: usize,
}

impl Figures {
    /// Of ranks from 1; none without ranks.
    #[must_use]
    pub fn of(mut ranks: Vec<usize>) -> Option<Self> {
        ranks.sort_unstable();
        let median_rank = *ranks.get(ranks.len().checked_sub(1)? / 2)?;
        let within = |depth: usize| Share::of(ranks.partition_point(|rank| *rank <= depth), ranks.len());
        Some(Self { top_1: within(1), top_10: within(10), top_50: within(50), median_rank })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapt::pairs::View;
    use crate::digest::Digest;
    use crate::matching::score::score_reference;

    /// Numbers that look random.
    fn noise(seed: u32, count: usize) -> Vec<f32> {
        (0..count as u32)
            .map(|at| f32::from((at.wrapping_mul(2_654_435_761) ^ seed) as u16 % 1000) / 500.0 - 1.0)
            .collect()
    }

    #[test]
    fn a_rank_counts_the_articles_of_the_category_that_score_as_high() {
        let weights = MatchWeights {
            hidden: 16,
            width: 8,
            u: noise(1, 128),
            v: noise(2, 128),
            b: noise(3, 16),
            w2: noise(4, 16),
        };
        let values = noise(5, 8 * 2500);
        let features: Vec<&[f32]> = values.chunks_exact(8).collect();
        let categories = (0..2500).map(|at| if at % 3 == 0 { Category::Tops } else { Category::Skirts }).collect();
        let mut titles: Vec<Digest> = (0_u32..2500).map(|at| Digest::of(&at.to_le_bytes())).collect();
        titles[6] = titles[3];
        let gallery = Gallery { categories, features, titles };
        let pairs: Vec<Pair> = [0, 1, 3, 2499]
            .into_iter()
            .map(|article| Pair { article, view: View::Person, query: noise(article as u32 + 9, 8) })
            .collect();
        for way in [Way::Match(&weights), Way::Cosine] {
            let reference = |pair: &Pair| {
                let score = |article: usize| match way {
                    Way::Match(weights) => {
                        let mut row = Vec::new();
                        weights.project_article(gallery.features[article], &mut row);
                        score_reference(&weights.project_query(&pair.query), &row, &weights.w2)
                    }
                    Way::Cosine => dot(&unit(&pair.query), &unit(gallery.features[article])),
                };
                let others = gallery.of_category(gallery.categories[pair.article]);
                let others = others.filter(|&other| gallery.titles[other] != gallery.titles[pair.article]);
                1 + others.filter(|&other| score(other) >= score(pair.article)).count()
            };
            let expected: Vec<usize> = pairs.iter().map(reference).collect();
            let found = ranks(&pairs, &gallery, way);
            // Two ways to sum may order neighbours differently.
            assert!(found.iter().zip(&expected).all(|(a, b)| a.abs_diff(*b) <= 1), "{found:?}, {expected:?}");
        }
    }

    #[test]
    fn an_interval_is_wilsons() {
        // Newcombe, 1998, table I: 81 of 263 and 0 of 20.
        let Share { value, low, high } = Share::of(81, 263);
        assert!((value - 0.3080).abs() < 1e-4 && (low - 0.2553).abs() < 1e-4 && (high - 0.3662).abs() < 1e-4);
        let none = Share::of(0, 20);
        assert!(none.low == 0.0 && (none.high - 0.1611).abs() < 1e-4, "{none:?}");
        let figures = Figures::of(vec![60, 1, 10, 11]).expect("ranks");
        assert_eq!((figures.top_1.value, figures.top_10.value, figures.top_50.value), (0.25, 0.5, 0.75));
        assert_eq!((figures.median_rank, Figures::of(Vec::new())), (10, None));
    }
}
