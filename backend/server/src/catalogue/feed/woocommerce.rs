//! WooCommerce's export of products. In: CSV with a header line. Out: a row for each product.
//!
//! A product with variants takes several lines: its own, without a price, and one for each variant, which names its parent. Its price
//! is its cheapest variant's, and it is in stock if any variant is. The export has no addresses of pages: `?p=ID` leads to the page
//! of a product in every WordPress. Products that the shop does not show are counted and left out.

use std::borrow::Cow;
use std::collections::HashMap;

use stl_types::Price;

use super::columns::{COLORS, Columns, KnownHeadings, Line};
use super::error::Unreadable;
use super::options::FeedOptions;
use super::raw::{RawFeed, RawFeedResult, RawRow};
use super::table::{FeedTable, Record};

/// The columns that are read: our name, and the headings of English and German shops.
const HEADINGS: &KnownHeadings = &[
    ("id", &["ID"]),
    ("type", &["Type", "Typ"]),
    ("sku", &["SKU", "Artikelnummer"]),
    ("title", &["Name"]),
    ("published", &["Published", "Veröffentlicht"]),
    ("visibility", &["Visibility in catalog", "Sichtbarkeit im Katalog"]),
    ("description", &["Description", "Beschreibung", "Short description", "Kurzbeschreibung"]),
    ("stock", &["In stock?", "Vorrätig?"]),
    ("price", &["Regular price", "Regulärer Preis"]),
    ("sale", &["Sale price", "Angebotspreis"]),
    ("sale from", &["Date sale price starts"]),
    ("sale until", &["Date sale price ends"]),
    ("categories", &["Categories", "Kategorien"]),
    ("pictures", &["Images", "Bilder"]),
    ("parent", &["Parent", "Übergeordnetes Produkt", "Übergeordnet"]),
    ("brand", &["Brands", "Marken", "Brand"]),
];

/// Attributes of a product that are looked through for its colour.
const MAX_ATTRIBUTES: usize = 10;

/// Google's attributes that are copied from a column.
const ATTRIBUTES: [(&str, &str); 6] = [
    ("id", "id"),
    ("title", "title"),
    ("description", "description"),
    ("brand", "brand"),
    ("price", "price"),
    ("image_link", "pictures"),
];

/// Whether a file's headings are those of the export.
pub(super) fn is_export(headings: &[Cow<'_, str>]) -> bool {
    let columns = Columns::of(HEADINGS, headings);
    ["id", "type", "title", "price", "pictures"].into_iter().all(|name| columns.has(name))
}

/// Reads all products.
pub(super) fn rows(text: &str, options: &FeedOptions) -> RawFeedResult {
    let missing = |what: &str, option: &str| {
        let reason = format!("WooCommerce's export does not say the {what}: expected the option {option}");
        Unreadable { line: 1, reason }
    };
    let currency = options.currency.as_deref().ok_or_else(|| missing("currency", "--currency EUR"))?;
    let shop =
        options.shop_url.as_deref().ok_or_else(|| missing("shop's address", "--shop-url https://shop.example"))?;
    let table = FeedTable::new(text, FeedTable::separator_of(text));
    let columns = Columns::of(HEADINGS, &table.headings);
    if !is_export(&table.headings) {
        let received: String = table.headings.join(", ").chars().take(80).collect();
        let reason =
            format!("expected WooCommerce's headings ID, Type, Name, Regular price, Images, …, got {received:?}");
        return Err(Unreadable { line: table.heading_line, reason });
    }
    let (colors, kept) = (color_columns(&table.headings), options.kept.places(&table.headings));
    let records = table.records()?;
    let lines: Vec<Line<'_>> = records.iter().map(|record| Line { columns: &columns, record }).collect();
    let is_variant = |line: &Line<'_>| line.text("type").to_lowercase().contains("variation");
    let mut variants = HashMap::<&str, Vec<&Line<'_>>>::new();
    for line in lines.iter().filter(|line| is_variant(line)) {
        variants.entry(line.text("parent")).or_default().push(line);
    }
    let (mut rows, mut hidden) = (Vec::new(), 0);
    for line in lines.iter().filter(|line| !is_variant(line)) {
        if is_hidden(line) {
            hidden += 1;
            continue;
        }
        let id_key = format!("id:{}", line.text("id"));
        let sku = Some(line.text("sku")).filter(|sku| !sku.is_empty());
        let of_key = |key: &str| variants.get(key).into_iter().flatten().copied();
        let variants: Vec<&Line<'_>> = of_key(&id_key).chain(sku.into_iter().flat_map(of_key)).collect();
        let mut row = row(line, &variants, &colors, currency, shop);
        for (column, name) in &kept {
            row.add(name, line.record.fields.get(*column).map_or("", |text| text));
        }
        rows.push(Ok(row));
    }
    let names = ATTRIBUTES.iter().filter_map(|(attribute, name)| Some((*attribute, columns.heading(name)?)));
    Ok(RawFeed { rows, hidden, fields: names.collect(), ..RawFeed::default() })
}

/// Drafts, private products, and groups, which have no price of their own.
fn is_hidden(line: &Line<'_>) -> bool {
    !matches!(line.text("published"), "1" | "")
        || line.text("visibility").eq_ignore_ascii_case("hidden")
        || line.text("type").to_lowercase().contains("grouped")
}

fn row(line: &Line<'_>, variants: &[&Line<'_>], colors: &[(usize, usize)], currency: &str, shop: &str) -> RawRow {
    let mut row = RawRow::at(line.record.line);
    let amount = |line: &&Line<'_>| {
        let price = Price::parse(line.text("price"), Some(currency));
        price.map_or(u64::MAX, |price| price.amount_minor)
    };
    let cheapest = variants.iter().copied().filter(|line| !line.text("price").is_empty()).min_by_key(amount);
    let priced = if line.text("price").is_empty() { cheapest.unwrap_or(line) } else { line };
    for (name, column) in ATTRIBUTES {
        let from = if name == "price" { priced } else { line };
        row.add(name, from.text(column));
    }
    // Some products have pictures of their variants only.
    row.add(
        "image_link",
        variants.iter().map(|line| line.text("pictures")).find(|text| !text.is_empty()).unwrap_or(""),
    );
    row.add("sale_price", priced.text("sale"));
    let (from, until) = (priced.text("sale from"), priced.text("sale until"));
    if !from.is_empty() || !until.is_empty() {
        row.add("sale_price_effective_date", &format!("{from}/{until}"));
    }
    row.add("link", &format!("{}/?p={}", shop.trim_end_matches('/'), line.text("id")));
    row.add("availability", availability(line, variants));
    row.add("product_type", deepest(line.text("categories")));
    let mut found = Vec::<&str>::new();
    for line in std::iter::once(&line).chain(variants) {
        found.extend(colors_of(line.record, colors).filter(|color| !color.is_empty()));
    }
    found.dedup();
    let mut distinct = Vec::<&str>::new();
    found.into_iter().for_each(|color| {
        if !distinct.contains(&color) {
            distinct.push(color)
        }
    });
    row.add("color", &distinct.join("/"));
    row
}

/// In stock if the product is, or any of its variants.
fn availability(line: &Line<'_>, variants: &[&Line<'_>]) -> &'static str {
    let of = |line: &Line<'_>| line.text("stock").to_lowercase();
    let all: Vec<String> =
        if variants.is_empty() { vec![of(line)] } else { variants.iter().copied().map(of).collect() };
    if all.iter().any(|stock| stock.is_empty() || stock == "1") {
        "in_stock"
    } else if all.iter().any(|stock| stock.starts_with("backorder")) {
        "backorder"
    } else {
        "out_of_stock"
    }
}

/// Of several paths with commas between them the one with the most parts.
fn deepest(categories: &str) -> &str {
    let paths = categories.split(',').map(str::trim);
    // The first of equally deep ones.
    paths.rev().max_by_key(|path| path.matches('>').count()).unwrap_or_default()
}

/// The columns of the attributes' names and values.
fn color_columns(headings: &[Cow<'_, str>]) -> Vec<(usize, usize)> {
    let at = |names: [String; 2]| {
        headings.iter().position(|heading| names.iter().any(|name| heading.trim().eq_ignore_ascii_case(name)))
    };
    let columns = |number: usize| {
        let name = at([format!("Attribute {number} name"), format!("Attribut {number} Name")])?;
        let value = at([format!("Attribute {number} value(s)"), format!("Attribut {number} Wert(e)")])?;
        Some((name, value))
    };
    (1..=MAX_ATTRIBUTES).filter_map(columns).collect()
}

/// The colours that a record's attributes have.
fn colors_of<'a>(record: &'a Record<'a>, columns: &[(usize, usize)]) -> impl Iterator<Item = &'a str> {
    let field = |column: usize| record.fields.get(column).map_or("", |text| text.trim());
    let values = columns.iter().filter(move |(name, _)| COLORS.contains(&field(*name).to_lowercase().as_str()));
    values
        .map(move |(_, value)| field(*value))
        .collect::<Vec<_>>()
        .into_iter()
        .flat_map(|values| values.split(','))
        .map(str::trim)
}
