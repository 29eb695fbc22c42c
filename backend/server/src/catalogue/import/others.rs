//! What an import of one market takes from the others. In: the catalogue's articles by market. Out: rows that need no picture, and f(A) of the
//! other markets' articles.
//!
//! An article has one picture and one category in all markets: those of the first market that sells it. So a row of an article that an
//! earlier market sells takes these, and its own picture is not fetched.

use std::collections::HashMap;
use std::sync::Arc;

use stl_types::Category;

use super::error::ImportError;
use super::former::Former;
use super::options::ImportOptions;
use super::pictures::{PictureFault, Pictures};
use crate::catalogue::article::Article;
use crate::catalogue::assortment::Assortment;
use crate::catalogue::feed::{FeedRow, PictureSource};
use crate::digest::Digest;
use crate::parallel::for_each_in_order;

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

/// f(A) of pictures of other markets that the former catalogue's features lack, `(width)` each.
pub(super) type OthersEncoded = HashMap<Digest, Arc<[f32]>>;

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

    /// f(A) of what the former features lack: all of it if another network made them, or they are damaged. Stored copies are encoded then,
    /// until their own market is imported again.
    ///
    /// # Errors
    /// When a copy is damaged, nothing can be written, or the import should stop.
    pub(super) fn encode_lacking(
        &self,
        former: &Former,
        pictures: &Pictures<'_>,
        options: &ImportOptions,
    ) -> Result<OthersEncoded, ImportError> {
        let lacking: Vec<Digest> =
            self.pictures.iter().filter(|picture| former.feature(picture).is_none()).copied().collect();
        let mut encoded = OthersEncoded::new();
        let encode = |picture: &Digest| {
            if options.stop.is_stopped() {
                return Err(PictureFault::Unusable(String::new()));
            }
            if let Some(elsewhere) = &options.elsewhere {
                elsewhere.fetch_copy(picture);
            }
            pictures.of_copy(picture)
        };
        for_each_in_order(&lacking, options.workers.max(options.threads), encode, |index, feature| {
            if options.stop.is_stopped() {
                return Err(ImportError::Stopped);
            }
            let picture = lacking[index];
            match feature {
                Ok(feature) => _ = encoded.insert(picture, feature),
                Err(PictureFault::Write { path, source }) => return Err(ImportError::Write { path, source }),
                Err(PictureFault::Unusable(reason)) => return Err(ImportError::OtherMarket { picture, reason }),
            }
            Ok(())
        })?;
        Ok(encoded)
    }
}

/// The article of the first of some markets that sells it.
pub(super) fn leading<'a>(earlier: &'a [Assortment], id: &str) -> Option<&'a Article> {
    earlier.iter().find_map(|assortment| assortment.get(id))
}
