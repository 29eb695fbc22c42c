//! The articles of a market in memory. In: all of them, and later those with other offers. Out: [`Articles`]: both versions share what has not changed.

use std::collections::BTreeMap;
use std::ops::Index;
use std::sync::Arc;

use super::article::Article;

/// Articles that are held beside those that they replace: more are read with all others.
const MOST_REPLACED: usize = 10_000;

/// Articles in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct Articles {
    /// Of the version that was read as a whole.
    read: Arc<Vec<Article>>,
    /// By their numbers, in place of those.
    replaced: BTreeMap<usize, Arc<Article>>,
}

/// The same, borrowed; or articles of which none was replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    read: &'a [Article],
    replaced: Option<&'a BTreeMap<usize, Arc<Article>>>,
}

impl<'a> Shown<'a> {
    /// How many there are.
    pub(super) const fn len(self) -> usize {
        self.read.len()
    }

    /// Whether there are none.
    pub(super) const fn is_empty(self) -> bool {
        self.read.is_empty()
    }

    /// The article of a number.
    pub(super) fn get(self, number: usize) -> Option<&'a Article> {
        let replaced = self.replaced.and_then(|replaced| replaced.get(&number));
        replaced.map(Arc::as_ref).or_else(|| self.read.get(number))
    }

    /// All of them.
    pub(super) fn iter(self) -> impl Iterator<Item = &'a Article> {
        (0..self.len()).filter_map(move |number| self.get(number))
    }
}

impl<'a> From<&'a [Article]> for Shown<'a> {
    fn from(articles: &'a [Article]) -> Self {
        Self { read: articles, replaced: None }
    }
}

impl Index<usize> for Shown<'_> {
    type Output = Article;

    /// # Panics
    /// When there is no such article.
    fn index(&self, number: usize) -> &Article {
        let replaced = self.replaced.and_then(|replaced| replaced.get(&number));
        replaced.map_or_else(|| &self.read[number], Arc::as_ref)
    }
}

impl Articles {
    /// Borrows them.
    pub(super) fn shown(&self) -> Shown<'_> {
        // Most often none is replaced.
        Shown { read: &self.read, replaced: Some(&self.replaced).filter(|replaced| !replaced.is_empty()) }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read.is_empty()
    }

    /// The article of a number.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&Article> {
        self.shown().get(number)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Article> {
        self.shown().iter()
    }

    /// How many have been replaced since all were read.
    #[must_use]
    pub fn replaced(&self) -> usize {
        self.replaced.len()
    }

    /// Whether both are of one version that was read as a whole.
    pub(super) fn shares(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.read, &other.read)
    }

    /// Puts an article in place of that of a number. False if it differs in more than its offer, by which it is found, or too many were replaced.
    pub(super) fn replace(&mut self, number: usize, article: Article) -> bool {
        let Some(former) = self.get(number) else { return false };
        let ids = |article: &Article| article.variants.iter().map(|variant| variant.id.clone()).collect::<Vec<_>>();
        let is_found_alike = former.id == article.id
            && former.group == article.group
            && former.category == article.category
            && ids(former) == ids(&article);
        if !is_found_alike || self.replaced.len() >= MOST_REPLACED {
            return false;
        }
        self.replaced.insert(number, Arc::new(article));
        true
    }
}

impl From<Vec<Article>> for Articles {
    fn from(articles: Vec<Article>) -> Self {
        Self { read: Arc::new(articles), replaced: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::variant::tests::variant;

    #[test]
    fn other_offers_are_put_in_place_and_the_former_version_keeps_its_own() {
        let former = Articles::from(["a", "b", "c"].map(article).to_vec());
        let mut later = former.clone();
        let mut cheap = article("b");
        cheap.price.amount_minor = 1;
        assert!(later.replace(1, cheap));
        let amounts =
            |articles: &Articles| articles.iter().map(|article| article.price.amount_minor).collect::<Vec<_>>();
        assert_eq!((amounts(&former), amounts(&later)), (vec![1995, 1995, 1995], vec![1995, 1, 1995]));
        assert_eq!((later.len(), later.replaced(), later.shown()[1].price.amount_minor), (3, 1, 1));
        assert!(later.shares(&former) && !later.shares(&Articles::from(Vec::new())));
        assert!(later.get(3).is_none() && !later.is_empty());
        // What an article is found by stays.
        let sized = Article { variants: vec![variant("S", 900)], ..article("c") };
        let of_group = Article { group: "g".to_owned(), ..article("c") };
        for other in [article("d"), sized, of_group] {
            assert!(!later.replace(2, other));
        }
        assert!(!later.replace(3, article("d")));
        assert_eq!(amounts(&later), [1995, 1, 1995]);
    }
}
