//! A matcher and queries that the tests share.

use stl_types::Category;

use crate::matching::device::Device;
use crate::matching::fixtures::{noise, weights};
use crate::matching::matcher::Matcher;
use crate::matching::projected_rows::ProjectedRows;
use crate::matching::query::MatchQuery;

/// A matcher of `count` random articles. Their categories have different sizes that are not whole blocks.
pub(in crate::matching) fn matcher(count: usize, threads: usize, device: Device) -> Matcher {
    let features = noise(20, count * 8);
    let features: Vec<&[f32]> = features.chunks_exact(8).collect();
    let categories: Vec<Category> = (0..count).map(|article| Category::ALL[article * article % 7]).collect();
    let rows = ProjectedRows::project(&weights(), &features);
    Matcher::new(weights(), rows, &categories, threads, device).expect("a matcher")
}

/// A query with a different f(I) for each category.
pub(in crate::matching) fn query(seed: u64, limit: usize) -> MatchQuery {
    let embeddings = Category::ALL.into_iter().zip(1..).map(|(category, at)| (category, noise(seed * 100 + at, 8)));
    MatchQuery { embeddings: embeddings.collect(), limit, ..MatchQuery::default() }
}
