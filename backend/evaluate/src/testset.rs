//! A folder of photos and articles with what is worn in each photo. In: the folder. Out: a checked [`TestSet`].
//!
//! `testset.json` names the set; `articles.jsonl` and `queries.jsonl` hold one JSON object a line, with paths relative
//! to the folder. A field that is missing, unknown or of another type is an error with file and line.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use stl_types::Category;

/// What a test set can measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Articles are searched by photos.
    Retrieval,
    /// Photos are compared with label maps.
    Segmentation,
}

/// Photos and articles, checked, pictures still unread.
#[derive(Clone, Debug)]
pub struct TestSet {
    /// A short name for tables.
    pub name: String,
    /// What the set holds and where it comes from.
    pub about: String,
    /// What it measures.
    pub kind: Kind,
    /// The catalogue, empty for a segmentation set.
    pub articles: Vec<Article>,
    /// The photos.
    pub queries: Vec<Query>,
}

/// An article that can be found.
#[derive(Clone, Debug)]
pub struct Article {
    /// Its name.
    pub id: String,
    /// Its title picture.
    pub image: PathBuf,
    /// Its category.
    pub category: Category,
}

/// A photo of somebody.
#[derive(Clone, Debug)]
pub struct Query {
    /// Its name.
    pub id: String,
    /// The photo.
    pub photo: PathBuf,
    /// An 8-bit grey PNG of the photo's size, each pixel the index of a [`stl_types::Class`].
    pub labels: Option<PathBuf>,
    /// What is worn.
    pub garments: Vec<Garment>,
    /// Properties by which results are told apart, e.g. `brightness` → `dark`.
    pub slices: BTreeMap<String, String>,
}

/// A garment that is worn in a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garment {
    /// Its category.
    pub category: Category,
    /// The position of its article in [`TestSet::articles`], if the set holds it.
    pub article: Option<usize>,
}

/// Why a folder is no test set.
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
        /// What is wrong with it.
        problem: LineProblem,
    },
    /// The set measures something else.
    #[error("{} is a test set for {received:?}: expected one for {expected:?}", path.display())]
    Kind {
        /// The folder.
        path: PathBuf,
        /// What was asked for.
        expected: Kind,
        /// What `testset.json` says.
        received: Kind,
    },
    /// Nothing to measure.
    #[error("{} holds no line", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// Not the JSON object that is expected.
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
    /// A garment names an article that the set does not hold.
    #[error("there is no article {0:?} in articles.jsonl")]
    UnknownArticle(String),
    /// A garment and its article disagree.
    #[error("the article {article:?} is of the category {expected}, the garment says {received}")]
    OtherCategory {
        /// The article.
        article: String,
        /// The article's category.
        expected: Category,
        /// The garment's.
        received: Category,
    },
    /// A segmentation set without the truth.
    #[error("labels are missing: a segmentation set needs a label map for each photo")]
    NoLabels,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: String,
    about: String,
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArticleLine {
    id: String,
    image: PathBuf,
    category: Category,
    /// Known to whoever made the set; results are told apart by the queries' slices.
    #[serde(default, rename = "gender")]
    _gender: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryLine {
    id: String,
    photo: PathBuf,
    #[serde(default)]
    labels: Option<PathBuf>,
    #[serde(default)]
    garments: Vec<GarmentLine>,
    #[serde(default)]
    slices: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GarmentLine {
    category: Category,
    article: Option<String>,
}

impl TestSet {
    /// Reads a folder that measures `kind`.
    ///
    /// # Errors
    /// See [`TestSetError`].
    pub fn open(folder: &Path, kind: Kind) -> Result<Self, TestSetError> {
        let head: Head = parse(&read(&folder.join("testset.json"))?, &folder.join("testset.json"), 0)?;
        if head.kind != kind {
            return Err(TestSetError::Kind { path: folder.to_owned(), expected: kind, received: head.kind });
        }
        let articles = if kind == Kind::Retrieval { articles(folder)? } else { Vec::new() };
        let queries = queries(folder, kind, &articles)?;
        Ok(Self { name: head.name, about: head.about, kind, articles, queries })
    }

    /// Keeps `count` queries at most, spread evenly over the set.
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

fn articles(folder: &Path) -> Result<Vec<Article>, TestSetError> {
    let path = folder.join("articles.jsonl");
    let mut seen = HashMap::new();
    let mut articles = Vec::new();
    for (line, ArticleLine { id, image, category, .. }) in lines::<ArticleLine>(&path)? {
        is_new(&mut seen, &id, line, &path)?;
        articles.push(Article { id, image: folder.join(image), category });
    }
    Ok(articles)
}

fn queries(folder: &Path, kind: Kind, articles: &[Article]) -> Result<Vec<Query>, TestSetError> {
    let path = folder.join("queries.jsonl");
    let position: HashMap<&str, usize> = articles.iter().enumerate().map(|(at, article)| (&*article.id, at)).collect();
    let mut seen = HashMap::new();
    let mut queries = Vec::new();
    for (line, query) in lines::<QueryLine>(&path)? {
        let refused = |problem| TestSetError::Line { path: path.clone(), line, problem };
        is_new(&mut seen, &query.id, line, &path)?;
        if kind == Kind::Segmentation && query.labels.is_none() {
            return Err(refused(LineProblem::NoLabels));
        }
        // A segmentation set may be a retrieval set's photos: its garments name articles that are not read here.
        let garment = |garment| match kind {
            Kind::Retrieval => known(garment, &position, articles).map_err(refused),
            Kind::Segmentation => Ok(Garment { category: garment.category, article: None }),
        };
        queries.push(Query {
            photo: folder.join(query.photo),
            labels: query.labels.map(|labels| folder.join(labels)),
            garments: query.garments.into_iter().map(garment).collect::<Result<_, _>>()?,
            id: query.id,
            slices: query.slices,
        });
    }
    Ok(queries)
}

fn known(garment: GarmentLine, position: &HashMap<&str, usize>, articles: &[Article]) -> Result<Garment, LineProblem> {
    let received = garment.category;
    let Some(article) = garment.article else { return Ok(Garment { category: received, article: None }) };
    let Some(&at) = position.get(&*article) else { return Err(LineProblem::UnknownArticle(article)) };
    let expected = articles[at].category;
    if expected != received {
        return Err(LineProblem::OtherCategory { article, expected, received });
    }
    Ok(Garment { category: received, article: Some(at) })
}

fn is_new(seen: &mut HashMap<String, usize>, id: &str, line: usize, path: &Path) -> Result<(), TestSetError> {
    match seen.insert(id.to_owned(), line) {
        None => Ok(()),
        Some(_) => Err(TestSetError::Line { path: path.to_owned(), line, problem: LineProblem::SameId(id.to_owned()) }),
    }
}

fn read(path: &Path) -> Result<String, TestSetError> {
    std::fs::read_to_string(path).map_err(|source| TestSetError::Read { path: path.to_owned(), source })
}

/// The objects of a file with their lines' numbers, from 1; empty lines are passed over.
fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>, TestSetError> {
    let text = read(path)?;
    let objects: Vec<(usize, T)> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| Ok((index + 1, parse(line, path, index)?)))
        .collect::<Result<_, TestSetError>>()?;
    if objects.is_empty() { Err(TestSetError::Empty { path: path.to_owned() }) } else { Ok(objects) }
}

/// Parses text that begins `before` lines after its file's start.
fn parse<T: DeserializeOwned>(text: &str, path: &Path, before: usize) -> Result<T, TestSetError> {
    serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        let reason = words.rsplit_once(" at line ").map_or(&*words, |(reason, _)| reason).to_owned();
        let problem = LineProblem::Json { column: error.column(), reason };
        TestSetError::Line { path: path.to_owned(), line: before + error.line(), problem }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"name": "drawn", "about": "A drawn set", "kind": "retrieval"}"#;
    const ARTICLE: &str = r#"{"id": "a1", "image": "articles/a1.jpg", "category": "t-shirts", "gender": ""}"#;

    fn open(articles: &str, queries: &str) -> Result<TestSet, String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("testset.json", HEAD), ("articles.jsonl", articles), ("queries.jsonl", queries)] {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        TestSet::open(folder.path(), Kind::Retrieval)
            .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), ""))
    }

    #[test]
    fn a_set_is_read_with_its_articles_found_by_id() {
        let query = r#"{"id": "q1", "photo": "q.jpg", "labels": "q.png", "slices": {"body": "half"},
            "garments": [{"category": "t-shirts", "article": "a1"}, {"category": "skirts", "article": null}]}"#
            .replace('\n', "");
        let set = open(ARTICLE, &query).expect("a set");
        let garment = |category, article| Garment { category, article };
        assert_eq!(set.queries[0].garments, [garment(Category::TShirts, Some(0)), garment(Category::Skirts, None)]);
        assert_eq!(set.queries[0].slices["body"], "half");
    }

    #[test]
    fn what_is_wrong_is_named_with_file_and_line() {
        let query = |garments: &str| format!("\n{{\"id\": \"q1\", \"photo\": \"q.jpg\", \"garments\": [{garments}]}}");
        for (articles, queries, expected) in [
            (r#"{"id": "a1", "image": "a.jpg"}"#, query(""), "/articles.jsonl:1: column 30: missing field `category`"),
            (&ARTICLE.replace("gender", "sex"), query(""), "/articles.jsonl:1: column 70: unknown field `sex`"),
            (&format!("{ARTICLE}\n{ARTICLE}"), query(""), "/articles.jsonl:2: the id \"a1\" was given before"),
            (ARTICLE, query(r#"{"category": "hats"}"#), "/queries.jsonl:2: column 63: unknown variant `hats`"),
            (
                ARTICLE,
                query(r#"{"category": "tops", "article": "a1"}"#),
                "/queries.jsonl:2: the article \"a1\" is of the category t-shirts, the garment says tops",
            ),
            (
                ARTICLE,
                query(r#"{"category": "tops", "article": "a2"}"#),
                "/queries.jsonl:2: there is no article \"a2\" in articles.jsonl",
            ),
            (ARTICLE, String::new(), "/queries.jsonl holds no line"),
        ] {
            let received = open(articles, &queries).expect_err(expected);
            assert!(received.starts_with(expected), "expected {expected}, got {received}");
        }
    }

    #[test]
    fn a_limit_keeps_queries_from_all_over_the_set() {
        let query = |index: usize| format!("{{\"id\": \"q{index}\", \"photo\": \"q.jpg\"}}\n");
        let mut set = open(ARTICLE, &(0..10).map(query).collect::<String>()).expect("a set");
        set.limit_queries(3);
        assert_eq!(set.queries.iter().map(|query| &*query.id).collect::<Vec<_>>(), ["q3", "q6", "q9"]);
        set.limit_queries(50);
        assert_eq!(set.queries.len(), 3);
    }
}
