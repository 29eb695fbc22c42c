//! Shopify's export of products. In: CSV with a header line. Out: a row for each handle.
//!
//! A product takes several lines, one for each variant or further picture, that share a handle. Its price is its cheapest
//! variant's, it is in stock if any variant is, its colours are those of its variants. Both the headings that Shopify has
//! written for years and those it writes since 2025 are known.

use std::borrow::Cow;
use std::collections::HashMap;

use stl_shared::Price;

use super::row::RawRow;
use super::table::{Record, Table};
use super::{Broken, Fault, FeedOptions, RawFeed, RawFeedResult};

/// What is read, by the headings it has had, in small letters.
const HEADINGS: [(&str, &[&str]); 17] = [
    ("handle", &["handle", "url handle"]),
    ("title", &["title"]),
    ("description", &["body (html)", "description"]),
    ("brand", &["vendor"]),
    ("category", &["product category", "google shopping / google product category"]),
    ("type", &["type", "product type", "custom product type"]),
    ("gender", &["google shopping / gender"]),
    ("status", &["status"]),
    ("published", &["published", "published on online store"]),
    ("price", &["variant price", "price"]),
    ("quantity", &["variant inventory qty", "inventory quantity"]),
    ("tracker", &["variant inventory tracker", "inventory tracker"]),
    ("oversells", &["variant inventory policy", "continue selling when out of stock"]),
    ("picture", &["image src", "product image url"]),
    ("picture position", &["image position"]),
    ("metafield color", &["color (product.metafields.shopify.color-pattern)"]),
    ("gift card", &["gift card"]),
];

/// The three options of a variant: headings of name and value.
const OPTIONS: [(&str, &str); 3] =
    [("option1 name", "option1 value"), ("option2 name", "option2 value"), ("option3 name", "option3 value")];

/// What shops call the option that says a colour.
const COLORS: [&str; 6] = ["color", "colour", "farbe", "couleur", "kleur", "colore"];

/// Lines of one handle.
#[derive(Default)]
struct Product {
    row: RawRow,
    cheapest: Option<Price>,
    is_in_stock: bool,
    colors: Vec<String>,
    picture: Option<(u32, String)>,
    hidden: Option<String>,
    fault: Option<Fault>,
    /// The names of the options, which only the first line has.
    option_names: [String; 3],
}

pub(super) fn rows(text: &str, options: &FeedOptions) -> RawFeedResult {
    let currency = options.currency.as_deref().ok_or_else(|| missing("currency", "--currency EUR"))?;
    let shop =
        options.shop_url.as_deref().ok_or_else(|| missing("shop's address", "--shop-url https://shop.example"))?;
    let table = Table::new(text, Table::separator_of(text));
    let columns = Columns::of(&table.headings);
    if !["handle", "title", "price", "picture"].iter().all(|name| columns.has(name)) {
        let received: String = table.headings.join(", ").chars().take(80).collect();
        let expected = "the headings of Shopify's product export (Handle, Title, Variant Price, Image Src, …)";
        return Err((table.heading_line, format!("expected {expected}, got {received:?}")));
    }
    let (mut products, mut by_handle) = (Vec::<Product>::new(), HashMap::<String, usize>::new());
    for record in table {
        let line = Line { columns: &columns, record: &record };
        let handle = line.text("handle");
        if handle.is_empty() {
            continue;
        }
        let number = *by_handle.entry(handle.to_owned()).or_insert_with(|| {
            products.push(Product { row: RawRow::at(record.line), ..Product::default() });
            products.len() - 1
        });
        products[number].add(&line, handle, currency);
    }
    let rows = products.into_iter().filter_map(|product| product.done(shop)).collect();
    Ok(RawFeed { rows, ..RawFeed::default() })
}

fn missing(what: &str, option: &str) -> Broken {
    (1, format!("Shopify's export does not say the {what}: expected the option {option}"))
}

impl Product {
    fn add(&mut self, line: &Line<'_>, handle: &str, currency: &str) {
        let row = &mut self.row;
        row.add("id", handle);
        for (name, column) in [
            ("title", "title"),
            ("description", "description"),
            ("brand", "brand"),
            ("google_product_category", "category"),
            ("product_type", "type"),
            ("gender", "gender"),
        ] {
            row.add(name, line.text(column));
        }
        let status = line.text("status").to_lowercase();
        if !matches!(status.as_str(), "" | "active") {
            self.hidden = Some(status);
        } else if line.text("published").eq_ignore_ascii_case("false") {
            self.hidden = Some("not published".to_owned());
        }
        if line.text("gift card").eq_ignore_ascii_case("true") {
            self.hidden = Some("a gift card".to_owned());
        }
        for (number, name) in self.option_names.iter_mut().enumerate() {
            let (heading, values) = OPTIONS[number];
            if name.is_empty() {
                *name = line.any(&[heading]).to_lowercase();
            }
            let value = line.any(&[values]);
            if COLORS.contains(&name.as_str()) && !value.is_empty() && !self.colors.iter().any(|known| known == value) {
                self.colors.push(value.to_owned());
            }
        }
        if !line.text("price").is_empty() {
            self.variant(line, currency);
        }
        let picture = line.text("picture");
        if !picture.is_empty() {
            let position = line.text("picture position").parse().unwrap_or(u32::MAX);
            if self.picture.as_ref().is_none_or(|(known, _)| position < *known) {
                self.picture = Some((position, picture.to_owned()));
            }
        }
        self.row.add("metafield color", line.text("metafield color"));
    }

    fn variant(&mut self, line: &Line<'_>, currency: &str) {
        match Price::parse(line.text("price"), Some(currency)) {
            Ok(price) => {
                if self.cheapest.as_ref().is_none_or(|known| price.amount_minor < known.amount_minor) {
                    self.cheapest = Some(price);
                }
            }
            Err(error) => self.fault = Some(("price", error.to_string())),
        }
        let oversells = ["continue", "true"].iter().any(|yes| line.text("oversells").eq_ignore_ascii_case(yes));
        // A stock that nobody counts does not run out: Shopify writes 0 there, or nothing, and no tracker.
        let is_counted = !line.text("tracker").is_empty() && !line.text("quantity").is_empty();
        let quantity: i64 = line.text("quantity").parse().unwrap_or(0);
        self.is_in_stock |= oversells || !is_counted || quantity > 0;
    }

    /// The row; none for a product that the shop does not show.
    fn done(mut self, shop: &str) -> Option<Result<RawRow, (usize, Fault)>> {
        if self.hidden.is_some() {
            return None;
        }
        if let Some(fault) = self.fault {
            return Some(Err((self.row.line, fault)));
        }
        let link = format!("{}/products/{}", shop.trim_end_matches('/'), self.row.fields.get("id").map_or("", |id| id));
        self.row.add("link", &link);
        self.row.add("image_link", self.picture.as_ref().map_or("", |(_, address)| address));
        self.row.add("price", &self.cheapest.map_or_else(String::new, |price| price.to_string()));
        self.row.add("availability", if self.is_in_stock { "in_stock" } else { "out_of_stock" });
        self.row.add("color", &self.colors.join("/"));
        if let Some(color) = self.row.fields.remove("metafield color") {
            self.row.add("color", &color);
        }
        Some(Ok(self.row))
    }
}

/// Where a file has what.
struct Columns(HashMap<String, usize>);

impl Columns {
    fn of(headings: &[Cow<'_, str>]) -> Self {
        let names = headings.iter().enumerate();
        Self(names.map(|(column, name)| (name.trim().to_lowercase(), column)).collect())
    }

    fn has(&self, name: &str) -> bool {
        let (_, headings) = HEADINGS.iter().find(|(known, _)| *known == name).copied().unwrap_or((name, &[]));
        headings.iter().any(|heading| self.0.contains_key(*heading))
    }
}

struct Line<'a> {
    columns: &'a Columns,
    record: &'a Record<'a>,
}

impl<'a> Line<'a> {
    /// What stands under one of a name's headings, empty where nothing does.
    fn text(&self, name: &str) -> &'a str {
        HEADINGS.iter().find(|(known, _)| *known == name).map_or("", |(_, headings)| self.any(headings))
    }

    fn any(&self, headings: &[&str]) -> &'a str {
        let found = headings.iter().filter_map(|heading| self.record.fields.get(*self.columns.0.get(*heading)?));
        found.map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default()
    }
}
