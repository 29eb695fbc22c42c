//! Pairs of an f(I) and the article that is worn. In: [`WornArticles`](super::embeddings::WornArticles). Out: [`Pair`]s, and which
//! articles are learnt from.

use serde::Serialize;
use stl_types::Category;

use super::wearers::Worn;
use crate::catalogue::Article;
use crate::digest::Digest;

/// What an f(I) shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The whole person.
    Person,
    /// The article's garment.
    Garment,
}

/// An f(I) and the article that it should find.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The article's position in the catalogue.
    pub article: usize,
    /// What the f(I) shows.
    pub view: View,
    /// f(I) for the article's category, `(width)`.
    pub query: Vec<f32>,
}

/// The articles that a catalogue's pairs are matched with.
#[derive(Debug)]
pub struct Gallery<'a> {
    /// The category of each article.
    pub categories: Vec<Category>,
    /// f(A) of each article, `(width)`.
    pub features: Vec<&'a [f32]>,
    /// The title picture of each article: two that share one cannot be told apart.
    pub titles: Vec<Digest>,
}

impl<'a> Gallery<'a> {
    /// Of a catalogue's articles and their f(A), in one order.
    #[must_use]
    pub fn new(articles: &[Article], features: Vec<&'a [f32]>) -> Self {
        let categories = articles.iter().map(|article| article.category).collect();
        Self { categories, features, titles: articles.iter().map(|article| article.picture_sha256).collect() }
    }

    /// The positions of a category's articles.
    pub fn of_category(&self, category: Category) -> impl Iterator<Item = usize> {
        (0..self.categories.len()).filter(move |&article| self.categories[article] == category)
    }
}

/// A pair for each f(I), in the order of pictures.
#[must_use]
pub fn pairs(worn: Vec<(usize, Worn)>) -> Vec<Pair> {
    let of_worn = |(article, Worn { person, garment })| {
        let person = Pair { article, view: View::Person, query: person };
        std::iter::once(person).chain(garment.map(|query| Pair { article, view: View::Garment, query }))
    };
    worn.into_iter().flat_map(of_worn).collect()
}

/// What an article is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Learnt from: 70 %.
    Training,
    /// Says when to stop: 15 %.
    Validation,
    /// Measured only: 15 %.
    HeldOut,
}

impl Split {
    /// The split of an article by the id of its group's first article: the same in every run, and the same for articles that share
    /// pictures.
    #[must_use]
    pub fn of(id: &str) -> Self {
        let digest = Digest::of(format!("split of articles: {id}").as_bytes());
        let [a, b, c, d, ..] = *digest.as_bytes();
        match u32::from_le_bytes([a, b, c, d]) % 100 {
            0..70 => Self::Training,
            70..85 => Self::Validation,
            _ => Self::HeldOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventy_of_a_hundred_articles_are_learnt_from_and_fifteen_are_held_out() {
        let splits: Vec<Split> = (0..20_000).map(|id| Split::of(&id.to_string())).collect();
        for (split, share) in [(Split::Training, 0.70), (Split::Validation, 0.15), (Split::HeldOut, 0.15)] {
            let found = splits.iter().filter(|found| **found == split).count() as f64 / 20_000.0;
            assert!((found - share).abs() < 0.01, "{split:?}: {found}");
        }
        assert_eq!(Split::of("17"), splits[17]);
    }

    #[test]
    fn a_garment_that_is_not_seen_gives_no_pair() {
        let worn = |garment| Worn { person: vec![1.0], garment };
        let pairs = pairs(vec![(4, worn(None)), (2, worn(Some(vec![2.0])))]);
        let found: Vec<_> = pairs.iter().map(|pair| (pair.article, pair.view)).collect();
        assert_eq!(found, [(4, View::Person), (2, View::Person), (2, View::Garment)]);
    }
}
