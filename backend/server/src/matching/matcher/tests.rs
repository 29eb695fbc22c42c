use std::sync::Arc;

use stl_types::Category;

use super::fixtures::{matcher, query};
use super::*;
use crate::matching::fixtures::{TOLERANCE, noise, weights};
use crate::matching::gpu::fixtures::is_available;
use crate::matching::hits::{Hit, Hits};
use crate::matching::machine::Kernel;
use crate::matching::query::MatchQuery;
use crate::matching::selection::Selection;

fn embedding(query: &MatchQuery, category: Category) -> &[f32] {
    &query.embeddings.iter().find(|(known, _)| *known == category).expect("an embedding").1
}

/// A query with one f(I) for all categories.
fn query_of(embedding: &[f32], limit: usize) -> MatchQuery {
    let embeddings = Category::ALL.into_iter().map(|category| (category, embedding.to_vec())).collect();
    MatchQuery { embeddings, limit, ..MatchQuery::default() }
}

/// What the reference finds.
fn by_reference(matcher: &Matcher, query: &MatchQuery) -> Vec<Hits> {
    let scores = matcher.exact_scores(|category| embedding(query, category));
    let allowed = |position: &usize| {
        query.selection.as_ref().is_none_or(|selection| selection.word(position / 64) >> (position % 64) & 1 == 1)
    };
    let mut all: Vec<Hits> = matcher
        .categories()
        .zip(matcher.rows.groups())
        .map(|(category, positions)| {
            let found = positions.clone().filter(allowed);
            let offset = |position| query.offsets.as_ref().map_or(0.0, |offsets| offsets.exact(position));
            let hit = |position: usize| {
                let article = matcher.articles()[position] as usize;
                Hit { article, score: scores[article] + offset(position) }
            };
            let mut best: Vec<Hit> = found.map(hit).collect();
            let scored = best.len();
            let nearest = best.iter().map(|hit| scores[hit.article]).fold(f32::NEG_INFINITY, f32::max);
            let pinned =
                query.pinned.iter().filter_map(|pinned| best.iter().find(|hit| hit.article == *pinned)).copied();
            let pinned = pinned.collect();
            best.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article)));
            best.truncate(query.limit);
            Hits { category, best, pinned, nearest, scored }
        })
        .collect();
    let top = |hits: &Hits| hits.best.first().map_or(f32::NEG_INFINITY, |hit| hit.score);
    all.sort_by(|a, b| top(b).total_cmp(&top(a)));
    all
}

#[test]
fn a_score_is_the_formula_of_the_paper() {
    let weights = weights();
    let (query, feature) = (noise(8, 8), noise(9, 8));
    let matcher =
        Matcher::from_features(weights.clone(), [(Category::Tops, &feature[..])].into_iter()).expect("a matcher");
    let dot = |row: &[f32], with: &[f32]| row.iter().zip(with).map(|(a, b)| a * b).sum::<f32>();
    let expected: f32 = (0..40)
        .map(|unit| {
            let (u, v) = (&weights.u[unit * 8..][..8], &weights.v[unit * 8..][..8]);
            weights.w2[unit] * (dot(u, &query) + dot(v, &feature) + weights.b[unit]).max(0.0)
        })
        .sum();
    let hits = matcher.search(&[query_of(&query, 5)]);
    assert!((hits[0][0].best[0].score - expected).abs() <= TOLERANCE);
}

#[test]
fn one_pass_finds_what_the_reference_finds() {
    let queries: Vec<MatchQuery> = (1..4).map(|seed| query(seed, 50)).collect();
    let small = matcher(3000, 1, Device::Cpu);
    let expected: Vec<Vec<Hits>> = queries.iter().map(|query| by_reference(&small, query)).collect();
    assert_eq!(small.search(&queries), expected);
    for query in &queries {
        assert_eq!(small.search(std::slice::from_ref(query))[0], by_reference(&small, query), "alone");
    }
    // Enough that threads share the pass.
    let large = matcher(60_000, 3, Device::Cpu);
    let found = large.search(&queries);
    for kernel in Kernel::available() {
        let mut alone = matcher(60_000, 1, Device::Cpu);
        alone.engine = Engine::Cpu(kernel);
        assert_eq!(alone.search(&queries), found, "{kernel}");
    }
    let expected = by_reference(&large, &queries[0]);
    for (found, expected) in found[0].iter().zip(&expected) {
        let hits = expected.best.iter().filter(|hit| found.best.contains(hit)).count();
        assert!(hits * 1000 >= expected.best.len() * 995, "{}: {hits} of {}", found.category, expected.best.len());
    }
}

#[test]
fn a_selection_acts_in_the_pass() {
    let matcher = matcher(3000, 1, Device::Cpu);
    for every in [1, 3, 17, 700, 5000] {
        let passes = |position: usize| matcher.articles()[position] % every == 1 % every;
        let selection = Selection::from_fn(matcher.articles().len(), passes);
        let query = MatchQuery { selection: Some(selection), ..query(7, 50) };
        let found = matcher.search(std::slice::from_ref(&query));
        assert_eq!(found[0], by_reference(&matcher, &query), "every {every}th");
        assert!(found[0].iter().flat_map(|hits| &hits.best).all(|hit| hit.article as u32 % every == 1 % every));
    }
}

#[test]
fn what_is_added_to_scores_counts_in_the_pass() {
    let small = matcher(3000, 1, Device::Cpu);
    // Every eleventh article rises or falls, some by far more than scores differ.
    let by = noise(31, 3000);
    let offset = |article: usize| if article % 11 == 3 { by[article] * [0.5, 5.0, 100.0][article % 3] } else { 0.0 };
    let offsets = Arc::new(small.offsets(offset));
    let selection = Selection::from_fn(small.articles().len(), |position| position % 5 != 0);
    let pinned = vec![14, 0, 2999, 3, 700];
    for selection in [None, Some(selection)] {
        let query =
            MatchQuery { selection, offsets: Some(Arc::clone(&offsets)), pinned: pinned.clone(), ..query(7, 50) };
        let found = &small.search(&[query.clone(), MatchQuery { offsets: None, ..query.clone() }])[0];
        let expected = by_reference(&small, &query);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!((&found.best, &found.pinned, found.scored), (&expected.best, &expected.pinned, expected.scored));
        }
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().any(|hits| hits.best[0].article % 11 == 3), "something rose to the top");
    }
    // Sparse selections are scored row by row.
    let few = Selection::from_fn(small.articles().len(), |position| position % 300 == 7);
    let query = MatchQuery { selection: Some(few), offsets: Some(offsets), ..query(8, 50) };
    let best = |hits: &[Hits]| hits.iter().map(|hits| hits.best.clone()).collect::<Vec<_>>();
    assert_eq!(best(&small.search(std::slice::from_ref(&query))[0]), best(&by_reference(&small, &query)));
}

#[test]
fn equal_articles_keep_the_catalogues_order_and_limits_hold() {
    let (alike, other) = (noise(10, 8), noise(11, 8));
    let articles = (0..30).map(|index| (Category::ALL[index % 2], if index == 4 { &other[..] } else { &alike[..] }));
    let matcher = Matcher::from_features(weights(), articles).expect("a matcher");
    let query = noise(12, 8);
    let all = &matcher.search(&[query_of(&query, 50)])[0];
    assert_eq!(all.len(), 2);
    assert!(all[0].best[0].score >= all[1].best[0].score);
    for hits in all {
        assert_eq!((hits.best.len(), hits.scored), (15, 15));
        assert!(hits.best.is_sorted_by(|a, b| a.score > b.score || a.score == b.score && a.article < b.article));
    }
    let only =
        |category, limit| MatchQuery { embeddings: vec![(category, query.clone())], limit, ..MatchQuery::default() };
    let three = &matcher.search(&[only(Category::Dresses, 3)])[0];
    assert_eq!(three.len(), 1);
    assert_eq!(three[0].best.iter().map(|hit| hit.article).collect::<Vec<_>>(), [1, 3, 5]);
    assert!(matcher.search(&[only(Category::Tops, 3)])[0].is_empty());
}

#[test]
fn every_category_is_searched_with_its_own_query() {
    let (feature, one, other) = (noise(13, 8), noise(14, 8), noise(15, 8));
    let articles = [Category::Skirts, Category::Tops].map(|category| (category, &feature[..]));
    let matcher = Matcher::from_features(weights(), articles.into_iter()).expect("a matcher");
    let embeddings = vec![(Category::Skirts, other.clone()), (Category::Tops, one.clone())];
    let found = matcher.search(&[MatchQuery { embeddings, limit: 1, ..MatchQuery::default() }]);
    for hits in &found[0] {
        let embedding = if hits.category == Category::Tops { &one } else { &other };
        let alone =
            MatchQuery { embeddings: vec![(hits.category, embedding.clone())], limit: 1, ..MatchQuery::default() };
        assert_eq!(*hits, matcher.search(&[alone])[0][0]);
    }
}

#[test]
fn an_empty_catalogue_finds_nothing() {
    let matcher = Matcher::from_features(weights(), std::iter::empty()).expect("a matcher");
    assert_eq!(matcher.search(&[query(1, 50)]), [vec![]]);
}

#[test]
fn an_article_costs_little_memory() {
    let features = noise(20, 256);
    let articles = (0..64_000).map(|_| (Category::Tops, &features[..8]));
    let matcher = Matcher::from_features(weights(), articles).expect("a matcher");
    // What a mapped file would hold is in memory here.
    let rows = 64_000 * 40 * 4;
    assert!(matcher.resident_bytes() - rows <= 64_000 * (40_usize.next_multiple_of(64) + 64 + 64));
}

#[test]
fn both_devices_give_one_answer_even_when_one_is_lost() {
    if !is_available() {
        return;
    }
    let on_gpu = matcher(30_000, 2, Device::Gpu(None));
    let on_cpu = matcher(30_000, 2, Device::Cpu);
    let queries: Vec<MatchQuery> = (1..5).map(|seed| query(seed, 50)).collect();
    assert_ne!(on_gpu.engine_name(), on_cpu.engine_name());
    let expected = on_cpu.search(&queries);
    assert_eq!(on_gpu.search(&queries), expected);
    let added = [3_usize, 7, 11, 13, 17].map(|every| {
        // One after the other on each device, from the same numbers.
        let of = |article: usize| if article.is_multiple_of(every) { 0.3 * every as f32 } else { -0.1 };
        [&on_cpu, &on_gpu].map(|matcher| Arc::new(matcher.offsets(of)))
    });
    let with = |device: usize| -> Vec<MatchQuery> {
        let offsets = |at: usize| added.get(at % 6).map(|added| Arc::clone(&added[device]));
        (0..20).map(|at| MatchQuery { offsets: offsets(at), ..query(at as u64 + 1, 50) }).collect()
    };
    let expected_with = on_cpu.search(&with(0));
    assert_eq!(on_gpu.search(&with(1)), expected_with, "more offsets than the device holds at a time");
    assert_eq!(on_gpu.search(&with(1)), expected_with, "and again, as they are there");
    assert_ne!(expected_with[0], expected[0]);
    on_gpu.lose_device();
    assert_eq!(on_gpu.search(&queries), expected, "after the loss");
    assert_eq!(on_gpu.search(&queries), expected, "and again");
}
