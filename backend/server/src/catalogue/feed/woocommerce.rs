//! WooCommerce's export of products. In: CSV with a header line. Out: a row for each product.
//!
//! A product with variants takes several lines: its own, without a price, and one for each variant, which names its parent. It becomes an
//! article for each colour whose variants have a picture of their own, else one ([`super::by_color`]). The export has no addresses of
//! pages: `?p=ID` leads to the page of a product in every WordPress. Products that the shop does not show are counted and left out.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::by_color::{self, ExportVariant};
use super::columns::{Columns, KnownHeadings, Line, is_color, is_size};
use super::error::Unreadable;
use super::options::FeedOptions;
use super::raw::{RawFeed, RawFeedResult, RawRow};
use super::table::{FeedTable, Record};
use crate::catalogue::address::all_of_list;

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
    ("gtin", &["GTIN, UPC, EAN, or ISBN", "GTIN, UPC, EAN oder ISBN"]),
];

/// Attributes of a product that are looked through for its colour and size.
const MAX_ATTRIBUTES: usize = 10;

/// Sizes that variations of any size stand for, in a whole file, or in a large one a size for each [`BYTES_OF_SIZE`]. Each variation stands for
/// all sizes of its product, so that a small file may list very many; beyond them, such a variation is one without a size.
const MAX_ANY_SIZES: usize = 200_000;

/// Bytes of a large file for each such size: memory grows with the file, and no faster.
const BYTES_OF_SIZE: usize = 50;

/// The sizes for which a file's variations of any size stand.
struct AnySizes {
    /// How many there may be still.
    room: usize,
    /// Variations that got none.
    without: usize,
}

/// Google's attributes that are copied from a column.
const ATTRIBUTES: [(&str, &str); 4] =
    [("id", "id"), ("title", "title"), ("description", "description"), ("brand", "brand")];

/// What the export calls other attributes.
const NAMES: [(&str, &str); 2] = [("price", "price"), ("image_link", "pictures")];

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
    options.currency.as_ref().ok_or_else(|| missing("currency", "--currency EUR"))?;
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
    let (attributes, kept) = (attribute_columns(&table.headings), options.kept.places(&table.headings));
    let records = table.records()?;
    let lines: Vec<Line<'_>> = records.iter().map(|record| Line { columns: &columns, record }).collect();
    let is_variant = |line: &Line<'_>| line.text("type").to_lowercase().contains("variation");
    let mut variants = HashMap::<&str, Vec<&Line<'_>>>::new();
    for line in lines.iter().filter(|line| is_variant(line)) {
        variants.entry(line.text("parent")).or_default().push(line);
    }
    let (mut rows, mut hidden) = (Vec::new(), 0);
    let most = MAX_ANY_SIZES.max(text.len() / BYTES_OF_SIZE);
    let mut any_sizes = AnySizes { room: most, without: 0 };
    for line in lines.iter().filter(|line| !is_variant(line)) {
        if is_hidden(line) {
            hidden += 1;
            continue;
        }
        let id_key = format!("id:{}", line.text("id"));
        let sku = Some(line.text("sku")).filter(|sku| !sku.is_empty());
        let of_key = |key: &str| variants.get(key).into_iter().flatten().copied();
        let mut variants: Vec<&Line<'_>> = of_key(&id_key).chain(sku.into_iter().flat_map(of_key)).collect();
        variants.sort_by_key(|variant| variant.record.line);
        let mut row = row(line, shop);
        for (column, name) in &kept {
            row.add(name, line.record.fields.get(*column).map_or("", |text| text));
        }
        rows.extend(articles(row, line, &variants, &attributes, &mut any_sizes).into_iter().map(Ok));
    }
    let names = ATTRIBUTES.iter().chain(&NAMES);
    let names = names.filter_map(|(attribute, name)| Some((*attribute, columns.heading(name)?)));
    Ok(RawFeed { rows, hidden, fields: names.collect(), hints: hint_of(any_sizes.without, most), ..RawFeed::default() })
}

/// What tells the shop of variations of any size that got none of their product's.
fn hint_of(without: usize, most: usize) -> Vec<String> {
    let hint =
        || format!("{without} variations of any size stand without a size: a file of this length may list {most}");
    (without > 0).then(hint).into_iter().collect()
}

/// Drafts, private products, and groups, which have no price of their own.
fn is_hidden(line: &Line<'_>) -> bool {
    !matches!(line.text("published"), "1" | "")
        || line.text("visibility").eq_ignore_ascii_case("hidden")
        || line.text("type").to_lowercase().contains("grouped")
}

/// What a product and all of its variants share.
fn row(line: &Line<'_>, shop: &str) -> RawRow {
    let mut row = RawRow::at(line.record.line);
    for (name, column) in ATTRIBUTES {
        row.add(name, line.text(column));
    }
    row.add("link", &format!("{}/?p={}", shop.trim_end_matches('/'), line.text("id")));
    row.add("product_type", deepest(line.text("categories")));
    row
}

/// The product's rows: of a simple product one, with its own offer. Variations of any size take theirs from `any_sizes`.
fn articles(
    mut product: RawRow,
    line: &Line<'_>,
    variants: &[&Line<'_>],
    attributes: &[(usize, usize)],
    any_sizes: &mut AnySizes,
) -> Vec<RawRow> {
    let own_colors = distinct(values_of(line.record, attributes, is_color)).join("/");
    let sold: Vec<&Line<'_>> =
        variants.iter().copied().filter(|variant| !priced(variant, line).text("price").is_empty()).collect();
    if sold.is_empty() {
        // Some products have pictures of their variants only.
        let of_variants = || variants.iter().map(|variant| variant.text("pictures")).find(|text| !text.is_empty());
        let pictures = Some(line.text("pictures")).filter(|text| !text.is_empty()).or_else(of_variants);
        product.add("image_link", pictures.unwrap_or_default());
        add_offer(&mut product, line);
        product.add("availability", availability(line));
        product.add("gtin", line.text("gtin"));
        let colors = variants.iter().flat_map(|variant| values_of(variant.record, attributes, is_color));
        product.add("color", &distinct(std::iter::once(own_colors.as_str()).chain(colors)).join("/"));
        product.add("size", &values_of(line.record, attributes, is_size).join(", "));
        return vec![product];
    }
    let own_sizes = values_of(line.record, attributes, is_size);
    let of_size = |variant: &Line<'_>, size: &str| {
        let mut row = RawRow::at(variant.record.line);
        row.add("id", variant.text("id"));
        row.add("gtin", variant.text("gtin"));
        row.add("size", size);
        row.add("availability", availability(variant));
        add_offer(&mut row, priced(variant, line));
        let picture = all_of_list(variant.text("pictures")).next().unwrap_or_default().to_owned();
        ExportVariant { color: values_of(variant.record, attributes, is_color).join("/"), picture, row }
    };
    let of_line = |variant: &Line<'_>| match &values_of(variant.record, attributes, is_size)[..] {
        // A variation of "any size" stands for all of the product's.
        [] if own_sizes.len() > any_sizes.room => {
            any_sizes.without += 1;
            vec![of_size(variant, "")]
        }
        [] if !own_sizes.is_empty() => {
            any_sizes.room -= own_sizes.len();
            own_sizes.iter().map(|size| of_size(variant, size)).collect()
        }
        sizes => vec![of_size(variant, &sizes.join("/"))],
    };
    let variants = sold.into_iter().flat_map(of_line).collect();
    let pictures: Vec<String> =
        all_of_list(line.text("pictures")).filter(|text| !text.is_empty()).map(str::to_owned).collect();
    // In the shop's order, unless each colour becomes a row.
    product.add("color", &own_colors);
    by_color::rows(product, variants, &pictures)
}

/// The line that has a variant's price: its own, or its product's.
fn priced<'a>(variant: &'a Line<'a>, product: &'a Line<'a>) -> &'a Line<'a> {
    if variant.text("price").is_empty() { product } else { variant }
}

fn add_offer(row: &mut RawRow, line: &Line<'_>) {
    row.add("price", line.text("price"));
    row.add("sale_price", line.text("sale"));
    let (from, until) = (line.text("sale from"), line.text("sale until"));
    if !from.is_empty() || !until.is_empty() {
        row.add("sale_price_effective_date", &format!("{from}/{until}"));
    }
}

/// Whether a product or variant can be bought.
fn availability(line: &Line<'_>) -> &'static str {
    let stock = line.text("stock").to_lowercase();
    if stock.is_empty() || stock == "1" {
        "in_stock"
    } else if stock.starts_with("backorder") {
        "backorder"
    } else {
        "out_of_stock"
    }
}

/// Each text once, without empty ones.
fn distinct<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut known = HashSet::new();
    texts.into_iter().filter(|text| !text.is_empty() && known.insert(*text)).collect()
}

/// Of several paths with commas between them the one with the most parts.
fn deepest(categories: &str) -> &str {
    let paths = categories.split(',').map(str::trim);
    // The first of equally deep ones.
    paths.rev().max_by_key(|path| path.matches('>').count()).unwrap_or_default()
}

/// The columns of the attributes' names and values.
fn attribute_columns(headings: &[Cow<'_, str>]) -> Vec<(usize, usize)> {
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

/// The values of a record's attributes of the wanted names.
fn values_of<'a>(record: &'a Record<'a>, columns: &[(usize, usize)], is_wanted: fn(&str) -> bool) -> Vec<&'a str> {
    let field = |column: usize| record.fields.get(column).map_or("", |text| text.trim());
    let values = columns.iter().filter(|(name, _)| is_wanted(field(*name)));
    values.flat_map(|(_, value)| field(*value).split(',')).map(str::trim).filter(|value| !value.is_empty()).collect()
}
