//! A row of any feed is checked. In: a [`RawRow`] of named texts. Out: a [`FeedRow`] or a [`Change`], or its [`RowFault`].
//!
//! A fault in a field that every product needs leaves the product out. A fault in an optional field drops the field, and the product
//! stays.

use std::path::{Component, Path};

use stl_types::{Category, Price};

use super::entities::{without_entities, without_markup};
use super::fault::RowFault;
use super::headings::{CATEGORY_PREDICTED, SALE_PERIOD};
use super::offers::{availability, price, regular_price};
use super::options::FeedOptions;
use super::raw::RawRow;
use super::row::{Change, FeedRow, PictureSource, SaleChange};
use super::values::{age_group, gender, shortened};
use super::variants::RowOffer;
use crate::catalogue::address::{all_of_list, first_of_list, looks_like_address, web_address};
use crate::catalogue::categories::{CategoryTally, DecidedBy};
use crate::catalogue::category_table::{CategoryTable, Texts};
use crate::catalogue::guess::{self, Guess};
use crate::catalogue::sale::Sale;

/// Characters of an id; Google allows 50.
const MAX_ID_CHARS: usize = 200;
/// Characters of any other text; Google's longest, the description, has 5000.
const MAX_TEXT_CHARS: usize = 10_000;
/// Characters of a description before its markup is removed. Page builders write a hundred of them for a word.
const MAX_MARKUP_CHARS: usize = 400_000;

impl RawRow {
    /// Checks every field. Relative paths of pictures lead from `folder`. Faults of optional fields, which are dropped, come beside the
    /// row.
    pub(super) fn checked(&self, folder: &Path, options: &FeedOptions) -> Result<(FeedRow, Vec<RowFault>), RowFault> {
        let currency = options.currency.as_deref();
        let mut dropped = self.dropped.clone();
        let id = self.id()?;
        let title = without_entities(self.required("title")?);
        if title.is_empty() {
            return Err(RowFault::Missing { field: "title" });
        }
        let link = self.required("link")?;
        let link = web_address(&link).map_err(|error| RowFault::Link { error, received: shortened(&link) })?;
        let picture = self.picture_source(&self.required("image_link")?, folder)?;
        let further_pictures = self.further_pictures(&picture, folder, &mut dropped);
        let group = self.optional("item_group_id", &mut dropped);
        let listed = self.listed_variants(link.as_str(), currency, &mut dropped)?;
        let (has_all_variants, RowOffer { price, sale, availability }, variants) = match listed {
            Some((variants, currency)) => (true, RowOffer::of(&variants, currency), variants),
            None => {
                let offer = self.offer(currency, &mut dropped)?;
                let named = (id.as_str(), link.as_str());
                let variants = self.own_variants(named, &offer, !group.is_empty(), &mut dropped);
                (false, offer, variants)
            }
        };
        let product_type = self.words("product_type", &mut dropped);
        let google_category = self.words("google_product_category", &mut dropped);
        let texts = Texts { google_category: &google_category, product_type: &product_type, title: &title };
        let (category, decided_by) = self.category(texts, &options.categories, &mut dropped)?;
        // A category that is derived or predicted now is marked later.
        let category_predicted = category.is_some() && self.boolean(CATEGORY_PREDICTED, &mut dropped);
        let title = if group.is_empty() { title } else { self.without_size(&title).to_owned() };
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
            group,
            variants,
            has_all_variants,
            brand: self.words("brand", &mut dropped),
            color: self.words("color", &mut dropped),
            gender: gender(&self.optional("gender", &mut dropped))
                .unwrap_or_else(|fault| dropping(&mut dropped, fault)),
            age_group: age_group(&self.optional("age_group", &mut dropped))
                .unwrap_or_else(|fault| dropping(&mut dropped, fault)),
            material: self.words("material", &mut dropped),
            pattern: self.words("pattern", &mut dropped),
            labels: self.labels(&options.kept, &mut dropped),
            product_type,
            google_category,
            category,
            decided_by,
            category_predicted,
        };
        Ok((row, dropped))
    }

    /// Checks the changes of a row: those of each size that it lists, as an export does; else that of its own id.
    pub(super) fn changes(&self, currency: Option<&str>) -> Result<Vec<Change>, RowFault> {
        if self.variants.is_empty() {
            return Ok(vec![self.change(currency)?]);
        }
        let of_size = |size: &Self| {
            let mut size = size.clone();
            for name in ["price", "availability"] {
                // The first of a name counts.
                size.add(name, self.get(name));
            }
            if size.get("id").is_empty() { Err(RowFault::VariantWithoutId) } else { size.change(currency) }
        };
        self.variants.iter().map(of_size).collect()
    }

    /// Checks a change: the id, and at least one of price, with its sale, and availability. Nothing is dropped: the product stays as
    /// it is.
    fn change(&self, currency: Option<&str>) -> Result<Change, RowFault> {
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

    /// The row's own price, sale and availability.
    fn offer(&self, currency: Option<&str>, dropped: &mut Vec<RowFault>) -> Result<RowOffer, RowFault> {
        let price = regular_price(&self.required("price")?, currency)?;
        let sale = self.sale(&price).unwrap_or_else(|fault| dropping(dropped, fault));
        Ok(RowOffer { price, sale, availability: availability(&self.required("availability")?)? })
    }

    pub(super) fn id(&self) -> Result<String, RowFault> {
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

    pub(super) fn required(&self, field: &'static str) -> Result<String, RowFault> {
        match self.text(field)? {
            text if text.is_empty() => Err(RowFault::Missing { field }),
            text => Ok(text),
        }
    }

    /// A text, empty if the row has none or a faulty one.
    pub(super) fn optional(&self, field: &'static str, dropped: &mut Vec<RowFault>) -> String {
        self.text(field).unwrap_or_else(|fault| dropping(dropped, fault))
    }

    /// The same with letters for HTML entities.
    pub(super) fn words(&self, field: &'static str, dropped: &mut Vec<RowFault>) -> String {
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
    pub(super) fn sale(&self, regular: &Price) -> Result<Option<Sale>, RowFault> {
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
            match self.picture_source(text, folder) {
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

    /// The category that the row gives, or that the shop's table or its words name, and what decided. If nothing did, the picture will.
    fn category(
        &self,
        texts: Texts<'_>,
        table: &CategoryTable,
        dropped: &mut Vec<RowFault>,
    ) -> Result<(Option<Category>, DecidedBy), RowFault> {
        let given = self.optional("category", dropped);
        if !given.is_empty() {
            let given = given.parse().map_err(RowFault::Category)?;
            return Ok((Some(given), DecidedBy::Feed));
        }
        if let Some(line) = table.line_of(texts) {
            let unwanted = || RowFault::Unwanted { pattern: line.text.clone() };
            return Ok((Some(line.category.ok_or_else(unwanted)?), DecidedBy::line(line)));
        }
        let Texts { google_category, product_type, title } = texts;
        match guess::category(google_category, product_type, title) {
            Guess::Supported(category) => Ok((Some(category), DecidedBy::Words)),
            Guess::Unknown => Ok((None, DecidedBy::Picture)),
            Guess::Unsupported => {
                let words = [google_category, product_type, title];
                let words: Vec<_> = words.into_iter().filter(|words| !words.is_empty()).collect();
                Err(RowFault::UnsupportedCategory { received: shortened(&words.join(" · ")) })
            }
        }
    }

    /// How a row was left out that has no category.
    pub(super) fn left_out(&self, fault: &RowFault, tally: &mut CategoryTally) {
        let by = match fault {
            RowFault::Unwanted { pattern } => DecidedBy::Table(pattern.clone()),
            RowFault::Category(_) => DecidedBy::Feed,
            _ => DecidedBy::Words,
        };
        let mut ignored = Vec::new();
        let [own, google, title] =
            ["product_type", "google_product_category", "title"].map(|field| self.words(field, &mut ignored));
        tally.count(if own.is_empty() { &google } else { &own }, by, None, &title);
    }

    /// An address, a picture of the row itself, or a path that may not lead out of the feed's folder, neither by its parts nor by a link
    /// on the disk.
    fn picture_source(&self, text: &str, folder: &Path) -> Result<PictureSource, RowFault> {
        let refused = |detail| RowFault::PictureSource { received: shortened(text), detail };
        if let Some(picture) = self.data_picture(first_of_list(text)) {
            return picture.map(PictureSource::Data);
        }
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
}

/// Notes the fault of an optional field, whose value is then the empty one.
fn dropping<T: Default>(dropped: &mut Vec<RowFault>, fault: RowFault) -> T {
    dropped.push(fault);
    T::default()
}
