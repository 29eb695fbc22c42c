//! A row of any feed is checked. In: a [`RawRow`] of named texts. Out: a [`FeedRow`] or a [`Change`], or its [`RowFault`].
//!
//! A fault in a field that every product needs leaves the product out. A fault in an optional field drops the field, and the product
//! stays.

use std::path::{Component, Path};

use stl_types::wire::Availability;
use stl_types::{Category, Price};

use super::entities::{without_entities, without_markup};
use super::fault::RowFault;
use super::headings::{CATEGORY_PREDICTED, SALE_PERIOD};
use super::raw::RawRow;
use super::row::{Change, FeedRow, PictureSource, SaleChange};
use crate::catalogue::address::{all_of_list, first_of_list, looks_like_address, web_address};
use crate::catalogue::guess::{self, Guess};
use crate::catalogue::sale::Sale;

/// Characters of an id; Google allows 50.
const MAX_ID_CHARS: usize = 200;
/// Characters of any other text; Google's longest, the description, has 5000.
const MAX_TEXT_CHARS: usize = 10_000;
/// Characters of a description before its markup is removed. Page builders write a hundred of them for a word.
const MAX_MARKUP_CHARS: usize = 400_000;
/// Characters of a text that a message repeats: enough to find the row.
const SHOWN_CHARS: usize = 80;

/// Words for the three genders in feeds of other languages, and for people.
const GENDER_WORDS: [(&str, &[&str]); 3] = [
    (
        "female",
        &[
            "women", "woman", "womens", "ladies", "damen", "frauen", "weiblich", "femme", "femmes", "féminin", "donna",
            "mujer", "dames",
        ],
    ),
    (
        "male",
        &[
            "men",
            "man",
            "mens",
            "herren",
            "männer",
            "männlich",
            "homme",
            "hommes",
            "masculin",
            "uomo",
            "hombre",
            "heren",
        ],
    ),
    ("unisex", &["all genders", "neutral", "mixte"]),
];

impl RawRow {
    /// Checks every field. Relative paths of pictures lead from `folder`; `currency` is that of prices without one. Faults of
    /// optional fields, which are dropped, come beside the row.
    pub(super) fn checked(&self, folder: &Path, currency: Option<&str>) -> Result<(FeedRow, Vec<RowFault>), RowFault> {
        let mut dropped = self.dropped.clone();
        let id = self.id()?;
        let title = without_entities(self.required("title")?);
        let link = self.required("link")?;
        let link = web_address(&link).map_err(|error| RowFault::Link { error, received: shortened(&link) })?;
        let picture = picture_source(&self.required("image_link")?, folder)?;
        let further_pictures = self.further_pictures(&picture, folder, &mut dropped);
        let price = regular_price(&self.required("price")?, currency)?;
        let sale = self.sale(&price).unwrap_or_else(|fault| dropping(&mut dropped, fault));
        let availability = availability(&self.required("availability")?)?;
        let product_type = self.words("product_type", &mut dropped);
        let category = self.category(&product_type, &title, &mut dropped)?;
        // A category that is derived or predicted now is marked later.
        let category_predicted = category.is_some() && self.boolean(CATEGORY_PREDICTED, &mut dropped);
        let row = FeedRow {
            line: self.line,
            id,
            title,
            description: self.description(&mut dropped),
            link: link.into(),
            picture,
            further_pictures,
            price,
            sale,
            availability,
            brand: self.words("brand", &mut dropped),
            color: self.words("color", &mut dropped),
            gender: gender(&self.optional("gender", &mut dropped))
                .unwrap_or_else(|fault| dropping(&mut dropped, fault)),
            product_type,
            category,
            category_predicted,
        };
        Ok((row, dropped))
    }

    /// Checks a change: the id, and at least one of price, with its sale, and availability. Nothing is dropped: the product stays as
    /// it is.
    pub(super) fn change(&self, currency: Option<&str>) -> Result<Change, RowFault> {
        let (price, sale) = if self.fields.contains_key("price") {
            let price = regular_price(&self.required("price")?, currency)?;
            let sale = match self.sale(&price) {
                Ok(Some(sale)) => SaleChange::Begin(sale),
                Ok(None) => SaleChange::Keep,
                Err(RowFault::NoSale) => SaleChange::End,
                Err(fault) => return Err(fault),
            };
            (Some(price), sale)
        } else if self.fields.contains_key("sale_price") {
            return Err(RowFault::SaleWithoutPrice);
        } else {
            (None, SaleChange::Keep)
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

    fn id(&self) -> Result<String, RowFault> {
        let id = self.required("id")?;
        if id.chars().count() > MAX_ID_CHARS || id.chars().any(char::is_control) {
            return Err(RowFault::Id { limit_chars: MAX_ID_CHARS, received: shortened(&id) });
        }
        Ok(id)
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

    /// A text, empty if the row has none or a faulty one.
    fn optional(&self, field: &'static str, dropped: &mut Vec<RowFault>) -> String {
        self.text(field).unwrap_or_else(|fault| dropping(dropped, fault))
    }

    /// The same with letters for HTML entities.
    fn words(&self, field: &'static str, dropped: &mut Vec<RowFault>) -> String {
        without_entities(self.optional(field, dropped))
    }

    /// The description without its markup, cut if it is too long even so.
    fn description(&self, dropped: &mut Vec<RowFault>) -> String {
        let Some(text) = self.fields.get("description") else { return String::new() };
        let end = text.char_indices().nth(MAX_MARKUP_CHARS).map_or(text.len(), |(end, _)| end);
        let text = without_markup(text[..end].to_owned());
        let Some((end, _)) = text.char_indices().nth(MAX_TEXT_CHARS) else { return text };
        let received_chars = text.chars().count();
        dropped.push(RowFault::TooLong { field: "description", limit_chars: MAX_TEXT_CHARS, received_chars });
        text[..end].trim_end().to_owned()
    }

    /// False if the row has none.
    fn boolean(&self, field: &'static str, dropped: &mut Vec<RowFault>) -> bool {
        match self.optional(field, dropped).as_str() {
            "" | "false" => false,
            "true" => true,
            other => dropping(dropped, RowFault::NotABoolean { field, received: shortened(other) }),
        }
    }

    /// The sale, if there is one.
    fn sale(&self, regular: &Price) -> Result<Option<Sale>, RowFault> {
        let text = self.text("sale_price")?;
        if text.is_empty() {
            return Ok(None);
        }
        let sale = price("sale_price", &text, Some(&regular.currency))?;
        if sale.amount_minor == 0 {
            return Err(RowFault::NoSale);
        }
        if sale.currency != regular.currency {
            return Err(RowFault::SaleCurrency { expected: regular.currency.clone(), received: sale.currency });
        }
        if sale.amount_minor > regular.amount_minor {
            return Err(RowFault::SaleAbove { regular: regular.clone(), received: sale });
        }
        let period = self.text(SALE_PERIOD)?;
        let (from, until) =
            if period.is_empty() { (None, None) } else { Sale::open_period(&period).map_err(RowFault::Period)? };
        Ok(Some(Sale { amount_minor: sale.amount_minor, from, until }))
    }

    /// The pictures beside the title picture: the rest of its list, then the further ones. A faulty one is dropped.
    fn further_pictures(
        &self,
        title: &PictureSource,
        folder: &Path,
        dropped: &mut Vec<RowFault>,
    ) -> Vec<PictureSource> {
        let titles = self.fields.get("image_link").map_or("", String::as_str);
        let texts = all_of_list(titles).skip(1).chain(self.further_pictures.iter().flat_map(|text| all_of_list(text)));
        let (mut pictures, mut faults) = (Vec::new(), 0);
        for text in texts.filter(|text| !text.is_empty()) {
            match picture_source(text, folder) {
                Ok(picture) => {
                    if !FeedRow::add_further(&mut pictures, title, picture) {
                        dropped.push(RowFault::TooManyPictures);
                        break;
                    }
                }
                Err(fault) => {
                    dropped.push(RowFault::FurtherPicture { reason: fault.to_string() });
                    faults += 1;
                    if faults == FeedRow::MAX_FURTHER_PICTURES {
                        break;
                    }
                }
            }
        }
        pictures
    }

    /// The category that the row gives, or that its words name.
    fn category(
        &self,
        product_type: &str,
        title: &str,
        dropped: &mut Vec<RowFault>,
    ) -> Result<Option<Category>, RowFault> {
        let google_category = self.words("google_product_category", dropped);
        let given = self.optional("category", dropped);
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

/// Notes the fault of an optional field, whose value is then the empty one.
fn dropping<T: Default>(dropped: &mut Vec<RowFault>, fault: RowFault) -> T {
    dropped.push(fault);
    T::default()
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

/// `female`, `male` or `unisex` if the words mean one of them; empty without a word. Women and men are unisex.
fn gender(text: &str) -> Result<String, RowFault> {
    let mut found = "";
    for word in text.to_lowercase().split([',', ';', '/', '|']).map(str::trim).filter(|word| !word.is_empty()) {
        let bare = word.replace(['\'', '’'], "");
        let known = GENDER_WORDS.iter().find(|(gender, words)| *gender == bare || words.contains(&bare.as_str()));
        let Some((gender, _)) = known else { return Err(RowFault::Gender { received: shortened(text) }) };
        found = if found.is_empty() || found == *gender { gender } else { "unisex" };
    }
    Ok(found.to_owned())
}

fn price(field: &'static str, text: &str, currency: Option<&str>) -> Result<Price, RowFault> {
    let price = Price::parse(text, currency).map_err(|error| RowFault::Price { field, error })?;
    // The database's integers are signed.
    if i64::try_from(price.amount_minor).is_err() {
        return Err(RowFault::PriceTooLarge { field, received: text.to_owned() });
    }
    Ok(price)
}

fn regular_price(text: &str, currency: Option<&str>) -> Result<Price, RowFault> {
    let price = price("price", text, currency)?;
    if price.amount_minor == 0 {
        return Err(RowFault::PriceZero { field: "price", received: text.to_owned() });
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
    if looks_like_address(text) {
        let mut address = web_address(first_of_list(text))
            .map_err(|error| RowFault::PictureAddress { error, received: shortened(text) })?;
        // Never sent; without it, one picture has one address.
        address.set_fragment(None);
        return Ok(PictureSource::Address(address.into()));
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
