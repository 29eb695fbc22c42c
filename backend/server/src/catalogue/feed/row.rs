//! A row of any feed becomes a product, or says what is wrong. In: named texts. Out: a [`FeedRow`].

use std::collections::HashMap;
use std::path::{Component, Path};

use nanohtml2text::html2text;
use quick_xml::escape::resolve_html5_entity;
use stl_types::Price;
use stl_types::wire::Availability;

use super::{Change, FeedRow, PictureSource};
use crate::catalogue::Sale;
use crate::catalogue::guess::{self, Guess};

/// Characters of an id; Google allows 50.
const MAX_ID_CHARS: usize = 200;
/// Characters of any other text; Google's longest, the description, has 5000.
const MAX_TEXT_CHARS: usize = 10_000;

/// Google's attribute for the time of a sale.
const PERIOD: &str = "sale_price_effective_date";

/// Whether the category beside it was told from the picture.
pub(super) const PREDICTED: &str = "category_predicted";

/// A row as its format has it: texts by the names of Google's attributes, trimmed, none of them empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RawRow {
    /// Line in the file on which it begins, from 1.
    pub(super) line: usize,
    pub(super) fields: HashMap<String, String>,
}

/// The field at fault; what was expected and what received.
pub(super) type Fault = (&'static str, String);

impl RawRow {
    /// A row without fields.
    pub(super) fn at(line: usize) -> Self {
        Self { line, fields: HashMap::new() }
    }

    /// Adds a field; the first of a name counts, an empty one does not.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.fields.entry(name.to_owned()).or_insert_with(|| text.to_owned());
        }
    }

    /// A text, empty where there is none.
    fn text(&self, field: &'static str) -> Result<String, Fault> {
        let text = self.fields.get(field).cloned().unwrap_or_default();
        let received = text.chars().count();
        if received > MAX_TEXT_CHARS {
            return Err((field, format!("expected at most {MAX_TEXT_CHARS} characters, got {received}")));
        }
        Ok(text)
    }

    fn required(&self, field: &'static str) -> Result<String, Fault> {
        match self.text(field)? {
            text if text.is_empty() => Err((field, "expected a text, got none".to_owned())),
            text => Ok(text),
        }
    }

    /// A text whose HTML entities are letters, empty where there is none.
    fn words(&self, field: &'static str) -> Result<String, Fault> {
        self.text(field).map(without_entities)
    }

    /// Checks every field. Pictures' paths lead from `folder`; `currency` is that of prices without one.
    pub(super) fn checked(&self, folder: &Path, currency: Option<&str>) -> Result<FeedRow, Fault> {
        let id = self.required("id")?;
        if id.chars().count() > MAX_ID_CHARS || id.chars().any(char::is_control) {
            let reason = format!("expected at most {MAX_ID_CHARS} printable characters, got {:?}", shortened(&id));
            return Err(("id", reason));
        }
        let title = without_entities(self.required("title")?);
        let link = self.required("link")?;
        if !is_web_address(&link) {
            return Err(("link", format!("expected an http or https address, got {:?}", shortened(&link))));
        }
        let picture = picture_source(&self.required("image_link")?, folder).map_err(|reason| ("image_link", reason))?;
        let (price, sale) = self.price(currency)?;
        let availability = availability(&self.required("availability")?)?;
        let product_type = self.words("product_type")?;
        let google_category = self.words("google_product_category")?;
        let category = match self.text("category")? {
            name if !name.is_empty() => {
                Some(name.parse().map_err(|error: stl_types::UnknownCategory| ("category", error.to_string()))?)
            }
            _ => match guess::category(&google_category, &product_type, &title) {
                Guess::Of(category) => Some(category),
                Guess::Silent => None,
                Guess::Other => {
                    let words = [google_category.as_str(), &product_type, &title];
                    let words: Vec<_> = words.into_iter().filter(|words| !words.is_empty()).collect();
                    let words = shortened(&words.join(" · "));
                    return Err((
                        "category",
                        format!("expected one of the eight, got {words:?}, which speaks of another"),
                    ));
                }
            },
        };
        // Without a category it is told anew.
        let category_predicted = category.is_some()
            && match self.text(PREDICTED)?.as_str() {
                "" | "false" => false,
                "true" => true,
                other => return Err((PREDICTED, format!("expected true or false, got {:?}", shortened(other)))),
            };
        let description = self.text("description")?;
        let is_html = description.contains('<') || description.contains('&');
        Ok(FeedRow {
            line: self.line,
            id,
            title,
            description: if is_html { html2text(&description).trim().to_owned() } else { description },
            link,
            picture,
            price,
            sale,
            availability,
            brand: self.words("brand")?,
            color: self.words("color")?,
            gender: self.text("gender")?.to_lowercase(),
            product_type,
            category,
            category_predicted,
        })
    }

    /// What sizes and colours of one product share.
    pub(super) fn group(&self) -> Option<String> {
        self.fields.get("item_group_id").cloned()
    }

    /// What changes: the id, and at least one of price, with its sale, and availability.
    pub(super) fn change(&self, currency: Option<&str>) -> Result<Change, Fault> {
        let (price, sale) = if self.fields.contains_key("price") {
            let (price, sale) = self.price(currency)?;
            (Some(price), sale)
        } else if self.fields.contains_key("sale_price") {
            return Err(("sale_price", "expected the regular price beside it, got none".to_owned()));
        } else {
            (None, None)
        };
        let availability = match self.text("availability")? {
            text if text.is_empty() => None,
            text => Some(availability(&text)?),
        };
        if price.is_none() && availability.is_none() {
            return Err(("price", "expected a price or an availability, got neither".to_owned()));
        }
        Ok(Change { id: self.required("id")?, price, sale, availability })
    }

    /// What the article costs, and for what time less.
    fn price(&self, currency: Option<&str>) -> Result<(Price, Option<Sale>), Fault> {
        let regular = price("price", &self.required("price")?, currency)?;
        let sale = self.text("sale_price")?;
        if sale.is_empty() {
            return Ok((regular, None));
        }
        let sale = price("sale_price", &sale, currency)?;
        if sale.currency != regular.currency {
            let (expected, received) = (&regular.currency, &sale.currency);
            return Err(("sale_price", format!("expected the price's currency, {expected}, got {received}")));
        }
        let period = self.text(PERIOD)?;
        let (from, until) = if period.is_empty() {
            (None, None)
        } else {
            let (from, until) = Sale::period(&period).map_err(|error| (PERIOD, error.to_string()))?;
            (Some(from), Some(until))
        };
        Ok((regular, Some(Sale { amount_minor: sale.amount_minor, from, until })))
    }
}

pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Other schemes (`javascript:`) would run in the page that shows the link.
fn is_web_address(text: &str) -> bool {
    let has_scheme = ["http://", "https://"].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && text.len() > scheme.len()
    });
    has_scheme && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

fn price(field: &'static str, text: &str, currency: Option<&str>) -> Result<Price, Fault> {
    let price = Price::parse(text, currency).map_err(|error| (field, error.to_string()))?;
    // The database's integers are signed.
    if i64::try_from(price.amount_minor).is_err() {
        return Err((field, format!("expected a price that a shop can ask, got {text:?}")));
    }
    Ok(price)
}

/// Google's words, those of its older feeds and Meta's, and schema.org's addresses.
fn availability(text: &str) -> Result<Availability, Fault> {
    let name = text.rsplit_once("schema.org/").map_or(text, |(_, name)| name);
    match name.to_lowercase().replace([' ', '-', '_'], "").as_str() {
        "instock" | "availablefororder" | "limitedavailability" | "instockonline" | "onlineonly" => {
            Ok(Availability::InStock)
        }
        "outofstock" | "discontinued" | "soldout" => Ok(Availability::OutOfStock),
        "preorder" => Ok(Availability::Preorder),
        "backorder" => Ok(Availability::Backorder),
        _ => {
            let expected = "in_stock, out_of_stock, preorder or backorder";
            Err(("availability", format!("expected {expected}, got {:?}", shortened(text))))
        }
    }
}

/// `&eacute;` and `&#233;` become letters; what is no entity stays, as in *M&S*.
fn without_entities(text: String) -> String {
    if !text.contains('&') {
        return text;
    }
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let entity = after.split_once(';').and_then(|(name, after)| Some((letters(name)?, after)));
        rest = match entity {
            Some((letters, after)) => {
                decoded.push_str(&letters);
                after
            }
            None => {
                decoded.push('&');
                after
            }
        };
    }
    decoded + rest
}

/// The letters that an entity stands for.
fn letters(entity: &str) -> Option<String> {
    let Some(number) = entity.strip_prefix('#') else {
        return resolve_html5_entity(entity).map(str::to_owned);
    };
    let number = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    char::from_u32(number.ok()?).filter(|letter| !letter.is_control()).map(String::from)
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
