//! A shop's feed. In: a file, or a folder with `products.jsonl`. Out: [`FeedRow`]s, and a [`RowProblem`] for each row that is
//! none.
//!
//! Four formats: JSON Lines with fields named as Google's attributes and `category` beside them; Google Merchant's product
//! feed as XML (RSS 2.0 or Atom) and as tab-separated text; Shopify's product export as CSV. Each becomes rows of named
//! texts, which are checked alike.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use stl_shared::wire::Availability;
use stl_shared::{Category, Price};

use self::row::{Fault, RawRow};
use super::Sale;

mod google_table;
mod google_xml;
mod json_lines;
mod row;
mod shopify;

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
}

/// Another price or availability of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The shop's own id.
    pub id: String,
    /// What it costs from now on, and for what time less.
    pub price: Option<(Price, Option<Sale>)>,
    /// Whether it can be bought from now on.
    pub availability: Option<Availability>,
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

/// Why a row was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Name of the file.
    pub file: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// The field at fault.
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
    /// Shopify's export of products.
    Shopify,
}

/// What a feed does not say of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedOptions {
    /// How it is written, if its name and first bytes should not decide.
    pub format: Option<Format>,
    /// The currency (ISO 4217) of prices without one, as Shopify's.
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
pub type Rows = (Vec<FeedRow>, Vec<RowProblem>);

/// A line that cannot be read, and why; what comes after it cannot be read either.
type Broken = (usize, String);

/// What a format makes of a file: rows, or the fault of a line that is none.
type RawList = Vec<Result<RawRow, (usize, Fault)>>;

/// Rows, or the line after which there are none.
type RawRows = Result<RawList, Broken>;

/// Reads all rows of a feed.
///
/// # Errors
/// When there is no such file, or its format is broken as a whole.
pub fn read(feed: &Path, options: &FeedOptions) -> Result<Rows, FeedError> {
    let path = file_of(feed);
    let folder = path.parent().unwrap_or(Path::new("."));
    let raw = raw_rows(&path, options)?;
    let mut ids = HashSet::new();
    Ok(checked(raw, &file_name(feed), |raw| {
        let row = raw.checked(folder)?;
        if ids.insert(row.id.clone()) {
            Ok(row)
        } else {
            Err(("id", format!("expected an id that no earlier row has, got {:?}", row.id)))
        }
    }))
}

/// Reads prices and availabilities: a feed of which each row needs an id and one of both only.
///
/// # Errors
/// As for [`read`].
pub fn read_changes(feed: &Path, options: &FeedOptions) -> Result<(Vec<Change>, Vec<RowProblem>), FeedError> {
    Ok(checked(raw_rows(&file_of(feed), options)?, &file_name(feed), RawRow::change))
}

fn raw_rows(path: &Path, options: &FeedOptions) -> Result<RawList, FeedError> {
    let bytes = bytes_of(path)?;
    let broken = |(line, reason): Broken| FeedError::Format { path: path.to_owned(), line, reason };
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes)).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
        broken((line, "expected UTF-8".to_owned()))
    })?;
    let format = options.format.or_else(|| Format::of(path, text)).ok_or_else(|| {
        let expected = "a file that ends with .jsonl, .xml, .tsv, .txt or .csv, or a --format";
        broken((1, format!("expected {expected}")))
    })?;
    let rows = match format {
        Format::JsonLines => Ok(json_lines::rows(text)),
        Format::GoogleXml => google_xml::rows(text),
        Format::GoogleTable => google_table::rows(text),
        Format::Shopify => shopify::rows(text, options),
    };
    rows.map_err(broken)
}

/// What `check` makes of each row, and a problem for each that it refuses.
fn checked<T>(
    raw: RawList,
    file: &str,
    mut check: impl FnMut(&RawRow) -> Result<T, Fault>,
) -> (Vec<T>, Vec<RowProblem>) {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for raw in raw {
        match raw.and_then(|raw| check(&raw).map_err(|fault| (raw.line, fault))) {
            Ok(row) => rows.push(row),
            Err((line, (field, reason))) => problems.push(RowProblem { file: file.to_owned(), line, field, reason }),
        }
    }
    (rows, problems)
}

fn file_of(feed: &Path) -> PathBuf {
    if feed.is_dir() { feed.join(PRODUCTS_FILE) } else { feed.to_owned() }
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
    pub const NAMES: [(&'static str, Self); 4] = [
        ("jsonl", Self::JsonLines),
        ("google-xml", Self::GoogleXml),
        ("google-tsv", Self::GoogleTable),
        ("shopify-csv", Self::Shopify),
    ];

    /// By the file's name, or else its first letter.
    fn of(path: &Path, text: &str) -> Option<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        match ending.as_str() {
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "xml" | "rss" | "atom" => Some(Self::GoogleXml),
            "tsv" | "txt" => Some(Self::GoogleTable),
            "csv" => Some(Self::Shopify),
            _ => match text.trim_start().chars().next()? {
                '{' => Some(Self::JsonLines),
                '<' => Some(Self::GoogleXml),
                _ => None,
            },
        }
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
mod tests {
    use super::*;

    fn feed(lines: &[&str]) -> (tempfile::TempDir, Vec<FeedRow>, Vec<RowProblem>) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.png"), b"").expect("written");
        std::fs::write(folder.path().join(PRODUCTS_FILE), lines.join("\n")).expect("written");
        let (rows, problems) = read(folder.path(), &FeedOptions::default()).expect("a feed");
        (folder, rows, problems)
    }

    const GOOD: &str = r#"{"id": 17, "title": "Linen shirt", "link": "https://shop.example/17", "image_link": "a.png",
        "price": "19.95 EUR", "availability": "in stock"}"#;

    #[test]
    fn a_line_becomes_a_row_with_its_category_guessed() {
        let (_folder, rows, problems) = feed(&["", &GOOD.replace('\n', " ")]);
        assert_eq!(problems, []);
        assert_eq!((rows[0].line, rows[0].id.as_str(), rows[0].category), (2, "17", Some(Category::Shirts)));
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
            &good.replace("17,", "23,").replace("Linen shirt", "Rain coat"),
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

    fn read_text(name: &str, text: &str, options: &FeedOptions) -> Result<Rows, FeedError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        read(&path, options)
    }

    /// As Google's own examples are written: a namespace, CDATA, entities, nested prices, a plain and a `g:` title.
    const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
  <channel>
    <title>A shop</title><link>https://shop.example</link>
    <item>
      <title>not this one</title>
      <g:title>Wickelkleid &quot;Anna&quot; &amp; G&#252;te</g:title>
      <g:id>sku 1</g:id>
      <g:description><![CDATA[<p>Viscose &amp; silk</p>]]></g:description>
      <link>https://shop.example/p/1?a=1&amp;b=2</link>
      <g:image_link>https://cdn.example/1.jpg</g:image_link>
      <g:additional_image_link>https://cdn.example/1b.jpg</g:additional_image_link>
      <g:shipping><g:country>DE</g:country><g:price>4.95 EUR</g:price></g:shipping>
      <g:price>89.95 EUR</g:price><g:sale_price>59.95 EUR</g:sale_price>
      <g:availability>in stock</g:availability>
      <g:google_product_category>2271</g:google_product_category>
      <g:brand>Example</g:brand><g:color>Navy/White</g:color><g:gender>female</g:gender>
    </item>
    <item>
      <g:id>sku 2</g:id><title>Boots</title><link>https://shop.example/p/2</link>
      <g:image_link>https://cdn.example/2.jpg</g:image_link><g:price>9 EUR</g:price>
      <g:availability>preorder</g:availability>
    </item>
  </channel>
</rss>"#;

    #[test]
    fn googles_xml_is_read_item_by_item() {
        let (rows, problems) = read_text("feed.xml", RSS, &FeedOptions::default()).expect("a feed");
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.line, row.id.as_str(), row.category), (5, "sku 1", Some(Category::Dresses)));
        assert_eq!(row.title, "Wickelkleid \"Anna\" & Güte");
        assert_eq!(row.link, "https://shop.example/p/1?a=1&b=2");
        assert_eq!((row.price.amount_minor, row.description.as_str()), (8995, "Viscose & silk"));
        assert_eq!(row.sale, Some(Sale { amount_minor: 5995, from: None, until: None }));
        assert_eq!(row.picture, PictureSource::Address("https://cdn.example/1.jpg".to_owned()));
        let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
        assert_eq!(found, [(19, "category")]);
        assert!(problems[0].to_string().starts_with("feed.xml:19: category: expected"), "{}", problems[0]);
    }

    #[test]
    fn an_atom_feed_has_its_links_in_attributes() {
        let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>A shop</title>
            <entry><g:id>7</g:id><title>Leinenhemd</title><summary>Weit</summary>
            <link href="https://shop.example/7?x=1&amp;y=2" rel="alternate"/><g:image_link>https://cdn.example/7.png</g:image_link>
            <g:price>1299.00 JPY</g:price><g:availability>backorder</g:availability></entry></feed>"#;
        let (rows, problems) = read_text("feed", atom, &FeedOptions::default()).expect("a feed");
        assert_eq!((rows.len(), problems.len()), (0, 1), "a yen has no cents: {problems:?}");
        let (rows, _) = read_text("feed", &atom.replace("1299.00", "1299"), &FeedOptions::default()).expect("a feed");
        assert_eq!(
            (rows[0].link.as_str(), rows[0].category),
            ("https://shop.example/7?x=1&y=2", Some(Category::Shirts))
        );
        assert_eq!((rows[0].description.as_str(), rows[0].price.amount_minor), ("Weit", 1299));
    }

    #[test]
    fn a_broken_file_is_refused_whole_with_its_line() {
        for (name, text, expected) in [
            ("feed.xml", RSS.split_once("<g:shipping>").expect("its middle").0, "the end of the file"),
            ("feed.xml", &RSS[..RSS.len() / 2], "expected XML"),
            ("feed.xml", "<rss><channel></wrong></rss>", "expected XML"),
            ("feed.xml", "<html><body/></html>", "expected items"),
            ("feed.tsv", "id,title\n1,2", "tab-separated"),
            ("feed.csv", "id,title\n1,2", "--currency"),
            ("feed", "id,title\n1,2", "--format"),
        ] {
            let error = read_text(name, text, &FeedOptions::default()).expect_err("no feed").to_string();
            assert!(error.contains(expected) && error.contains(name), "{error}");
        }
        let error = read_text("feed.jsonl", "", &FeedOptions::default()).expect("an empty feed");
        assert_eq!(error, (vec![], vec![]));
    }

    #[test]
    fn googles_table_is_read_by_its_headings() {
        let table = "id\ttitle\tlink\timage link\tprice\tavailability\tproduct type\n\
            1\t15\" Jeans, \"slim\"\thttps://shop.example/1\thttps://cdn.example/1.jpg\t49.95 USD\tin_stock\tMen > Jeans\n\
            \n\
            2\tJeans\tshop.example/2\thttps://cdn.example/2.jpg\t49.95 USD\tin_stock\n\
            3\tJeans\thttps://shop.example/3\thttps://cdn.example/3.jpg\t49.95 USD\tin_stock\tJeans\tmore\n";
        let (rows, problems) = read_text("feed.txt", table, &FeedOptions::default()).expect("a feed");
        assert_eq!(
            (rows.len(), rows[0].title.as_str(), rows[0].category),
            (1, "15\" Jeans, \"slim\"", Some(Category::Trousers))
        );
        let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
        assert_eq!(found, [(4, "link"), (5, "line")]);
    }

    #[test]
    fn a_shopify_product_is_all_lines_of_its_handle() {
        let old = "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant Inventory Qty,\
            Variant Inventory Policy,Variant Price,Image Src,Image Position,Status\n\
            linen-shirt,Linen shirt,\"<p>Soft,\nwide</p>\",Example,Shirts,true,Color,White,0,deny,39.95,https://cdn.example/b.jpg,2,active\n\
            linen-shirt,,,,,,,Sand,3,deny,34.95,https://cdn.example/a.jpg,1,\n\
            linen-shirt,,,,,,,,,,,https://cdn.example/c.jpg,3,\n\
            draft-skirt,Skirt,,Example,Skirts,true,,,1,deny,10,https://cdn.example/d.jpg,1,draft\n\
            odd-top,Top,,Example,Tops,true,,,1,deny,ten,https://cdn.example/e.jpg,1,active\n";
        let options = FeedOptions {
            currency: Some("EUR".to_owned()),
            shop_url: Some("https://shop.example/".to_owned()),
            ..FeedOptions::default()
        };
        let (rows, problems) = read_text("products.csv", old, &options).expect("a feed");
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.id.as_str(), row.link.as_str()), ("linen-shirt", "https://shop.example/products/linen-shirt"));
        assert_eq!((row.price.amount_minor, row.availability), (3495, Availability::InStock));
        assert_eq!((row.color.as_str(), row.brand.as_str()), ("White/Sand", "Example"));
        assert_eq!(row.picture, PictureSource::Address("https://cdn.example/a.jpg".to_owned()));
        assert_eq!((row.description.as_str(), row.category), ("Soft, wide", Some(Category::Shirts)));
        let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
        assert_eq!(found, [(7, "price")]);

        let new = "Title,URL handle,Description,Vendor,Type,Published on online store,Status,Option1 name,Option1 value,\
            Price,Inventory quantity,Continue selling when out of stock,Product image URL,Image position\n\
            Wide trousers,wide-trousers,,Example,Trousers,TRUE,Active,Size,M,59,0,DENY,https://cdn.example/f.jpg,1\n";
        let (rows, problems) = read_text("products.csv", new, &options).expect("a feed");
        assert_eq!(problems, []);
        assert_eq!((rows[0].availability, rows[0].color.as_str()), (Availability::OutOfStock, ""));
    }
}
