//! A drawn shop whose products have further pictures. In: nothing. Out: its catalogue, imported, and what is worn together.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;
use garment_renderer::feed::ProductLine;
use garment_renderer::{Catalogue, DrawnLook, Product, render_product};
use image::ImageFormat;
use stl_server::catalogue::import::{ImportOptions, import};
use stl_server::networks::models::Models;
use stl_types::Category;

use crate::{encoded, root};

/// Products: six of each category.
const PRODUCTS: usize = 48;

/// People who wear some of them.
const LOOKS: usize = 6;

/// Seeds of products and looks. No network was trained on them.
const SEED: u64 = 4712;

/// A shop in a folder of its own. Each product that somebody wears has two further pictures: a flat one, and the person.
#[derive(Debug)]
pub struct WornShop {
    folder: tempfile::TempDir,
    /// Products that are worn together, each list by one person.
    pub outfits: Vec<Vec<Product>>,
    /// A product that nobody wears.
    pub alone: Product,
}

impl WornShop {
    /// Draws the shop and imports it.
    ///
    /// # Errors
    /// When the networks are missing, or the disk is full.
    pub fn import() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let feed = folder.path().join("feed");
        fs::create_dir_all(feed.join("images"))?;
        let catalogue = Catalogue::new(SEED, PRODUCTS);
        let mut further = BTreeMap::<String, Vec<String>>::new();
        let mut outfits = Vec::new();
        for number in 0..LOOKS {
            let look = DrawnLook::new(SEED, number, &catalogue);
            let worn: Vec<Product> = look.products().to_vec();
            // Everybody wears something of their own, and not alone.
            if worn.len() < 2 || worn.iter().any(|product| further.contains_key(&product.id)) {
                continue;
            }
            let picture = format!("images/look-{number}.jpg");
            fs::write(feed.join(&picture), encoded(look.render().image, ImageFormat::Jpeg)?)?;
            for product in &worn {
                let flat = format!("images/flat-{}.jpg", product.id);
                let mirrored = image::imageops::flip_horizontal(&render_product(product));
                fs::write(feed.join(&flat), encoded(mirrored, ImageFormat::Jpeg)?)?;
                further.insert(product.id.clone(), vec![flat, picture.clone()]);
            }
            outfits.push(worn);
        }
        let products: Vec<Product> = (0..PRODUCTS).map(|at| catalogue.product(at)).collect();
        let mut lines = Vec::new();
        for (number, product) in products.iter().enumerate() {
            let line = ProductLine::from(product);
            fs::write(feed.join(&line.image_link), encoded(render_product(product), ImageFormat::Jpeg)?)?;
            let mut line = serde_json::to_value(line)?;
            // Products of a category follow each other by eights: each has both.
            let is_even = (number / Category::ALL.len()).is_multiple_of(2);
            line["material"] = if is_even { "cotton/linen" } else { "wool" }.into();
            line["age_group"] = if is_even { "adult" } else { "kids" }.into();
            line["additional_image_link"] = further.get(&product.id).cloned().unwrap_or_default().into();
            lines.push(line.to_string());
        }
        fs::write(feed.join("products.jsonl"), lines.join("\n"))?;
        let options = ImportOptions { threads: 2, ..ImportOptions::default() };
        let report = import(
            &feed,
            &folder.path().join("catalogue"),
            &Models::open(&root().join("models"))?,
            &options,
            |_, _| {},
        )?;
        anyhow::ensure!(report.imported == PRODUCTS, "{report:?}");
        let alone = products.into_iter().find(|product| !further.contains_key(&product.id));
        Ok(Self { folder, outfits, alone: alone.ok_or_else(|| anyhow::anyhow!("somebody wears each product"))? })
    }

    /// The catalogue's folder, for `serve --catalogue`.
    #[must_use]
    pub fn catalogue(&self) -> String {
        self.folder.path().join("catalogue").display().to_string()
    }
}
