//! The lines of `products.jsonl` and `looks.jsonl`. In: products and looks. Out: JSON objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use stl_types::Category;

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
    /// The sizes, from small to large.
    pub variants: Vec<SizeLine>,
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
            price: price(product.price_cents),
            availability: product.availability.to_owned(),
            brand: product.brand.to_owned(),
            color: product.color.to_owned(),
            gender: product.gender.as_str().to_owned(),
            product_type: format!("{department} > {capital} > {leaf}"),
            category: category.to_owned(),
            variants: sizes(product),
        }
    }
}

/// A size of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeLine {
    /// Unique in the shop.
    pub id: String,
    /// Its name.
    pub size: String,
    /// The size's page.
    pub link: String,
    /// Amount and ISO 4217 currency.
    pub price: String,
    /// As the product's, or `out_of_stock`.
    pub availability: String,
}

/// Letters, for what is worn above the waist, and numbers.
const SIZES: [[&str; 6]; 2] = [["XS", "S", "M", "L", "XL", "XXL"], ["34", "36", "38", "40", "42", "44"]];

/// What the largest size costs more, in cents, of some products.
const LARGEST_CENTS: u32 = 300;

/// The sizes of a product: some are sold out, at least one is as the product, and of some the largest costs more.
fn sizes(product: &Product) -> Vec<SizeLine> {
    // FNV-1a of the id: what is drawn does not depend on sizes.
    let hash = product
        .id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let bits = |from: u32| (hash >> from) as usize;
    let names = SIZES[usize::from(matches!(product.category, Category::Trousers | Category::Skirts))];
    let kept = bits(8) % names.len();
    let size = |(at, name): (usize, &&str)| {
        let is_sold_out = at != kept && bits(16 + 2 * at as u32) % 4 == 0;
        let is_dearer = at + 1 == names.len() && at != kept && bits(40) % 4 == 0;
        let cents = product.price_cents + if is_dearer { LARGEST_CENTS } else { 0 };
        SizeLine {
            id: format!("{}-{}", product.id, name.to_lowercase()),
            size: (*name).to_owned(),
            link: format!("https://shop.example/p/{}?size={name}", product.id),
            price: price(cents),
            availability: if is_sold_out { "out_of_stock" } else { product.availability }.to_owned(),
        }
    };
    names.iter().enumerate().map(size).collect()
}

fn price(cents: u32) -> String {
    format!("{}.{:02} EUR", cents / 100, cents % 100)
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
