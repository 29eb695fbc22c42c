//! Fashion2Shop's match with every article, exactly. In: an f(I) for each category, and a catalogue's f(A). Out: [`Hits`] for
//! each category.
//!
//! `score(I, A) = w2 · relu(U f(I) + V f(A) + b)` (Lasserre et al., 2018, section 3.2, with the first layer split by its
//! inputs): `V f(A) + b` is computed once for each article ([`rows`]) and `U f(I)` once for each query and category, so that
//! a pair costs `hidden` additions, maxima and multiplications.
//!
//! A query is one [`pass`] over all articles in a byte for each hidden unit ([`grid`]), on the processor or on a graphics
//! processor ([`gpu`]), which gives the same integers; the best of it ([`best`]) are scored again in float32. Which articles
//! may be found is a bit for each ([`selection`]), read during the pass. Queries that arrive while a pass runs share the
//! next one ([`batch`]).

use std::ops::Range;
use std::time::Duration;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use stl_types::Category;

pub use crate::matching::batch::Batcher;
use crate::matching::best::{BLOCK, Best, Candidate};
pub use crate::matching::device::Device;
use crate::matching::gpu::{DeviceTime, Gpu, GpuError};
use crate::matching::grid::{Grid, Ranges};
use crate::matching::machine::{Kernel, Lines};
use crate::matching::pass::{Ask, Table};
pub use crate::matching::rows::Rows;
pub use crate::matching::selection::Selection;
pub use crate::matching::weights::{MatchWeights, WeightsError};
pub use weights::dot;

pub mod batch;
pub mod best;
pub mod device;
pub mod gpu;
pub mod grid;
pub mod machine;
pub mod pass;
pub mod rows;
pub mod selection;
mod weights;

/// Independent sums of the scoring loop: a float sum may not be reordered by the compiler, sixteen side by side may be
/// kept in vector registers of any width up to 512 bits.
const LANES: usize = 16;

/// Candidates that are scored again for `limit` wanted articles: where the grid's rounding may have put one of them. See the
/// recall in `docs/performance.md`.
const fn rescored(limit: usize) -> usize {
    limit + limit / 4 + 16
}

/// An article's place in a pass that holds none.
const NO_ARTICLE: u32 = u32::MAX;

/// An article that was scored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Position of the article in the order that the matcher was built with.
    pub article: usize,
    /// The match's score, a logit.
    pub score: f32,
}

/// The best articles of one category, best first.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// The category.
    pub category: Category,
    /// Best first; of equal scores, the article that comes first in the catalogue's order.
    pub best: Vec<Hit>,
    /// Articles of this category that may be found, all of which were scored.
    pub scored: usize,
}

/// What is searched for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The f(I) `(width)` that each category is searched with; a category without one is left out.
    pub queries: Vec<(Category, Vec<f32>)>,
    /// The articles that may be found, by [`Matcher::articles`]; all without it.
    pub selection: Option<Selection>,
    /// Most articles of a category.
    pub limit: usize,
}

/// A catalogue's articles, ready to be matched.
#[derive(Debug)]
pub struct Matcher {
    weights: MatchWeights,
    rows: Rows,
    grid: Grid,
    table: Table,
    /// The groups' categories.
    categories: Vec<Category>,
    /// The article at each position of the table.
    articles: Vec<u32>,
    pool: Option<ThreadPool>,
    gpu: Option<Gpu>,
}

/// Why there is no matcher.
#[derive(Debug, thiserror::Error)]
pub enum MatcherError {
    /// Neither memory nor threads.
    #[error("the system refuses memory or threads for the match")]
    System(#[from] std::io::Error),
    /// The threads cannot be started.
    #[error("the system refuses threads for the match")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// More articles than positions.
    #[error("expected at most {most} articles, got {received}")]
    TooMany {
        /// The most.
        most: usize,
        /// The catalogue's.
        received: usize,
    },
    /// The graphics processor that was asked for does not do.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

impl Matcher {
    /// Articles that a matcher holds at most: positions have 32 bits, and a table some between groups.
    pub const MOST_ARTICLES: usize = u32::MAX as usize - 2 * BLOCK * Category::ALL.len();

    /// Prepares the articles of `rows`, given with their categories, in the order that decides ties. Passes share
    /// `threads` threads, or run on `device`.
    ///
    /// # Errors
    /// When the system refuses memory or threads, or the device was named and cannot be used.
    pub fn new(
        weights: MatchWeights,
        rows: Rows,
        categories: &[Category],
        threads: usize,
        device: Device,
    ) -> Result<Self, MatcherError> {
        if rows.len() > Self::MOST_ARTICLES {
            return Err(MatcherError::TooMany { most: Self::MOST_ARTICLES, received: rows.len() });
        }
        let (kinds, groups, articles) = order(categories);
        let pool = if threads > 1 {
            Some(
                ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .thread_name(|number| format!("match-{number}"))
                    .build()?,
            )
        } else {
            None
        };
        let (grid, lines) = quantised(&weights, &rows, &articles)?;
        let table = Table::new(lines, (grid.stride(), grid.negative()), groups, Kernel::best());
        let gpu = device.open(&table)?;
        Ok(Self { weights, rows, grid, table, categories: kinds, articles, pool, gpu })
    }

    /// [`Matcher::new`] of articles given with their f(A), on one thread of the processor.
    ///
    /// # Errors
    /// As for [`Matcher::new`].
    ///
    /// # Panics
    /// When a feature has another length than the weights' width.
    pub fn of<'a>(
        weights: MatchWeights,
        articles: impl Iterator<Item = (Category, &'a [f32])>,
    ) -> Result<Self, MatcherError> {
        let (categories, features): (Vec<Category>, Vec<&[f32]>) = articles.unzip();
        let rows = Rows::project(&weights, &features);
        Self::new(weights, rows, &categories, 1, Device::Cpu)
    }

    /// Scores with another kernel than the fastest.
    #[must_use]
    pub fn with_kernel(mut self, kernel: Kernel) -> Self {
        self.table = self.table.with_kernel(kernel);
        self
    }

    /// The categories that have articles.
    pub fn categories(&self) -> impl Iterator<Item = Category> {
        self.categories.iter().copied()
    }

    /// The article at each position of a selection; a position that holds none has a number that no article has.
    #[must_use]
    pub fn articles(&self) -> &[u32] {
        &self.articles
    }

    /// The articles of a category.
    pub fn articles_of(&self, category: Category) -> impl Iterator<Item = usize> {
        let group = self.categories.iter().position(|&known| known == category);
        let positions = group.map_or(0..0, |group| self.table.groups()[group].clone());
        self.articles[positions].iter().map(|&article| article as usize)
    }

    /// The bytes that a pass reads.
    #[must_use]
    pub fn row_bytes(&self) -> &[u8] {
        self.table.bytes()
    }

    /// What scores: the graphics processor's name, or the processor's instructions.
    #[must_use]
    pub fn runs_on(&self) -> String {
        match &self.gpu {
            Some(gpu) => gpu.name().to_owned(),
            None => format!("the processor ({})", self.table.kernel()),
        }
    }

    /// How long the graphics processor itself ran since this was last asked; `None` without one that counts time.
    #[must_use]
    pub fn take_device_time(&self) -> Option<DeviceTime> {
        self.gpu.as_ref()?.take_time()
    }

    /// How long the graphics processor takes to do nothing but read the rows; `None` without one that counts time.
    ///
    /// # Errors
    /// When the device was lost.
    pub fn read_on_device(&self) -> Result<Option<Duration>, GpuError> {
        self.gpu.as_ref().map_or(Ok(None), Gpu::read_rows)
    }

    /// Bytes held in memory for each article: its row and the places around it, without what lies in a mapped file.
    #[must_use]
    pub fn resident_bytes(&self) -> usize {
        let rows = if self.rows.are_mapped() { 0 } else { self.rows.len() * self.weights.hidden * 4 };
        self.table.bytes().len() + self.articles.len() * size_of::<u32>() + rows
    }

    /// The best articles of every category that a request has a query for and that has articles; the category with the
    /// best article first. All requests share one pass.
    ///
    /// # Panics
    /// When an f(I) has another length than the weights' width.
    #[must_use]
    pub fn search(&self, requests: &[Request]) -> Vec<Vec<Hits>> {
        let projected = self.for_each(requests.iter().collect(), |request| self.projected(request));
        let asks: Vec<Ask<'_>> = requests
            .iter()
            .zip(&projected)
            .map(|(request, queries)| Ask {
                thresholds: queries.iter().map(|query| Some(self.grid.thresholds(query.as_ref()?))).collect(),
                selection: request.selection.as_ref(),
                most: rescored(request.limit),
            })
            .collect();
        let found = self.best(&asks);
        let answers = requests.iter().zip(projected).zip(found).collect();
        self.for_each(answers, |((request, queries), found)| self.rescored(request, &queries, found))
    }

    /// What `step` gives for each of a batch, on the threads that share passes; a single one is not worth waking them.
    fn for_each<T: Send, R: Send>(&self, batch: Vec<T>, step: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        match &self.pool {
            Some(pool) if batch.len() > 1 => pool.install(|| batch.into_par_iter().map(step).collect()),
            _ => batch.into_iter().map(step).collect(),
        }
    }

    /// The candidates of each group for each ask.
    fn best(&self, asks: &[Ask<'_>]) -> Vec<Vec<Best>> {
        if let Some(gpu) = &self.gpu {
            match gpu.best(&self.table, asks) {
                Ok(best) => return best,
                Err(error) => tracing::warn!("the processor scores instead: {error}"),
            }
        }
        self.table.best(asks, self.pool.as_ref())
    }

    /// U f(I) for each group.
    fn projected(&self, request: &Request) -> Vec<Option<Vec<f32>>> {
        let query = |category: Category| request.queries.iter().find(|(known, _)| *known == category);
        self.categories.iter().map(|&category| Some(self.weights.project_query(&query(category)?.1))).collect()
    }

    /// Scores each group's candidates in float32.
    fn rescored(&self, request: &Request, queries: &[Option<Vec<f32>>], found: Vec<Best>) -> Vec<Hits> {
        let mut answer = Vec::new();
        for (group, (query, best)) in queries.iter().zip(found).enumerate() {
            let Some(query) = query else { continue };
            let hit = |candidate: Candidate| {
                let article = self.articles[candidate.position as usize] as usize;
                Hit { article, score: score(query, self.rows.row(article), &self.weights.w2) }
            };
            let mut best: Vec<Hit> = best.into_candidates().into_iter().map(hit).collect();
            best.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article)));
            best.truncate(request.limit);
            let positions = self.table.groups()[group].clone();
            let scored = request.selection.as_ref().map_or(positions.len(), |selection| selection.count(positions));
            answer.push(Hits { category: self.categories[group], best, scored });
        }
        // Stable: categories with equal scores stay in the order of `Category::ALL`.
        let top = |hits: &Hits| hits.best.first().map_or(f32::NEG_INFINITY, |hit| hit.score);
        answer.sort_by(|a, b| top(b).total_cmp(&top(a)));
        answer
    }

    /// The score of every article in float32, in the order that the matcher was built with: the reference. `query` gives the
    /// f(I) that a category is searched with.
    ///
    /// # Panics
    /// When an f(I) has another length than the weights' width.
    #[must_use]
    pub fn scores<'a>(&self, query: impl Fn(Category) -> &'a [f32]) -> Vec<f32> {
        let mut scores = vec![f32::NEG_INFINITY; self.rows.len()];
        for (positions, &category) in self.table.groups().iter().zip(&self.categories) {
            let query = self.weights.project_query(query(category));
            for &article in &self.articles[positions.clone()] {
                scores[article as usize] = score(&query, self.rows.row(article as usize), &self.weights.w2);
            }
        }
        scores
    }
}

/// The categories that have articles, their positions, each from a whole block on, and the article at each position.
fn order(categories: &[Category]) -> (Vec<Category>, Vec<Range<usize>>, Vec<u32>) {
    let (mut kinds, mut groups, mut articles) = (Vec::new(), Vec::new(), Vec::new());
    for category in Category::ALL {
        articles.resize(articles.len().next_multiple_of(BLOCK), NO_ARTICLE);
        let first = articles.len();
        articles.extend((0_u32..).zip(categories).filter(|(_, of)| **of == category).map(|(article, _)| article));
        if articles.len() > first {
            kinds.push(category);
            groups.push(first..articles.len());
        }
    }
    articles.resize(articles.len().next_multiple_of(BLOCK), NO_ARTICLE);
    articles.shrink_to_fit();
    (kinds, groups, articles)
}

/// The grid that holds all rows, and the rows on it: on all cores.
fn quantised(weights: &MatchWeights, rows: &Rows, articles: &[u32]) -> std::io::Result<(Grid, Lines)> {
    let nowhere = || Ranges::empty(weights.hidden);
    let ranges = articles.par_chunks(BLOCK * BLOCK).map(|articles| {
        let (mut ranges, mut row) = (nowhere(), vec![0.0; weights.hidden]);
        for &article in articles.iter().filter(|&&article| article != NO_ARTICLE) {
            rows.read(article as usize, &mut row);
            ranges.add(&row);
        }
        ranges
    });
    let grid = Grid::fit(&weights.w2, &ranges.reduce(nowhere, |a, b| a.joined(&b)));
    let stride = grid.stride();
    let mut lines = Lines::zeroed(articles.len() * stride)?;
    let bytes = &mut lines.bytes_mut()[..articles.len() * stride];
    bytes.par_chunks_mut(BLOCK * stride).zip(articles.par_chunks(BLOCK)).for_each(|(bytes, articles)| {
        let mut row = vec![0.0; weights.hidden];
        for (bytes, &article) in bytes.chunks_exact_mut(stride).zip(articles) {
            if article != NO_ARTICLE {
                rows.read(article as usize, &mut row);
                grid.quantise(&row, bytes);
            }
        }
    });
    Ok((grid, lines))
}

/// `Σ w2·relu(query + row)` over `hidden` units, in [`LANES`] interleaved sums; `row` little-endian, as it lies in its file.
#[must_use]
pub fn score(query: &[f32], row: &[[u8; 4]], w2: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let whole = query.len() - query.len() % LANES;
    let chunks = query[..whole].chunks_exact(LANES).zip(row.chunks_exact(LANES)).zip(w2.chunks_exact(LANES));
    for ((query, row), w2) in chunks {
        for lane in 0..LANES {
            sums[lane] += (query[lane] + f32::from_le_bytes(row[lane])).max(0.0) * w2[lane];
        }
    }
    let rest = row[whole..].iter().map(|&bytes| f32::from_le_bytes(bytes)).collect::<Vec<_>>();
    sums.iter().sum::<f32>() + score_reference(&query[whole..], &rest, &w2[whole..])
}

/// [`score`], one unit after the other: what every faster way is compared with.
#[must_use]
pub fn score_reference(query: &[f32], row: &[f32], w2: &[f32]) -> f32 {
    query.iter().zip(row).zip(w2).map(|((query, row), w2)| (query + row).max(0.0) * w2).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest difference between the fast score and the reference, for sums of 256 terms of magnitude 1 in float32.
    const TOLERANCE: f32 = 1e-4;

    /// Numbers in −1..1 that look random (xorshift).
    pub(super) fn noise(mut state: u64, count: usize) -> Vec<f32> {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        };
        for _ in 0..10 {
            next();
        }
        (0..count).map(|_| next()).collect()
    }

    pub(super) fn weights() -> MatchWeights {
        MatchWeights { hidden: 40, width: 8, u: noise(1, 320), v: noise(2, 320), b: noise(3, 40), w2: noise(4, 40) }
    }

    /// A matcher of `count` random articles of mixed categories, in numbers that fill no block.
    pub(super) fn matcher(count: usize, threads: usize, device: Device) -> Matcher {
        let features = noise(20, count * 8);
        let features: Vec<&[f32]> = features.chunks_exact(8).collect();
        let categories: Vec<Category> = (0..count).map(|article| Category::ALL[article * article % 7]).collect();
        let rows = Rows::project(&weights(), &features);
        Matcher::new(weights(), rows, &categories, threads, device).expect("a matcher")
    }

    /// A request with another f(I) for each category.
    pub(super) fn request(seed: u64, limit: usize) -> Request {
        let queries = Category::ALL.into_iter().zip(1..).map(|(category, at)| (category, noise(seed * 100 + at, 8)));
        Request { queries: queries.collect(), selection: None, limit }
    }

    fn query(request: &Request, category: Category) -> &[f32] {
        &request.queries.iter().find(|(known, _)| *known == category).expect("a query").1
    }

    fn same(queries: &[f32], limit: usize) -> Request {
        let queries = Category::ALL.into_iter().map(|category| (category, queries.to_vec())).collect();
        Request { queries, selection: None, limit }
    }

    /// What the reference finds.
    fn by_reference(matcher: &Matcher, request: &Request) -> Vec<Hits> {
        let scores = matcher.scores(|category| query(request, category));
        let allowed = |position: &usize| {
            request.selection.as_ref().is_none_or(|selection| selection.word(position / 64) >> (position % 64) & 1 == 1)
        };
        let mut all: Vec<Hits> = matcher
            .categories
            .iter()
            .zip(matcher.table.groups())
            .map(|(&category, positions)| {
                let found = positions.clone().filter(allowed).map(|position| matcher.articles[position] as usize);
                let mut best: Vec<Hit> = found.map(|article| Hit { article, score: scores[article] }).collect();
                let scored = best.len();
                best.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article)));
                best.truncate(request.limit);
                Hits { category, best, scored }
            })
            .collect();
        let top = |hits: &Hits| hits.best.first().map_or(f32::NEG_INFINITY, |hit| hit.score);
        all.sort_by(|a, b| top(b).total_cmp(&top(a)));
        all
    }

    #[test]
    fn the_fast_score_is_the_reference() {
        for hidden in [1, 15, 16, 250, 256] {
            let (query, row, w2) = (noise(5, hidden), noise(6, hidden), noise(7, hidden));
            let bytes: Vec<[u8; 4]> = row.iter().map(|number| number.to_le_bytes()).collect();
            let difference = score(&query, &bytes, &w2) - score_reference(&query, &row, &w2);
            assert!(difference.abs() <= TOLERANCE, "{hidden}: {difference}");
        }
    }

    #[test]
    fn a_score_is_the_formula_of_the_paper() {
        let weights = weights();
        let (query, feature) = (noise(8, 8), noise(9, 8));
        let matcher = Matcher::of(weights.clone(), [(Category::Tops, &feature[..])].into_iter()).expect("a matcher");
        let dot = |row: &[f32], with: &[f32]| row.iter().zip(with).map(|(a, b)| a * b).sum::<f32>();
        let expected: f32 = (0..40)
            .map(|unit| {
                let (u, v) = (&weights.u[unit * 8..][..8], &weights.v[unit * 8..][..8]);
                weights.w2[unit] * (dot(u, &query) + dot(v, &feature) + weights.b[unit]).max(0.0)
            })
            .sum();
        let hits = matcher.search(&[same(&query, 5)]);
        assert!((hits[0][0].best[0].score - expected).abs() <= TOLERANCE);
    }

    #[test]
    fn one_pass_finds_what_the_reference_finds() {
        let requests: Vec<Request> = (1..4).map(|seed| request(seed, 50)).collect();
        let small = matcher(3000, 1, Device::Cpu);
        let expected: Vec<Vec<Hits>> = requests.iter().map(|request| by_reference(&small, request)).collect();
        assert_eq!(small.search(&requests), expected);
        for request in &requests {
            assert_eq!(small.search(std::slice::from_ref(request))[0], by_reference(&small, request), "alone");
        }
        // Enough that threads share the pass.
        let large = matcher(60_000, 3, Device::Cpu);
        let found = large.search(&requests);
        for kernel in Kernel::available() {
            assert_eq!(matcher(60_000, 1, Device::Cpu).with_kernel(kernel).search(&requests), found, "{kernel}");
        }
        let expected = by_reference(&large, &requests[0]);
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
            let selection = Selection::of(matcher.articles().len(), passes);
            let request = Request { selection: Some(selection), ..request(7, 50) };
            let found = matcher.search(std::slice::from_ref(&request));
            assert_eq!(found[0], by_reference(&matcher, &request), "every {every}th");
            assert!(found[0].iter().flat_map(|hits| &hits.best).all(|hit| hit.article as u32 % every == 1 % every));
        }
    }

    #[test]
    fn equal_articles_keep_the_catalogues_order_and_limits_hold() {
        let (alike, other) = (noise(10, 8), noise(11, 8));
        let articles =
            (0..30).map(|index| (Category::ALL[index % 2], if index == 4 { &other[..] } else { &alike[..] }));
        let matcher = Matcher::of(weights(), articles).expect("a matcher");
        let query = noise(12, 8);
        let all = &matcher.search(&[same(&query, 50)])[0];
        assert_eq!(all.len(), 2);
        assert!(all[0].best[0].score >= all[1].best[0].score);
        for hits in all {
            assert_eq!((hits.best.len(), hits.scored), (15, 15));
            assert!(hits.best.is_sorted_by(|a, b| a.score > b.score || a.score == b.score && a.article < b.article));
        }
        let only = |category, limit| Request { queries: vec![(category, query.clone())], selection: None, limit };
        let three = &matcher.search(&[only(Category::Dresses, 3)])[0];
        assert_eq!(three.len(), 1);
        assert_eq!(three[0].best.iter().map(|hit| hit.article).collect::<Vec<_>>(), [1, 3, 5]);
        assert!(matcher.search(&[only(Category::Tops, 3)])[0].is_empty());
    }

    #[test]
    fn every_category_is_searched_with_its_own_query() {
        let (feature, one, other) = (noise(13, 8), noise(14, 8), noise(15, 8));
        let articles = [Category::Skirts, Category::Tops].map(|category| (category, &feature[..]));
        let matcher = Matcher::of(weights(), articles.into_iter()).expect("a matcher");
        let queries = vec![(Category::Skirts, other.clone()), (Category::Tops, one.clone())];
        let found = matcher.search(&[Request { queries, selection: None, limit: 1 }]);
        for hits in &found[0] {
            let query = if hits.category == Category::Tops { &one } else { &other };
            let alone = Request { queries: vec![(hits.category, query.clone())], selection: None, limit: 1 };
            assert_eq!(*hits, matcher.search(&[alone])[0][0]);
        }
    }

    #[test]
    fn an_empty_catalogue_finds_nothing() {
        let matcher = Matcher::of(weights(), std::iter::empty()).expect("a matcher");
        assert_eq!(matcher.search(&[request(1, 50)]), [vec![]]);
    }

    #[test]
    fn an_article_costs_little_memory() {
        let features = noise(20, 256);
        let articles = (0..64_000).map(|_| (Category::Tops, &features[..8]));
        let matcher = Matcher::of(weights(), articles).expect("a matcher");
        // What a mapped file would hold is in memory here.
        let rows = 64_000 * 40 * 4;
        assert!(matcher.resident_bytes() - rows <= 64_000 * (40_usize.next_multiple_of(64) + 64 + 64));
    }
}
