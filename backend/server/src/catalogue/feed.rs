//! A shop's feed. In: a file, or a folder with `products.jsonl`. Out: a [`Feed`] of [`FeedRow`]s, and a [`RowProblem`] for each
//! row that is none.
//!
//! Five formats: JSON Lines with fields named as Google's attributes and `category` beside them; Google Merchant's product
//! feed as XML (RSS 2.0 or Atom), as tab-separated text and as CSV, which Meta's catalogues are as well; Shopify's product
//! export as CSV. Each becomes rows of named texts, which are checked alike.

use std::collections::{HashMap, HashSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use stl_types::wire::Availability;
use stl_types::{Category, Price};

use self::headings::{Headings, KNOWN};
use self::merge::merged;
use self::row::{Fault, RawRow};
use self::table::{Table, attribute};
use super::Sale;

mod google_table;
mod google_xml;
mod headings;
mod json_lines;
mod merge;
mod row;
mod shopify;
mod table;
mod text;

/// The feed's list in its folder.
pub const PRODUCTS_FILE: &str = "products.jsonl";

/// Bytes of a feed: a million products of a kilobyte.
const MAX_FEED_BYTES: u64 = 1 << 30;

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
    /// For what time it costs less.
    pub sale: Option<Sale>,
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
    /// Given, or guessed from the row's words; none where these are silent.
    pub category: Option<Category>,
    /// Whether the category was told from the picture when this catalogue was made, as its own exports say.
    pub category_predicted: bool,
}

/// Another price or availability of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The shop's own id.
    pub id: String,
    /// What it costs from now on.
    pub price: Option<Price>,
    /// For what time it costs less from now on; without one, what sale there is stays.
    pub sale: Option<Sale>,
    /// Whether it can be bought from now on.
    pub availability: Option<Availability>,
}

/// Where a product's picture is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// Why a row was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Name of the file.
    pub file: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// The field at fault, as the file calls it.
    pub field: &'static str,
    /// What was expected and what received.
    pub reason: String,
}

impl std::fmt::Display for RowProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.field, self.reason)
    }
}

/// How a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    JsonLines,
    /// Google Merchant, RSS 2.0 or Atom with the `g:` namespace.
    GoogleXml,
    /// Google Merchant, tab-separated.
    GoogleTable,
    /// Google Merchant, separated by commas or semicolons, as Meta's catalogues are.
    GoogleCsv,
    /// Shopify's export of products.
    Shopify,
}

/// What a feed does not say of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedOptions {
    /// How it is written, if its name and first bytes should not decide.
    pub format: Option<Format>,
    /// The currency (ISO 4217) of prices without one, as all of Shopify's are.
    pub currency: Option<String>,
    /// The shop's address, where a feed has only handles, as Shopify's.
    pub shop_url: Option<String>,
}

/// The feed as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// There is no such file.
    #[error("the feed {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// More than a feed may have.
    #[error("the feed {} is too large: expected at most {MAX_FEED_BYTES} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Its format is broken, so that no row after this place can be trusted, or is none that is known.
    #[error("the feed {}:{line} cannot be read: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What was expected and what received.
        reason: String,
    },
}

/// A feed's rows, and those that are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feed {
    /// What can be imported.
    pub rows: Vec<FeedRow>,
    /// What cannot, and why.
    pub problems: Vec<RowProblem>,
    /// Headings that are not read, though they look like some that are.
    pub hints: Vec<String>,
    /// Products that the shop does not show: Shopify's drafts, archived and unpublished ones, and gift cards.
    pub hidden: usize,
    /// Rows that went into an earlier one of their group.
    pub merged: usize,
    fields: FieldNames,
}

/// What a file calls Google's attributes, where it has other names.
type FieldNames = HashMap<&'static str, &'static str>;

/// A line that cannot be read, and why; what comes after it cannot be read either.
type Broken = (usize, String);

/// Rows, or the fault of a line that is none.
type RawList = Vec<Result<RawRow, (usize, Fault)>>;

/// What a format makes of a file.
#[derive(Default)]
struct RawFeed {
    rows: RawList,
    /// Names of columns, where these are Google's attributes.
    headings: Option<Headings>,
    fields: FieldNames,
    /// Products that the shop does not show.
    hidden: usize,
}

/// A feed, or the line after which there is none.
type RawFeedResult = Result<RawFeed, Broken>;

/// What each product needs.
const REQUIRED: [&[&str]; 6] = [&["id"], &["title"], &["link"], &["image_link"], &["price"], &["availability"]];

/// Reads all rows of a feed.
///
/// Rows that share their `item_group_id`, picture and currency are sizes of one product, see [`FeedRow::merge`].
///
/// # Errors
/// When there is no such file, or its format is broken as a whole.
pub fn read(feed: &Path, options: &FeedOptions) -> Result<Feed, FeedError> {
    let path = file_of(feed);
    let folder = folder_of(&path);
    let raw = raw_feed(&path, options)?;
    let hints = raw.headings.as_ref().map(Headings::hints).unwrap_or_default();
    if let Some(headings) = &raw.headings {
        headings.have(&REQUIRED).map_err(|broken| not_readable(&path, broken))?;
    }
    let mut ids = HashSet::new();
    let (rows, problems) = checked(raw.rows, &raw.fields, &file_name(feed), |raw| {
        let row = raw.checked(folder, options.currency.as_deref())?;
        if ids.insert(row.id.clone()) {
            Ok((row, raw.group()))
        } else {
            Err(("id", format!("expected an id that no earlier row has, got {:?}", row.id)))
        }
    });
    let (rows, merged) = merged(rows);
    Ok(Feed { rows, problems, hints, hidden: raw.hidden, merged, fields: raw.fields })
}

/// Reads prices and availabilities: a feed of which each row needs an id and one of both only.
///
/// A product of several sizes has the id of the first, and what that row says holds for the product.
///
/// # Errors
/// As for [`read`].
pub fn read_changes(feed: &Path, options: &FeedOptions) -> Result<(Vec<Change>, Vec<RowProblem>), FeedError> {
    let path = file_of(feed);
    let raw = raw_feed(&path, options)?;
    if let Some(headings) = &raw.headings {
        headings.have(&[&["id"], &["price", "availability"]]).map_err(|broken| not_readable(&path, broken))?;
    }
    Ok(checked(raw.rows, &raw.fields, &file_name(feed), |raw| raw.change(options.currency.as_deref())))
}

impl Feed {
    /// What the feed's file calls one of Google's attributes.
    #[must_use]
    pub fn field(&self, attribute: &'static str) -> &'static str {
        self.fields.get(attribute).copied().unwrap_or(attribute)
    }
}

fn not_readable(path: &Path, (line, reason): Broken) -> FeedError {
    FeedError::Format { path: path.to_owned(), line, reason }
}

fn raw_feed(path: &Path, options: &FeedOptions) -> Result<RawFeed, FeedError> {
    let bytes = bytes_of(path)?;
    let broken = |broken| not_readable(path, broken);
    let text = text::decode(&bytes).map_err(broken)?;
    let text = text.as_ref();
    let format = match options.format {
        Some(format) => format,
        None => Format::of(path, text).map_err(broken)?,
    };
    let rows = match format {
        Format::JsonLines => Ok(RawFeed { rows: json_lines::rows(text), ..RawFeed::default() }),
        Format::GoogleXml => google_xml::rows(text).map(|rows| RawFeed { rows, ..RawFeed::default() }),
        Format::GoogleTable => google_table::rows(text, '\t'),
        Format::GoogleCsv => google_table::rows(text, Table::separator_of(text)),
        Format::Shopify => shopify::rows(text, options),
    };
    rows.map_err(broken)
}

/// What `check` makes of each row, and a problem for each that it refuses.
fn checked<T>(
    raw: RawList,
    fields: &FieldNames,
    file: &str,
    mut check: impl FnMut(&RawRow) -> Result<T, Fault>,
) -> (Vec<T>, Vec<RowProblem>) {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for raw in raw {
        match raw.and_then(|raw| check(&raw).map_err(|fault| (raw.line, fault))) {
            Ok(row) => rows.push(row),
            Err((line, (field, reason))) => {
                let field = fields.get(field).copied().unwrap_or(field);
                problems.push(RowProblem { file: file.to_owned(), line, field, reason });
            }
        }
    }
    (rows, problems)
}

fn file_of(feed: &Path) -> PathBuf {
    if feed.is_dir() { feed.join(PRODUCTS_FILE) } else { feed.to_owned() }
}

/// Where pictures' paths lead from: the parent of `feed.jsonl` is empty, which no system finds.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name of a feed's file, as problems have it.
pub(super) fn file_name(feed: &Path) -> String {
    file_of(feed).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, FeedError> {
    let failed = |source| FeedError::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_FEED_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FEED_BYTES {
        return Err(FeedError::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

impl Format {
    /// All formats by the names of the command line.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("jsonl", Self::JsonLines),
        ("google-xml", Self::GoogleXml),
        ("google-tsv", Self::GoogleTable),
        ("google-csv", Self::GoogleCsv),
        ("shopify-csv", Self::Shopify),
    ];

    /// By the file's name, or else its first letter; of a CSV by its headings.
    fn of(path: &Path, text: &str) -> Result<Self, Broken> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        match ending.as_str() {
            "jsonl" | "ndjson" => Ok(Self::JsonLines),
            "xml" | "rss" | "atom" => Ok(Self::GoogleXml),
            "tsv" | "txt" => Ok(Self::GoogleTable),
            "csv" => Self::of_csv(text),
            _ => match text.trim_start().chars().next() {
                Some('{') => Ok(Self::JsonLines),
                Some('<') => Ok(Self::GoogleXml),
                _ => {
                    let expected = "a file that ends with .jsonl, .xml, .tsv, .txt or .csv, or a --format";
                    Err((1, format!("expected {expected}")))
                }
            },
        }
    }

    fn of_csv(text: &str) -> Result<Self, Broken> {
        let table = Table::new(text, Table::separator_of(text));
        let has = |name: &str| table.headings.iter().any(|heading| attribute(heading) == name);
        if has("handle") || has("url_handle") {
            return Ok(Self::Shopify);
        }
        if has("id") {
            return Ok(Self::GoogleCsv);
        }
        let received: String = table.headings.join(", ").chars().take(80).collect();
        let expected = "the headings id, title, image_link, … (Google's, Meta's) or Handle, Title, … (Shopify's)";
        Err((table.heading_line, format!("expected {expected}, got {received:?}")))
    }
}

/// A currency's code as the options have it, in large letters.
///
/// # Errors
/// When it is none.
pub fn currency(code: &str) -> Result<String, String> {
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(code.to_ascii_uppercase())
    } else {
        Err(format!("expected three letters, such as EUR, got {code:?}"))
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(name, _)| name).join(", ");
        known.map(|(_, format)| *format).ok_or_else(|| format!("expected one of {names}, got {name:?}"))
    }
}

#[cfg(test)]
mod tests;
