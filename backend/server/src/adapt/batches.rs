//! The batches of an epoch. In: pairs that are learnt from. Out: [`Batch`]es of one category each, in an order that a seed decides.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore as _;
use stl_types::Category;

use super::loss::Batch;
use super::pairs::{Gallery, Pair};

/// Queries of a batch.
const QUERIES: usize = 32;

/// Articles that a batch's queries are compared with: their own and sampled ones.
const CANDIDATES: usize = 128;

/// Pairs of an article in an epoch, so that no article with many pictures outweighs the others.
const PAIRS_OF_ARTICLE: usize = 6;

/// Pairs that are learnt from, and the articles that they are compared with.
#[derive(Debug)]
pub struct BatchSource<'a> {
    gallery: &'a Gallery<'a>,
    /// Articles that share pictures are in one group: none of them is wrong for another's picture.
    groups: &'a [usize],
    /// The pairs of each article.
    by_article: Vec<Vec<&'a Pair>>,
    /// The articles of each category that may be candidates.
    pools: Vec<Vec<usize>>,
}

impl<'a> BatchSource<'a> {
    /// Of `pairs`; `is_candidate` says which articles they may be compared with.
    #[must_use]
    pub fn new(
        pairs: &[&'a Pair],
        gallery: &'a Gallery<'a>,
        groups: &'a [usize],
        is_candidate: impl Fn(usize) -> bool,
    ) -> Self {
        let mut sorted = pairs.to_vec();
        // Stable: an article's pairs stay in the order of pictures.
        sorted.sort_by_key(|pair| pair.article);
        let by_article = sorted.chunk_by(|a, b| a.article == b.article).map(<[_]>::to_vec).collect();
        let pool = |category| gallery.of_category(category).filter(|&article| is_candidate(article)).collect();
        Self { gallery, groups, by_article, pools: Category::ALL.map(pool).to_vec() }
    }

    /// Pairs of an epoch.
    #[must_use]
    pub fn pairs_of_epoch(&self) -> usize {
        self.by_article.iter().map(|pairs| pairs.len().min(PAIRS_OF_ARTICLE)).sum()
    }

    /// The next epoch: each article's pairs once, at most [`PAIRS_OF_ARTICLE`].
    pub fn epoch(&self, rng: &mut ChaCha8Rng) -> Vec<Batch<'a>> {
        let mut chosen = Vec::with_capacity(self.pairs_of_epoch());
        for pairs in &self.by_article {
            let mut pairs = pairs.clone();
            shuffle(rng, &mut pairs);
            chosen.extend(pairs.into_iter().take(PAIRS_OF_ARTICLE));
        }
        shuffle(rng, &mut chosen);
        // Stable: within a category the order stays random.
        chosen.sort_by_key(|pair| self.gallery.categories[pair.article]);
        let of_category =
            chosen.chunk_by(|a, b| self.gallery.categories[a.article] == self.gallery.categories[b.article]);
        let mut batches: Vec<Batch<'a>> = of_category
            .flat_map(|pairs| pairs.chunks(QUERIES))
            .map(|pairs| self.batch(pairs, CANDIDATES, rng))
            .collect();
        shuffle(rng, &mut batches);
        batches
    }

    /// All pairs, at most `limit`, with `candidates` sampled articles beside their own: to compare one match with another.
    pub fn fixed(&self, limit: usize, candidates: usize, rng: &mut ChaCha8Rng) -> Vec<Batch<'a>> {
        let mut all: Vec<&Pair> = self.by_article.iter().flatten().copied().collect();
        if all.len() > limit {
            shuffle(rng, &mut all);
            all.truncate(limit);
        }
        all.sort_by_key(|pair| self.gallery.categories[pair.article]);
        let of_category = all.chunk_by(|a, b| self.gallery.categories[a.article] == self.gallery.categories[b.article]);
        of_category.flat_map(|pairs| pairs.chunks(QUERIES)).map(|pairs| self.batch(pairs, candidates, rng)).collect()
    }

    /// A batch of pairs of one category.
    fn batch(&self, pairs: &[&'a Pair], candidates: usize, rng: &mut ChaCha8Rng) -> Batch<'a> {
        let mut articles: Vec<usize> = Vec::with_capacity(candidates);
        let mut worn = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let place = articles.iter().position(|article| *article == pair.article);
            worn.push(place.unwrap_or(articles.len()));
            if place.is_none() {
                articles.push(pair.article);
            }
        }
        let pool = pairs.first().map_or(&[][..], |pair| &self.pools[self.gallery.categories[pair.article].index()]);
        // A pool that is hardly larger is taken whole.
        let mut sampled = pool.to_vec();
        if pool.len() > candidates {
            for place in 0..candidates {
                let other = place + uniform(rng, sampled.len() - place);
                sampled.swap(place, other);
            }
            sampled.truncate(candidates);
        }
        let own = articles.len();
        let is_new = |article: &usize| !articles[..own].contains(article);
        let more: Vec<usize> = sampled.into_iter().filter(is_new).take(candidates.saturating_sub(own)).collect();
        articles.extend(more);
        let is_same =
            |a: usize, b: usize| self.groups[a] == self.groups[b] || self.gallery.titles[a] == self.gallery.titles[b];
        let excluded = |pair: &&Pair| {
            let others = articles.iter().enumerate().filter(|(_, other)| **other != pair.article);
            others.filter(|(_, other)| is_same(**other, pair.article)).map(|(place, _)| place).collect()
        };
        Batch {
            queries: pairs.iter().map(|pair| &pair.query[..]).collect(),
            candidates: articles.iter().map(|&article| self.gallery.features[article]).collect(),
            worn,
            excluded: pairs.iter().map(excluded).collect(),
        }
    }
}

/// A random order (Fisher and Yates, 1938).
fn shuffle<T>(rng: &mut ChaCha8Rng, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, uniform(rng, last + 1));
    }
}

/// Uniform in `0..count`, the same on every machine.
pub(super) fn uniform(rng: &mut ChaCha8Rng, count: usize) -> usize {
    ((u64::from(rng.next_u32()) * count as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;
    use crate::adapt::pairs::View;
    use crate::digest::Digest;

    #[test]
    fn an_epoch_has_every_article_and_no_candidate_that_may_be_right() {
        let values: Vec<f32> = (0..400).map(|value| value as f32).collect();
        let features: Vec<&[f32]> = values.chunks_exact(1).collect();
        let categories = (0..400).map(|at| if at % 2 == 0 { Category::Tops } else { Category::Skirts }).collect();
        let titles = (0_u32..400).map(|at| Digest::of(&at.to_le_bytes())).collect();
        let gallery = Gallery { categories, features, titles };
        // Pairs of the first 100 articles; article 0 has a hundred pictures; 2 and 4 share one.
        let pair = |article: usize| Pair { article, view: View::Person, query: vec![-(article as f32)] };
        let pairs: Vec<Pair> = (0..100).chain([0; 99]).map(pair).collect();
        let mut groups: Vec<usize> = (0..400).collect();
        groups[4] = 2;
        let refs: Vec<&Pair> = pairs.iter().collect();
        let source = BatchSource::new(&refs, &gallery, &groups, |article| article < 300);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let batches = source.epoch(&mut rng);
        let mut queries: Vec<f32> = batches.iter().flat_map(|batch| &batch.queries).map(|query| -query[0]).collect();
        queries.sort_by(f32::total_cmp);
        assert_eq!((queries.len(), source.pairs_of_epoch()), (99 + PAIRS_OF_ARTICLE, 99 + PAIRS_OF_ARTICLE));
        for batch in &batches {
            assert!(batch.candidates.len() == CANDIDATES && batch.queries.len() <= QUERIES);
            let parity = batch.candidates[0][0] as usize % 2;
            for (query, (worn, excluded)) in batch.queries.iter().zip(batch.worn.iter().zip(&batch.excluded)) {
                assert_eq!(batch.candidates[*worn][0], -query[0]);
                assert!(!excluded.contains(worn));
            }
            for candidate in &batch.candidates {
                assert!(candidate[0] as usize % 2 == parity && candidate[0] < 300.0);
            }
            if let Some(query) = batch.queries.iter().position(|query| query[0] == -2.0) {
                let excluded: Vec<f32> = batch.excluded[query].iter().map(|&at| batch.candidates[at][0]).collect();
                let has_4 = batch.candidates.iter().any(|candidate| candidate[0] == 4.0);
                assert_eq!(excluded, if has_4 { vec![4.0] } else { vec![] });
            }
        }
        let again = source.epoch(&mut ChaCha8Rng::seed_from_u64(7));
        assert!(again.iter().zip(&batches).all(|(a, b)| a.queries == b.queries && a.candidates == b.candidates));
        let mut fixed =
            |limit| source.fixed(limit, 50, &mut rng).iter().map(|batch| batch.queries.len()).sum::<usize>();
        assert_eq!((fixed(1000), fixed(30)), (pairs.len(), 30));
    }
}
