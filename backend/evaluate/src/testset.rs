//! A folder of photos and articles, with what is worn in each photo. In: the folder. Out: a checked [`TestSet`].
//!
//! `testset.json` names the set; `articles.jsonl` and `queries.jsonl` hold one JSON object a line, with paths relative to the
//! folder. A field that is missing, unknown or of another type is an error with file and line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use stl_types::Category;

mod error;
mod kind;
mod read;
#[cfg(test)]
mod tests;

pub use error::{LineProblem, TestSetError};
pub use kind::TestSetKind;

/// Photos and articles, checked. The pictures are not read yet.
#[derive(Clone, Debug)]
pub struct TestSet {
    /// A short name for tables.
    pub name: String,
    /// What the set holds and where it comes from.
    pub about: String,
    /// What it measures.
    pub kind: TestSetKind,
    /// The catalogue; empty for a segmentation set.
    pub articles: Vec<TestArticle>,
    /// The photos.
    pub queries: Vec<TestQuery>,
}

/// An article of the catalogue.
#[derive(Clone, Debug)]
pub struct TestArticle {
    /// Its id.
    pub id: String,
    /// Its title picture.
    pub image: PathBuf,
    /// Its category.
    pub category: Category,
}

/// A photo of a person.
#[derive(Clone, Debug)]
pub struct TestQuery {
    /// Its id.
    pub id: String,
    /// The photo.
    pub photo: PathBuf,
    /// An 8-bit grey PNG of the photo's size. Each pixel is the index of a [`stl_types::Class`].
    pub labels: Option<PathBuf>,
    /// What is worn.
    pub garments: Vec<WornGarment>,
    /// Properties that results are grouped by, e.g. `brightness` → `dark`.
    pub slices: BTreeMap<String, String>,
}

/// A garment that is worn in a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WornGarment {
    /// Its category.
    pub category: Category,
    /// The index of its article in [`TestSet::articles`], if the set has it.
    pub article: Option<usize>,
}

impl TestSet {
    /// Keeps at most `count` queries, spread evenly over the set.
    pub fn limit_queries(&mut self, count: usize) {
        let all = self.queries.len();
        if count < all {
            let mut index = 0;
            self.queries.retain(|_| {
                let is_kept = (index + 1) * count / all > index * count / all;
                index += 1;
                is_kept
            });
        }
    }
}
