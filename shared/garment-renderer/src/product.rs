//! The products of the shop. In: a seed and an index. Out: a [`Product`] with its texts, price, cut and cloth.

use stl_types::Category;

use crate::design::{Design, Gender};
use crate::fabric::Print;
use crate::naming;
use crate::range::{sample_cut, sample_fabric};
use crate::rng::Rng;

/// One product of the shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// `atl-<seed>-<index>`.
    pub id: String,
    /// Category.
    pub category: Category,
    /// A short name, such as "Striped linen shirt, relaxed".
    pub title: String,
    /// One or two sentences.
    pub description: String,
    /// One of the invented brands.
    pub brand: &'static str,
    /// Price in euro cents.
    pub price_cents: u32,
    /// `in_stock`, `out_of_stock` or `preorder`.
    pub availability: &'static str,
    /// The main colour's name.
    pub color: &'static str,
    /// Its department.
    pub gender: Gender,
    /// Cut and cloth.
    pub design: Design,
}

impl Product {
    /// Product `index` of the shop with this seed. Categories alternate.
    #[must_use]
    pub fn new(seed: u64, index: usize) -> Self {
        let mut rng = Rng::new(seed, "product", index as u64);
        let category = Category::ALL[index % Category::ALL.len()];
        let gender = match category {
            Category::Dresses | Category::Skirts => Gender::Female,
            Category::Tops => rng.weighted(&[(Gender::Female, 4.0), (Gender::Male, 1.0)]),
            _ => rng.weighted(&[(Gender::Female, 4.0), (Gender::Male, 3.0), (Gender::Unisex, 2.0)]),
        };
        let cut = sample_cut(&mut rng, category, gender);
        let (fabric, color) = sample_fabric(&mut rng, category, &cut);
        let design = Design { cut, fabric };
        let words = naming::words(&mut rng, category, gender, &design, color);
        let base = [8900, 5900, 4900, 3900, 3900, 4900, 1900, 2200][category.index()];
        let price_cents =
            ((base as f32 * rng.range(0.65, 1.9) / 100.0) as u32).max(5) * 100 + rng.pick(&[95, 99, 90, 0]);
        Self {
            id: format!("atl-{seed}-{index:06}"),
            category,
            title: words.title,
            description: words.description,
            brand: words.brand,
            price_cents,
            availability: rng.weighted(&[("in_stock", 18.0), ("out_of_stock", 1.4), ("preorder", 0.6)]),
            color: color.name,
            gender,
            design,
        }
    }

    /// Whether its cloth has only one colour.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.design.fabric.print == Print::Plain
    }
}
