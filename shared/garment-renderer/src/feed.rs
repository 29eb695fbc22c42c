//! The lines of `products.jsonl` and `looks.jsonl`. In: products and looks. Out: JSON objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::design::Gender;
use crate::look::DrawnLook;
use crate::naming;
use crate::product::Product;

/// One line of `products.jsonl`. The fields are those of Google's product feed, and `category`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductLine {
    /// Unique in the shop.
    pub id: String,
    /// Short name.
    pub title: String,
    /// One or two sentences.
    pub description: String,
    /// The product's page.
    pub link: String,
    /// The picture, relative to the feed.
    pub image_link: String,
    /// Amount and ISO 4217 currency.
    pub price: String,
    /// `in_stock`, `out_of_stock` or `preorder`.
    pub availability: String,
    /// Brand.
    pub brand: String,
    /// Main colour.
    pub color: String,
    /// `female`, `male` or `unisex`.
    pub gender: String,
    /// The shop's own category path.
    pub product_type: String,
    /// The name of a `stl_types::Category`.
    pub category: String,
}

impl From<&Product> for ProductLine {
    fn from(product: &Product) -> Self {
        let department = match product.gender {
            Gender::Female => "Women",
            Gender::Male => "Men",
            Gender::Unisex => "Unisex",
        };
        let category = product.category.as_str();
        let capital = format!("{}{}", category[..1].to_uppercase(), &category[1..]);
        let print = product.design.fabric.print.word();
        let leaf = if print.is_empty() {
            format!("Plain {category}")
        } else {
            format!("{}{} {category}", print[..1].to_uppercase(), &print[1..])
        };
        Self {
            id: product.id.clone(),
            title: product.title.clone(),
            description: product.description.clone(),
            link: format!("https://shop.example/p/{}", product.id),
            image_link: format!("images/{}.jpg", product.id),
            price: format!("{}.{:02} EUR", product.price_cents / 100, product.price_cents % 100),
            availability: product.availability.to_owned(),
            brand: product.brand.to_owned(),
            color: product.color.to_owned(),
            gender: product.gender.as_str().to_owned(),
            product_type: format!("{department} > {capital} > {leaf}"),
            category: category.to_owned(),
        }
    }
}

/// One line of `looks.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookLine {
    /// Unique for the seed.
    pub id: String,
    /// The picture, relative to the file.
    pub image: String,
    /// The label map, relative to the file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub labels: Option<String>,
    /// For example "Rust jumper over a midi skirt".
    pub caption: String,
    /// The worn products' ids by category.
    pub products: BTreeMap<String, String>,
}

impl LookLine {
    /// The line of a look. `with_labels`: whether it names a label map.
    #[must_use]
    pub fn new(look: &DrawnLook, with_labels: bool) -> Self {
        Self {
            id: look.id().to_owned(),
            image: format!("images/{}.jpg", look.id()),
            labels: with_labels.then(|| format!("labels/{}.png", look.id())),
            caption: caption(look),
            products: look.products().iter().map(|p| (p.category.to_string(), p.id.clone())).collect(),
        }
    }
}

fn caption(look: &DrawnLook) -> String {
    let names: Vec<_> = look.products().iter().map(|p| naming::caption(p.category, &p.design, p.color)).collect();
    let text = names.join(if names.len() == 2 { " with " } else { ", " });
    format!("{}{}", text[..1].to_uppercase(), &text[1..])
}
