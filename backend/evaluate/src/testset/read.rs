//! Reads a test set. In: its folder. Out: a [`TestSet`], or the file and line of the first fault.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use stl_types::Category;

use crate::testset::error::{LineProblem, TestSetError};
use crate::testset::{TestArticle, TestQuery, TestSet, TestSetKind, WornGarment};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetLine {
    name: String,
    about: String,
    kind: TestSetKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArticleLine {
    id: String,
    image: PathBuf,
    category: Category,
    /// Documents the set; results are grouped by the slices of the queries.
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
    pub fn open(folder: &Path, kind: TestSetKind) -> Result<Self, TestSetError> {
        let set: SetLine = parse(&read(&folder.join("testset.json"))?, &folder.join("testset.json"), 0)?;
        if set.kind != kind {
            return Err(TestSetError::Kind { path: folder.to_owned(), expected: kind, received: set.kind });
        }
        let articles = if kind == TestSetKind::Retrieval { read_articles(folder)? } else { Vec::new() };
        let queries = read_queries(folder, kind, &articles)?;
        Ok(Self { name: set.name, about: set.about, kind, articles, queries })
    }
}

fn read_articles(folder: &Path) -> Result<Vec<TestArticle>, TestSetError> {
    let path = folder.join("articles.jsonl");
    let mut seen = HashMap::new();
    let mut articles = Vec::new();
    for (line, ArticleLine { id, image, category, .. }) in lines::<ArticleLine>(&path)? {
        check_new_id(&mut seen, &id, line, &path)?;
        articles.push(TestArticle { id, image: folder.join(image), category });
    }
    Ok(articles)
}

fn read_queries(folder: &Path, kind: TestSetKind, articles: &[TestArticle]) -> Result<Vec<TestQuery>, TestSetError> {
    let path = folder.join("queries.jsonl");
    let position: HashMap<&str, usize> = articles.iter().enumerate().map(|(at, article)| (&*article.id, at)).collect();
    let mut seen = HashMap::new();
    let mut queries = Vec::new();
    for (line, query) in lines::<QueryLine>(&path)? {
        let refused = |problem| TestSetError::Line { path: path.clone(), line, problem };
        check_new_id(&mut seen, &query.id, line, &path)?;
        if kind == TestSetKind::Segmentation && query.labels.is_none() {
            return Err(refused(LineProblem::NoLabels));
        }
        // A segmentation set may share its photos with a retrieval set: its garments name articles that are not read here.
        let garment = |garment| match kind {
            TestSetKind::Retrieval => worn_garment(garment, &position, articles).map_err(refused),
            TestSetKind::Segmentation => Ok(WornGarment { category: garment.category, article: None }),
        };
        queries.push(TestQuery {
            photo: folder.join(query.photo),
            labels: query.labels.map(|labels| folder.join(labels)),
            garments: query.garments.into_iter().map(garment).collect::<Result<_, _>>()?,
            id: query.id,
            slices: query.slices,
        });
    }
    Ok(queries)
}

fn worn_garment(
    garment: GarmentLine,
    position: &HashMap<&str, usize>,
    articles: &[TestArticle],
) -> Result<WornGarment, LineProblem> {
    let received = garment.category;
    let Some(article) = garment.article else { return Ok(WornGarment { category: received, article: None }) };
    let Some(&at) = position.get(&*article) else { return Err(LineProblem::UnknownArticle(article)) };
    let expected = articles[at].category;
    if expected != received {
        return Err(LineProblem::OtherCategory { article, expected, received });
    }
    Ok(WornGarment { category: received, article: Some(at) })
}

fn check_new_id(seen: &mut HashMap<String, usize>, id: &str, line: usize, path: &Path) -> Result<(), TestSetError> {
    match seen.insert(id.to_owned(), line) {
        None => Ok(()),
        Some(_) => Err(TestSetError::Line { path: path.to_owned(), line, problem: LineProblem::SameId(id.to_owned()) }),
    }
}

fn read(path: &Path) -> Result<String, TestSetError> {
    std::fs::read_to_string(path).map_err(|source| TestSetError::Read { path: path.to_owned(), source })
}

/// The objects of a file with their line numbers, from 1; skips empty lines.
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

/// Parses text that starts `before` lines after the start of its file.
fn parse<T: DeserializeOwned>(text: &str, path: &Path, before: usize) -> Result<T, TestSetError> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let reason = message.rsplit_once(" at line ").map_or(&*message, |(reason, _)| reason).to_owned();
        let problem = LineProblem::Json { column: error.column(), reason };
        TestSetError::Line { path: path.to_owned(), line: before + error.line(), problem }
    })
}
