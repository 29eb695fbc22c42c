//! A row of any feed is checked. In: a [`RawRow`] of named texts. Out: a [`FeedRow`] or a [`Change`], or its [`RowFault`].

use std::path::{Component, Path};

use stl_types::wire::Availability;
use stl_types::{Category, Price};

use super::entities::{without_entities, without_markup};
use super::fault::RowFault;
use super::headings::{CATEGORY_PREDICTED, SALE_PERIOD};
use super::raw::RawRow;
use super::row::{Change, FeedRow, PictureSource};
use crate::catalogue::guess::{self, Guess};
use crate::catalogue::sale::Sale;

/// Characters of an id; Google allows 50.
const MAX_ID_CHARS: usize = 200;
/// Characters of any other text; Google's longest, the description, has 5000.
const MAX_TEXT_CHARS: usize = 10_000;
/// Characters of a text that a message repeats: enough to find the row.
const SHOWN_CHARS: usize = 80;

impl RawRow {
    /// Checks every field. Relative paths of pictures lead from `folder`; `currency` is that of prices without one.
    pub(super) fn checked(&self, folder: &Path, currency: Option<&str>) -> Result<FeedRow, RowFault> {
        let id = self.required("id")?;
        if id.chars().count() > MAX_ID_CHARS || id.chars().any(char::is_control) {
            return Err(RowFault::Id { limit_chars: MAX_ID_CHARS, received: shortened(&id) });
        }
        let title = without_entities(self.required("title")?);
        let link = self.required("link")?;
        if !is_web_address(&link) {
            return Err(RowFault::Link { received: shortened(&link) });
        }
        let picture = picture_source(&self.required("image_link")?, folder)?;
        let (price, sale) = self.price(currency)?;
        let availability = availability(&self.required("availability")?)?;
        let product_type = self.words("product_type")?;
        let category = self.category(&product_type, &title)?;
        // A category that is derived or predicted now is marked later.
        let category_predicted = category.is_some() && self.boolean(CATEGORY_PREDICTED)?;
        Ok(FeedRow {
            line: self.line,
            id,
            title,
            description: without_markup(self.text("description")?),
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

    /// Checks a change: the id, and at least one of price, with its sale, and availability.
    pub(super) fn change(&self, currency: Option<&str>) -> Result<Change, RowFault> {
        let (price, sale) = if self.fields.contains_key("price") {
            let (price, sale) = self.price(currency)?;
            (Some(price), sale)
        } else if self.fields.contains_key("sale_price") {
            return Err(RowFault::SaleWithoutPrice);
        } else {
            (None, None)
        };
        let availability = match self.text("availability")? {
            text if text.is_empty() => None,
            text => Some(availability(&text)?),
        };
        if price.is_none() && availability.is_none() {
            return Err(RowFault::NothingToChange);
        }
        Ok(Change { id: self.required("id")?, price, sale, availability })
    }

    /// A text, empty if the row has none.
    fn text(&self, field: &'static str) -> Result<String, RowFault> {
        let text = self.fields.get(field).cloned().unwrap_or_default();
        let received_chars = text.chars().count();
        if received_chars > MAX_TEXT_CHARS {
            return Err(RowFault::TooLong { field, limit_chars: MAX_TEXT_CHARS, received_chars });
        }
        Ok(text)
    }

    fn required(&self, field: &'static str) -> Result<String, RowFault> {
        match self.text(field)? {
            text if text.is_empty() => Err(RowFault::Missing { field }),
            text => Ok(text),
        }
    }

    /// A text with letters for HTML entities, empty if the row has none.
    fn words(&self, field: &'static str) -> Result<String, RowFault> {
        self.text(field).map(without_entities)
    }

    /// False if the row has none.
    fn boolean(&self, field: &'static str) -> Result<bool, RowFault> {
        match self.text(field)?.as_str() {
            "" | "false" => Ok(false),
            "true" => Ok(true),
            other => Err(RowFault::NotABoolean { field, received: shortened(other) }),
        }
    }

    /// The regular price, and the sale.
    fn price(&self, currency: Option<&str>) -> Result<(Price, Option<Sale>), RowFault> {
        let regular = price("price", &self.required("price")?, currency)?;
        let sale = self.text("sale_price")?;
        if sale.is_empty() {
            return Ok((regular, None));
        }
        let sale = price("sale_price", &sale, currency)?;
        if sale.currency != regular.currency {
            return Err(RowFault::SaleCurrency { expected: regular.currency, received: sale.currency });
        }
        let period = self.text(SALE_PERIOD)?;
        let (from, until) = if period.is_empty() {
            (None, None)
        } else {
            let (from, until) = Sale::period(&period).map_err(RowFault::Period)?;
            (Some(from), Some(until))
        };
        Ok((regular, Some(Sale { amount_minor: sale.amount_minor, from, until })))
    }

    /// The category that the row gives, or that its words name.
    fn category(&self, product_type: &str, title: &str) -> Result<Option<Category>, RowFault> {
        let google_category = self.words("google_product_category")?;
        let given = self.text("category")?;
        if !given.is_empty() {
            return given.parse().map(Some).map_err(RowFault::Category);
        }
        match guess::category(&google_category, product_type, title) {
            Guess::Supported(category) => Ok(Some(category)),
            Guess::Unknown => Ok(None),
            Guess::Unsupported => {
                let words = [google_category.as_str(), product_type, title];
                let words: Vec<_> = words.into_iter().filter(|words| !words.is_empty()).collect();
                Err(RowFault::UnsupportedCategory { received: shortened(&words.join(" · ")) })
            }
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

/// Other schemes (`javascript:`) would run in the page that shows the link.
fn is_web_address(text: &str) -> bool {
    let has_scheme = ["http://", "https://"].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && text.len() > scheme.len()
    });
    has_scheme && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

fn price(field: &'static str, text: &str, currency: Option<&str>) -> Result<Price, RowFault> {
    let price = Price::parse(text, currency).map_err(|error| RowFault::Price { field, error })?;
    // The database's integers are signed.
    if i64::try_from(price.amount_minor).is_err() {
        return Err(RowFault::PriceTooLarge { field, received: text.to_owned() });
    }
    Ok(price)
}

/// Google's words, those of its older feeds and Meta's, and schema.org's addresses.
fn availability(text: &str) -> Result<Availability, RowFault> {
    let name = text.rsplit_once("schema.org/").map_or(text, |(_, name)| name);
    match name.to_lowercase().replace([' ', '-', '_'], "").as_str() {
        "instock" | "availablefororder" | "limitedavailability" | "instockonline" | "onlineonly" => {
            Ok(Availability::InStock)
        }
        "outofstock" | "discontinued" | "soldout" => Ok(Availability::OutOfStock),
        "preorder" => Ok(Availability::Preorder),
        "backorder" => Ok(Availability::Backorder),
        _ => Err(RowFault::Availability { received: shortened(text) }),
    }
}

/// An address, or a path that may not lead out of the feed's folder, neither by its parts nor by a link on the disk.
fn picture_source(text: &str, folder: &Path) -> Result<PictureSource, RowFault> {
    let refused = |detail| RowFault::PictureSource { received: shortened(text), detail };
    if is_web_address(text) {
        return Ok(PictureSource::Address(text.to_owned()));
    }
    if text.contains("://") {
        return Err(refused(""));
    }
    let relative = Path::new(text);
    if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(refused(""));
    }
    let path = folder.join(relative);
    let found = path
        .canonicalize()
        .map_err(|error| RowFault::NoSuchPicture { received: shortened(text), reason: error.to_string() })?;
    if folder.canonicalize().is_ok_and(|folder| found.starts_with(folder)) {
        Ok(PictureSource::File(path))
    } else {
        Err(refused(", which leads elsewhere"))
    }
}
