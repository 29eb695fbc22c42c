//! What an import of one market takes from the others. In: the catalogue's articles by market. Out: rows that need no picture, and f(A) of the
//! other markets' articles.
//!
//! An article has one picture and one category in all markets: those of the first market that sells it. So a row of an article that an
//! earlier market sells takes these, and its own picture is not fetched.

use std::collections::HashMap;

use stl_types::Category;

use crate::catalogue::article::Article;
use crate::catalogue::assortment::Assortment;
use crate::catalogue::feed::{FeedRow, PictureSource};
use crate::digest::Digest;

/// What the other markets sell.
#[derive(Default)]
pub(super) struct Others {
    /// What an article has once, by the ids of those that an earlier market sells.
    leading: HashMap<String, Shared>,
    /// The title pictures of all articles of other markets.
    pictures: Vec<Digest>,
}

struct Shared {
    picture_sha256: Digest,
    category: Category,
    category_predicted: bool,
}

impl Others {
    /// Of the markets before the imported one, and of those after it.
    pub(super) fn of(earlier: &[Assortment], later: &[Assortment]) -> Self {
        let mut leading = HashMap::new();
        for article in earlier.iter().flat_map(|assortment| &assortment.articles) {
            leading.entry(article.id.clone()).or_insert_with(|| Shared {
                picture_sha256: article.picture_sha256,
                category: article.category,
                category_predicted: article.category_predicted,
            });
        }
        let all = earlier.iter().chain(later).flat_map(|assortment| &assortment.articles);
        let mut pictures: Vec<Digest> = all.map(|article| article.picture_sha256).collect();
        pictures.sort_unstable();
        pictures.dedup();
        Self { leading, pictures }
    }

    /// Gives rows of articles that an earlier market sells its picture and category.
    pub(super) fn give_to(&self, rows: &mut [FeedRow]) {
        for row in rows {
            let Some(shared) = self.leading.get(&row.id) else { continue };
            row.picture = PictureSource::Stored(shared.picture_sha256);
            row.further_pictures.clear();
            (row.category, row.category_predicted) = (Some(shared.category), shared.category_predicted);
        }
    }

    /// The title pictures of all articles of other markets, each once.
    pub(super) fn pictures(&self) -> &[Digest] {
        &self.pictures
    }
}

/// The article of the first of some markets that sells it.
pub(super) fn leading<'a>(earlier: &'a [Assortment], id: &str) -> Option<&'a Article> {
    earlier.iter().find_map(|assortment| assortment.get(id))
}
