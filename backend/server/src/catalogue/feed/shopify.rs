//! Shopify's export of products. In: CSV with a header line. Out: a row for each handle.
//!
//! A product takes several lines, one for each variant or further picture, that share a handle. It becomes an article for each colour
//! whose variants have a picture of their own, else one ([`super::by_color`]). Products that the shop does not show, such as drafts, are
//! counted and left out. Both Shopify's older headings and those in use since 2025 are read.

use std::collections::HashMap;

use stl_types::Price;

use super::by_color::{self, ExportVariant};
use super::columns::{Columns, KnownHeadings, Line, is_color, is_size};
use super::error::Unreadable;
use super::fault::{FaultyRow, RowFault};
use super::headings::CUSTOM_LABELS;
use super::options::FeedOptions;
use super::raw::{RawFeed, RawFeedResult, RawRow, RawRows};
use super::table::FeedTable;

/// The columns that are read: our name, and the headings that Shopify has used.
const HEADINGS: &KnownHeadings = &[
    ("handle", &["Handle", "URL handle"]),
    ("title", &["Title"]),
    ("description", &["Body (HTML)", "Description"]),
    ("brand", &["Vendor"]),
    ("category", &["Product Category", "Google Shopping / Google Product Category"]),
    ("type", &["Type", "Product Type", "Custom Product Type"]),
    (
        "gender",
        &[
            "Google Shopping / Gender",
            "(product.metafields.mm-google-shopping.gender)",
            "(product.metafields.shopify.target-gender)",
        ],
    ),
    (
        "age group",
        &[
            "Google Shopping / Age Group",
            "(product.metafields.mm-google-shopping.age_group)",
            "(product.metafields.shopify.age-group)",
        ],
    ),
    ("material", &["(product.metafields.mm-google-shopping.material)", "(product.metafields.shopify.fabric)"]),
    ("pattern", &["(product.metafields.mm-google-shopping.pattern)"]),
    ("label 0", &["Google Shopping / Custom Label 0", "(product.metafields.mm-google-shopping.custom_label_0)"]),
    ("label 1", &["Google Shopping / Custom Label 1", "(product.metafields.mm-google-shopping.custom_label_1)"]),
    ("label 2", &["Google Shopping / Custom Label 2", "(product.metafields.mm-google-shopping.custom_label_2)"]),
    ("label 3", &["Google Shopping / Custom Label 3", "(product.metafields.mm-google-shopping.custom_label_3)"]),
    ("label 4", &["Google Shopping / Custom Label 4", "(product.metafields.mm-google-shopping.custom_label_4)"]),
    ("status", &["Status"]),
    ("published", &["Published", "Published on online store"]),
    ("price", &["Variant Price", "Price"]),
    ("former price", &["Variant Compare At Price", "Compare-at price"]),
    ("sku", &["Variant SKU", "SKU"]),
    ("gtin", &["Variant Barcode", "Barcode"]),
    ("variant picture", &["Variant Image", "Variant image URL"]),
    ("quantity", &["Variant Inventory Qty", "Inventory quantity"]),
    ("tracker", &["Variant Inventory Tracker", "Inventory tracker"]),
    ("oversells", &["Variant Inventory Policy", "Continue selling when out of stock"]),
    ("picture", &["Image Src", "Product image URL"]),
    ("picture position", &["Image Position"]),
    (
        "metafield color",
        &[
            "(product.metafields.shopify.color-pattern)",
            "(product.metafields.mm-google-shopping.color)",
            "(product.metafields.custom.color)",
        ],
    ),
    ("gift card", &["Gift Card"]),
    ("option1 name", &["Option1 Name"]),
    ("option1 value", &["Option1 Value"]),
    ("option2 name", &["Option2 Name"]),
    ("option2 value", &["Option2 Value"]),
    ("option3 name", &["Option3 Name"]),
    ("option3 value", &["Option3 Value"]),
];

/// The three options of a variant: name and value.
const OPTIONS: [(&str, &str); 3] =
    [("option1 name", "option1 value"), ("option2 name", "option2 value"), ("option3 name", "option3 value")];

/// Google's attributes that are copied from a column.
const ATTRIBUTES: [(&str, &str); 8] = [
    ("id", "handle"),
    ("title", "title"),
    ("description", "description"),
    ("brand", "brand"),
    ("google_product_category", "category"),
    ("product_type", "type"),
    ("price", "price"),
    ("image_link", "picture"),
];

/// The same for those that a list of a metafield may hold, with semicolons between its values.
const LISTS: [(&str, &str); 9] = [
    ("gender", "gender"),
    ("age_group", "age group"),
    ("material", "material"),
    ("pattern", "pattern"),
    (CUSTOM_LABELS[0], "label 0"),
    (CUSTOM_LABELS[1], "label 1"),
    (CUSTOM_LABELS[2], "label 2"),
    (CUSTOM_LABELS[3], "label 3"),
    (CUSTOM_LABELS[4], "label 4"),
];

/// Lines of one handle.
#[derive(Default)]
struct Product {
    row: RawRow,
    variants: Vec<ExportVariant>,
    /// Positions and addresses.
    pictures: Vec<(u32, String)>,
    /// Whether the shop does not show it, or it is a gift card.
    is_hidden: bool,
    /// The names of the options, which only the first line has.
    option_names: [String; 3],
}

pub(super) fn rows(text: &str, options: &FeedOptions) -> RawFeedResult {
    options.currency.as_ref().ok_or_else(|| missing("currency", "--currency EUR"))?;
    let shop =
        options.shop_url.as_deref().ok_or_else(|| missing("shop's address", "--shop-url https://shop.example"))?;
    let table = FeedTable::new(text, FeedTable::separator_of(text));
    let columns = Columns::of(HEADINGS, &table.headings);
    let missing: Vec<_> =
        ["handle", "title", "price", "picture"].into_iter().filter(|name| !columns.has(name)).collect();
    if !missing.is_empty() {
        let received: String = table.headings.join(", ").chars().take(80).collect();
        let missing = missing.into_iter().map(|name| headings(name).join(" or ")).collect::<Vec<_>>().join("; ");
        let reason = format!("expected Shopify's headings, of which these are missing: {missing}; got {received:?}");
        return Err(Unreadable { line: table.heading_line, reason });
    }
    let kept = options.kept.places(&table.headings);
    let (mut products, mut by_handle) = (Vec::<Product>::new(), HashMap::<String, usize>::new());
    let mut without_handle = Vec::new();
    for record in &table.records()? {
        let line = Line { columns: &columns, record };
        let handle = line.text("handle");
        if handle.is_empty() {
            let title = line.text("title");
            if !title.is_empty() {
                let fault = RowFault::NoHandle { title: title.to_owned() };
                without_handle.push(FaultyRow { line: record.line, fault });
            }
            continue;
        }
        let number = *by_handle.entry(handle.to_owned()).or_insert_with(|| {
            products.push(Product { row: RawRow::at(record.line), ..Product::default() });
            products.len() - 1
        });
        products[number].add(&line);
        for (column, name) in &kept {
            products[number].row.add(name, record.fields.get(*column).map_or("", |text| text));
        }
    }
    let hidden = products.iter().filter(|product| product.is_hidden).count();
    let shown = products.into_iter().filter(|product| !product.is_hidden).flat_map(|product| product.done(shop));
    let mut rows: RawRows = shown.map(Ok).chain(without_handle.into_iter().map(Err)).collect();
    rows.sort_by_key(|row| row.as_ref().map_or_else(|faulty| faulty.line, |row| row.line));
    let names = ATTRIBUTES.iter().filter_map(|(attribute, name)| Some((*attribute, columns.heading(name)?)));
    Ok(RawFeed { rows, hidden, fields: names.collect(), ..RawFeed::default() })
}

fn missing(what: &str, option: &str) -> Unreadable {
    let reason = format!("Shopify's export does not say the {what}: expected the option {option}");
    Unreadable { line: 1, reason }
}

impl Product {
    fn add(&mut self, line: &Line<'_>) {
        let row = &mut self.row;
        // Prices are the variants', the picture that of the first position.
        for (name, column) in ATTRIBUTES.iter().filter(|(name, _)| !matches!(*name, "price" | "image_link")) {
            row.add(name, line.text(column));
        }
        for (name, column) in LISTS {
            row.add(name, &slashed(line.text(column)));
        }
        self.is_hidden |= !matches!(line.text("status").to_lowercase().as_str(), "" | "active")
            || line.text("published").eq_ignore_ascii_case("false")
            || line.text("gift card").eq_ignore_ascii_case("true");
        for (number, name) in self.option_names.iter_mut().enumerate() {
            if name.is_empty() {
                line.text(OPTIONS[number].0).clone_into(name);
            }
        }
        if !line.text("price").is_empty() {
            let variant = self.variant(line);
            self.variants.push(variant);
        }
        let picture = line.text("picture");
        if !picture.is_empty() {
            let position = line.text("picture position").parse().unwrap_or(u32::MAX);
            self.pictures.push((position, picture.to_owned()));
        }
        self.row.add("metafield color", line.text("metafield color"));
    }

    fn variant(&self, line: &Line<'_>) -> ExportVariant {
        let option = |is_wanted: fn(&str) -> bool| -> Vec<&str> {
            let named = self.option_names.iter().zip(OPTIONS).filter(|(name, _)| is_wanted(name));
            named.map(|(_, (_, value))| line.text(value)).filter(|value| !value.is_empty()).collect()
        };
        let mut row = RawRow::at(line.record.line);
        row.add("id", line.text("sku"));
        row.add("gtin", line.text("gtin"));
        row.add("size", &option(is_size).join("/"));
        let (price, former) = (line.text("price"), line.text("former price"));
        // Both are in the shop's currency.
        let amount = |text: &str| Price::parse(text, Some("EUR")).ok().map(|price| price.amount_minor);
        if amount(former) > amount(price) {
            row.add("sale_price", price);
            row.add("price", former);
        } else {
            row.add("price", price);
        }
        let oversells = ["continue", "true"].iter().any(|yes| line.text("oversells").eq_ignore_ascii_case(yes));
        // Stock that is not counted does not run out. Shopify then writes no tracker, and 0 or nothing as quantity.
        let is_counted = !line.text("tracker").is_empty() && !line.text("quantity").is_empty();
        let quantity: i64 = line.text("quantity").parse().unwrap_or(0);
        let is_in_stock = oversells || !is_counted || quantity > 0;
        row.add("availability", if is_in_stock { "in_stock" } else { "out_of_stock" });
        ExportVariant { color: option(is_color).join("/"), picture: line.text("variant picture").to_owned(), row }
    }

    fn done(mut self, shop: &str) -> Vec<RawRow> {
        let link = format!("{}/products/{}", shop.trim_end_matches('/'), self.row.get("id"));
        self.row.add("link", &link);
        // Stable: without positions, the pictures stay in the order of lines.
        self.pictures.sort_by_key(|(position, _)| *position);
        let pictures: Vec<String> = self.pictures.into_iter().map(|(_, address)| address).collect();
        let color = self.row.fields.remove("metafield color");
        let mut rows = by_color::rows(self.row, self.variants, &pictures);
        for row in &mut rows {
            row.add("color", &slashed(color.as_deref().unwrap_or_default()));
        }
        rows
    }
}

/// The values of a metafield's list as feeds have them: `cotton/linen`.
fn slashed(list: &str) -> String {
    list.split(';').map(str::trim).collect::<Vec<_>>().join("/")
}

/// A name's headings.
fn headings(name: &str) -> &'static [&'static str] {
    HEADINGS.iter().find(|(known, _)| *known == name).map_or(&[], |(_, headings)| headings)
}
