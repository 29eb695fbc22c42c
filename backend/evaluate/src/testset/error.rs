//! Why a folder is not a test set.

use std::path::PathBuf;

use stl_types::Category;

use crate::testset::kind::TestSetKind;

/// Why a folder is not a test set.
#[derive(Debug, thiserror::Error)]
pub enum TestSetError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A line is refused.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The reason.
        problem: LineProblem,
    },
    /// The set measures something else.
    #[error("{} is a test set for {received:?}: expected one for {expected:?}", path.display())]
    Kind {
        /// The folder.
        path: PathBuf,
        /// What was expected.
        expected: TestSetKind,
        /// What `testset.json` says.
        received: TestSetKind,
    },
    /// A file has no line.
    #[error("{} holds no line", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Why a line is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// It is not the JSON object that is expected.
    #[error("column {column}: {reason}")]
    Json {
        /// Column, from 1.
        column: usize,
        /// What was expected and received.
        reason: String,
    },
    /// An id occurs twice.
    #[error("the id {0:?} was given before")]
    SameId(String),
    /// A garment names an article that the set does not have.
    #[error("there is no article {0:?} in articles.jsonl")]
    UnknownArticle(String),
    /// A garment and its article have different categories.
    #[error("the article {article:?} is of the category {expected}, the garment says {received}")]
    OtherCategory {
        /// The article.
        article: String,
        /// The article's category.
        expected: Category,
        /// The garment's category.
        received: Category,
    },
    /// A photo of a segmentation set has no label map.
    #[error("labels are missing: a segmentation set needs a label map for each photo")]
    NoLabels,
}
