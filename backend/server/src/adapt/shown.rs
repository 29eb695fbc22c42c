//! Which articles each further picture shows. In: a catalogue's articles. Out: [`ShownArticles`], bounded, and groups of articles that
//! share pictures.

use std::collections::BTreeMap;

use stl_types::Category;

use crate::catalogue::Article;
use crate::digest::Digest;

/// Articles of a look: a picture that more articles show is a banner or a placeholder, and tells nothing about any of them.
pub const MAX_ARTICLES_OF_PICTURE: usize = 6;

/// Pictures that are looked at. Their embeddings take about 1 kB each in memory.
pub const MAX_PICTURES: usize = 100_000;

/// The further pictures of a catalogue and what they show.
#[derive(Debug, Default)]
pub struct ShownArticles {
    /// Each picture once, with the positions of its articles. In the order of digests, which is a random one.
    pub pictures: Vec<(Digest, Vec<usize>)>,
    /// For each article, the least position of the articles of its category that share a picture with it, directly or by others. A look of
    /// several categories joins none: it would join nearly all of a shop.
    pub groups: Vec<usize>,
    /// Pictures that more than [`MAX_ARTICLES_OF_PICTURE`] articles show.
    pub of_too_many: usize,
    /// Pictures beyond [`MAX_PICTURES`].
    pub beyond_limit: usize,
}

impl ShownArticles {
    /// Finds them.
    #[must_use]
    pub fn of(articles: &[Article]) -> Self {
        let mut by_picture = BTreeMap::<Digest, Vec<usize>>::new();
        let mut groups = Groups((0..articles.len()).collect());
        let mut titles = BTreeMap::<(Digest, Category), usize>::new();
        for (position, article) in articles.iter().enumerate() {
            groups.join(*titles.entry((article.picture_sha256, article.category)).or_insert(position), position);
            for picture in &article.further_pictures {
                by_picture.entry(*picture).or_default().push(position);
            }
        }
        let all = by_picture.len();
        by_picture.retain(|_, articles| articles.len() <= MAX_ARTICLES_OF_PICTURE);
        let of_too_many = all - by_picture.len();
        let beyond_limit = by_picture.len().saturating_sub(MAX_PICTURES);
        let pictures: Vec<_> = by_picture.into_iter().take(MAX_PICTURES).collect();
        for (_, shown) in &pictures {
            for (place, &article) in shown.iter().enumerate() {
                let same = shown[..place].iter().find(|&&other| articles[other].category == articles[article].category);
                same.into_iter().for_each(|&other| groups.join(other, article));
            }
        }
        let groups = (0..articles.len()).map(|article| groups.of(article)).collect();
        Self { pictures, groups, of_too_many, beyond_limit }
    }
}

/// Disjoint sets, each known by its least member.
struct Groups(Vec<usize>);

impl Groups {
    fn of(&mut self, mut member: usize) -> usize {
        while self.0[member] != member {
            // Halves the path.
            self.0[member] = self.0[self.0[member]];
            member = self.0[member];
        }
        member
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::tests::article;

    fn with(id: &str, further: &[&str]) -> Article {
        let digest = |name: &&str| Digest::of(name.as_bytes());
        Article { further_pictures: further.iter().map(digest).collect(), ..article(id) }
    }

    #[test]
    fn articles_that_share_pictures_are_one_group() {
        let same_title = Article { picture_sha256: Digest::of(b"c"), ..with("f", &[]) };
        let in_the_same_look = Article { category: Category::Skirts, ..with("g", &["1", "3"]) };
        let articles = [
            with("a", &["1"]),
            with("b", &["2"]),
            with("c", &["3"]),
            with("d", &["1", "2"]),
            with("e", &[]),
            same_title,
            in_the_same_look,
        ];
        let shown = ShownArticles::of(&articles);
        assert_eq!(shown.groups, [0, 0, 2, 0, 4, 2, 6], "not those of another category");
        let of = |name: &str| shown.pictures.iter().find(|(digest, _)| *digest == Digest::of(name.as_bytes()));
        assert_eq!((of("1").map(|found| &found.1[..]), shown.pictures.len()), (Some(&[0, 3, 6][..]), 3));
    }

    #[test]
    fn a_picture_of_all_articles_tells_nothing_and_joins_nothing() {
        let ids: Vec<String> = (10..90).map(|number| number.to_string()).collect();
        let articles: Vec<Article> = ids.iter().map(|id| with(id, &["banner", id])).collect();
        let shown = ShownArticles::of(&articles);
        assert_eq!((shown.of_too_many, shown.pictures.len(), shown.beyond_limit), (1, 80, 0));
        assert_eq!(shown.groups, (0..80).collect::<Vec<_>>());
    }
}
