//! A shop's feed. In: a folder with `products.jsonl`. Out: [`FeedRow`]s, and a [`RowProblem`] for each line that is none.
//!
//! Fields are named as the attributes of Google's product feed, with `category` beside them.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};
use stl_shared::wire::Availability;
use stl_shared::{Category, Price};

use super::guess;

/// The feed's list in its folder.
pub const PRODUCTS_FILE: &str = "products.jsonl";

/// Characters of an id; Google allows 50.
const MAX_ID_CHARS: usize = 200;
/// Characters of any other text; Google's longest, the description, has 5000.
const MAX_TEXT_CHARS: usize = 10_000;

/// A line of the feed that can be imported.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedRow {
    /// Line in the file, from 1.
    pub line: usize,
    /// The shop's own id.
    pub id: String,
    /// Name of the article.
    pub title: String,
    /// What the shop says about it, may be empty.
    pub description: String,
    /// The article's page, http or https.
    pub link: String,
    /// Where the title picture is.
    pub picture: PictureSource,
    /// What it costs.
    pub price: Price,
    /// Whether it can be bought.
    pub availability: Availability,
    /// May be empty.
    pub brand: String,
    /// May be empty.
    pub color: String,
    /// May be empty.
    pub gender: String,
    /// May be empty.
    pub product_type: String,
    /// Given, or guessed from `product_type` and title.
    pub category: Category,
}

/// Where a product's picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureSource {
    /// A file inside the feed's folder.
    File(PathBuf),
    /// An http or https address.
    Address(String),
}

impl std::fmt::Display for PictureSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Address(address) => f.write_str(address),
        }
    }
}

/// Why a line was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Line in the file, from 1.
    pub line: usize,
    /// The field at fault.
    pub field: &'static str,
    /// What was expected and what received.
    pub reason: String,
}

impl std::fmt::Display for RowProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.field, self.reason)
    }
}

/// The feed as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the feed {} cannot be read", path.display())]
pub struct FeedError {
    /// The file.
    pub path: PathBuf,
    /// The system's reason.
    #[source]
    pub source: std::io::Error,
}

/// Reads all lines of a feed; empty lines are skipped.
///
/// # Errors
/// When there is no readable `products.jsonl`.
pub fn read(folder: &Path) -> Result<(Vec<FeedRow>, Vec<RowProblem>), FeedError> {
    let path = folder.join(PRODUCTS_FILE);
    let file = std::fs::read(&path).map_err(|source| FeedError { path, source })?;
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&file);
    let (mut rows, mut problems, mut ids) = (Vec::new(), Vec::new(), HashSet::new());
    for (index, text) in file.split(|&byte| byte == b'\n').enumerate() {
        let line = index + 1;
        if text.trim_ascii().is_empty() {
            continue;
        }
        match parse_row(line, text, folder) {
            Ok(row) if ids.insert(row.id.clone()) => rows.push(row),
            Ok(row) => problems.push(RowProblem {
                line,
                field: "id",
                reason: format!("expected an id that no earlier line has, got {:?}", row.id),
            }),
            Err((field, reason)) => problems.push(RowProblem { line, field, reason }),
        }
    }
    Ok((rows, problems))
}

type Fault = (&'static str, String);

fn parse_row(line: usize, text: &[u8], folder: &Path) -> Result<FeedRow, Fault> {
    let value: Value =
        serde_json::from_slice(text).map_err(|error| ("line", format!("expected a JSON object, got {error}")))?;
    let Value::Object(fields) = value else {
        return Err(("line", format!("expected a JSON object, got {}", kind(&value))));
    };
    let required = |field: &'static str| match text_of(&fields, field)? {
        text if text.is_empty() => Err((field, "expected a text, got none".to_owned())),
        text => Ok(text),
    };
    let id = required("id")?;
    if id.chars().count() > MAX_ID_CHARS || id.chars().any(char::is_control) {
        let reason = format!("expected at most {MAX_ID_CHARS} printable characters, got {:?}", shortened(&id));
        return Err(("id", reason));
    }
    let title = required("title")?;
    let link = required("link")?;
    if !is_web_address(&link) {
        return Err(("link", format!("expected an http or https address, got {:?}", shortened(&link))));
    }
    let picture = picture_source(&required("image_link")?, folder).map_err(|reason| ("image_link", reason))?;
    let price = price(&required("price")?)?;
    let availability = availability(&required("availability")?)?;
    let product_type = text_of(&fields, "product_type")?;
    let category = match text_of(&fields, "category")? {
        name if !name.is_empty() => {
            name.parse().map_err(|error: stl_shared::UnknownCategory| ("category", error.to_string()))?
        }
        _ => guess::category(&product_type, &title).ok_or_else(|| {
            let words = shortened(&format!("{product_type} · {title}"));
            ("category", format!("expected a category, or one that product_type and title speak of, got {words:?}"))
        })?,
    };
    Ok(FeedRow {
        line,
        id,
        title,
        description: text_of(&fields, "description")?,
        link,
        picture,
        price,
        availability,
        brand: text_of(&fields, "brand")?,
        color: text_of(&fields, "color")?,
        gender: text_of(&fields, "gender")?.to_lowercase(),
        product_type,
        category,
    })
}

/// A text field, trimmed; empty where it is missing. Numbers are read as texts, since feeds write ids so.
fn text_of(fields: &Map<String, Value>, field: &'static str) -> Result<String, Fault> {
    let text = match fields.get(field) {
        None | Some(Value::Null) => return Ok(String::new()),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(other) => return Err((field, format!("expected a text, got {}", kind(other)))),
    };
    let received = text.chars().count();
    if received > MAX_TEXT_CHARS {
        return Err((field, format!("expected at most {MAX_TEXT_CHARS} characters, got {received}")));
    }
    Ok(text)
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Other schemes (`javascript:`) would run in the page that shows the link.
fn is_web_address(text: &str) -> bool {
    let has_scheme = ["http://", "https://"].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && text.len() > scheme.len()
    });
    has_scheme && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

fn price(text: &str) -> Result<Price, Fault> {
    let price: Price = text.parse().map_err(|error: stl_shared::PriceError| ("price", error.to_string()))?;
    // The database's integers are signed.
    if i64::try_from(price.amount_minor).is_err() {
        return Err(("price", format!("expected a price that a shop can ask, got {text:?}")));
    }
    Ok(price)
}

fn availability(text: &str) -> Result<Availability, Fault> {
    match text.to_lowercase().replace([' ', '-'], "_").as_str() {
        "in_stock" => Ok(Availability::InStock),
        "out_of_stock" => Ok(Availability::OutOfStock),
        "preorder" | "pre_order" => Ok(Availability::Preorder),
        "backorder" | "back_order" => Ok(Availability::Backorder),
        _ => {
            let expected = "in_stock, out_of_stock, preorder or backorder";
            Err(("availability", format!("expected {expected}, got {:?}", shortened(text))))
        }
    }
}

/// An address, or a path that may not lead out of the feed's folder, neither by its parts nor by a link on the disk.
fn picture_source(text: &str, folder: &Path) -> Result<PictureSource, String> {
    let expected = "an http or https address or a path relative to the feed's folder";
    let received = shortened(text);
    if is_web_address(text) {
        return Ok(PictureSource::Address(text.to_owned()));
    }
    if text.contains("://") {
        return Err(format!("expected {expected}, got {received:?}"));
    }
    let relative = Path::new(text);
    if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(format!("expected {expected}, got {received:?}"));
    }
    let path = folder.join(relative);
    let found = path.canonicalize().map_err(|error| format!("expected a picture, got {received:?}: {error}"))?;
    let inside = folder.canonicalize().is_ok_and(|folder| found.starts_with(folder));
    if inside {
        Ok(PictureSource::File(path))
    } else {
        Err(format!("expected {expected}, got {received:?}, which leads elsewhere"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(lines: &[&str]) -> (tempfile::TempDir, Vec<FeedRow>, Vec<RowProblem>) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.png"), b"").expect("written");
        std::fs::write(folder.path().join(PRODUCTS_FILE), lines.join("\n")).expect("written");
        let (rows, problems) = read(folder.path()).expect("a feed");
        (folder, rows, problems)
    }

    const GOOD: &str = r#"{"id": 17, "title": "Linen shirt", "link": "https://shop.example/17", "image_link": "a.png",
        "price": "19.95 EUR", "availability": "in stock"}"#;

    #[test]
    fn a_line_becomes_a_row_with_its_category_guessed() {
        let (_folder, rows, problems) = feed(&["", &GOOD.replace('\n', " ")]);
        assert_eq!(problems, []);
        assert_eq!((rows[0].line, rows[0].id.as_str(), rows[0].category), (2, "17", Category::Shirts));
        assert_eq!((rows[0].price.amount_minor, rows[0].availability), (1995, Availability::InStock));
    }

    #[test]
    fn each_fault_names_its_line_and_field() {
        let good = GOOD.replace('\n', " ");
        let (_folder, rows, problems) = feed(&[
            &good,
            &good,
            "not JSON",
            "[1]",
            &good.replace("17,", "18,").replace("19.95 EUR", "19,95 €"),
            &good.replace("17,", "19,").replace("a.png", "../a.png"),
            &good.replace("17,", "20,").replace("a.png", "ftp://cdn.example/a.png"),
            &good.replace("17,", "21,").replace("a.png", "b.png"),
            &good.replace("17,", "22,").replace("https://", "javascript:"),
            &good.replace("17,", "23,").replace("Linen shirt", "Mug"),
            &good.replace("17,", "24,").replace("in stock", "soon"),
            &good.replace("17,", "[],"),
            &good.replace("17,", "25,").replace("a.png", "/etc/passwd"),
        ]);
        assert_eq!(rows.len(), 1);
        let faults: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
        let expected = [
            (2, "id"),
            (3, "line"),
            (4, "line"),
            (5, "price"),
            (6, "image_link"),
            (7, "image_link"),
            (8, "image_link"),
            (9, "link"),
            (10, "category"),
            (11, "availability"),
            (12, "id"),
            (13, "image_link"),
        ];
        assert_eq!(faults, expected);
    }

    #[test]
    fn a_picture_may_be_a_path_or_an_address() {
        let good = GOOD.replace('\n', " ");
        let address = "https://cdn.example/a.png?size=800";
        let (folder, rows, problems) = feed(&[&good, &good.replace("17,", "18,").replace("a.png", address)]);
        assert_eq!(problems, []);
        assert_eq!(rows[0].picture, PictureSource::File(folder.path().join("a.png")));
        assert_eq!(rows[1].picture, PictureSource::Address(address.to_owned()));
    }
}
