//! A search in two steps: one pass in bytes for all queries, then each query's candidates in float32. In:
//! [`MatchQuery`]s. Out: [`CategoryScores`] of each query, or [`Hits`] for each of its categories.

use stl_types::Category;

use crate::matching::hits::Hits;
use crate::matching::matcher::Matcher;
use crate::matching::query::{GridQuery, MatchQuery};
use crate::matching::score::score;
use crate::matching::scored::{CategoryScores, Scored, ScoredCandidate, candidates_for};
use crate::matching::top_k::{Candidate, TopK};

impl Matcher {
    /// The best articles of every category that a query has an embedding for and that has articles. The category with the
    /// best article comes first. All queries share one pass.
    ///
    /// # Panics
    /// When an f(I) is not as long as the weights' width.
    #[must_use]
    pub fn search(&self, queries: &[MatchQuery]) -> Vec<Vec<Hits>> {
        let found = self.scores(queries).into_iter().zip(queries);
        found.map(|(scores, query)| CategoryScores::hits(scores, query.limit)).collect()
    }

    /// The candidates of every category that a query has an embedding for and that has articles, in the order of [`Category::ALL`].
    ///
    /// # Panics
    /// As for [`Matcher::search`]; and when this matcher has no rows ([`Matcher::of_shards`]).
    #[must_use]
    pub fn scores(&self, queries: &[MatchQuery]) -> Vec<Vec<CategoryScores>> {
        // Waking threads for a small catalogue takes longer than all of its steps.
        let threads = self.threads.for_rows(self.rows.count() * queries.len());
        let projected = threads.map(queries.iter().collect(), |query| self.project(query));
        let grid_queries: Vec<GridQuery<'_>> = queries
            .iter()
            .zip(&projected)
            .map(|(query, projected)| GridQuery {
                thresholds: projected.iter().map(|group| Some(self.grid.thresholds(group.as_ref()?))).collect(),
                selection: query.selection.as_ref(),
                offsets: query.offsets.as_deref(),
                limit: candidates_for(query.limit),
            })
            .collect();
        let candidates = self.engine.top_k(&self.rows, &grid_queries, threads);
        let queries = queries.iter().zip(projected).zip(candidates).collect();
        threads.map(queries, |((query, projected), candidates)| self.rescore(query, &projected, candidates))
    }

    /// `U f(I)` for each group that the query searches.
    fn project(&self, query: &MatchQuery) -> Vec<Option<Vec<f32>>> {
        let embedding = |category: Category| query.embeddings.iter().find(|(known, _)| *known == category);
        self.categories().map(|category| Some(self.weights.project_query(&embedding(category)?.1))).collect()
    }

    /// Scores each group's candidates in float32.
    fn rescore(
        &self,
        query: &MatchQuery,
        projected: &[Option<Vec<f32>>],
        candidates: Vec<TopK>,
    ) -> Vec<CategoryScores> {
        let mut found = Vec::new();
        for (group, (projected, candidates)) in projected.iter().zip(candidates).enumerate() {
            let Some(projected) = projected else { continue };
            let scored_at = |position: usize| {
                let article = self.positions.articles[position] as usize;
                let alone = score(projected, self.projected.row(article), &self.weights.w2);
                let offset = query.offsets.as_ref().map_or(0.0, |offsets| offsets.exact(position));
                Scored { article, alone, score: alone + offset }
            };
            let candidate = |Candidate { score: steps, position }| {
                let scored = scored_at(position as usize);
                ScoredCandidate { steps, scored }
            };
            let candidates = candidates.into_candidates().into_iter().map(candidate).collect();
            let pinned = query.pinned.iter().filter_map(|&article| self.position(group, article));
            let is_allowed =
                |position: &usize| query.selection.as_ref().is_none_or(|selection| selection.contains(*position));
            let pinned = pinned.filter(is_allowed).map(scored_at).collect();
            let positions = self.positions.groups[group].clone();
            let scored = query.selection.as_ref().map_or(positions.len(), |selection| selection.count(positions));
            let category = self.positions.categories[group];
            found.push(CategoryScores { category, candidates, pinned, scored });
        }
        found
    }

    /// The position of an article of a category.
    #[must_use]
    pub fn position_of(&self, category: Category, article: usize) -> Option<usize> {
        let group = self.positions.categories.iter().position(|known| *known == category)?;
        self.position(group, article)
    }

    /// Where an article is in a group, if it is there.
    fn position(&self, group: usize, article: usize) -> Option<usize> {
        let positions = self.positions.groups[group].clone();
        // Articles keep their order within a group.
        let articles = &self.positions.articles[positions.clone()];
        articles.binary_search(&u32::try_from(article).ok()?).ok().map(|place| positions.start + place)
    }

    /// The score of every article in float32, in the order that the matcher was built with: the reference of
    /// [`Matcher::search`]. `embedding` returns the f(I) for a category.
    ///
    /// # Panics
    /// When an f(I) is not as long as the weights' width.
    #[must_use]
    pub fn exact_scores<'a>(&self, embedding: impl Fn(Category) -> &'a [f32]) -> Vec<f32> {
        let mut scores = vec![f32::NEG_INFINITY; self.projected.len()];
        for (positions, &category) in self.positions.groups.iter().zip(&self.positions.categories) {
            let query = self.weights.project_query(embedding(category));
            for &article in &self.positions.articles[positions.clone()] {
                scores[article as usize] = score(&query, self.projected.row(article as usize), &self.weights.w2);
            }
        }
        scores
    }
}
