//! A drawn shop whose products have further pictures. In: nothing. Out: its catalogue, imported, and what is worn together.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};
use garment_renderer::feed::ProductLine;
use garment_renderer::{Catalogue, DrawnLook, Product, render_product};
use image::ImageFormat;
use serde_json::{Value, json};
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

/// Sizes in letters, of which `M` is sold out and the largest is dearer; or numbers of one price. A product that is sold out has none.
fn sizes(product: &Product, in_letters: bool) -> Value {
    if product.availability != "in_stock" {
        return Value::Array(Vec::new());
    }
    let names: &[&str] = if in_letters { &["XL", "XS", "M", "S", "L", "XXL"] } else { &["34", "36", "38"] };
    let size = |name: &&str| {
        let cents = product.price_cents + if *name == "XXL" { 500 } else { 0 };
        json!({
            "id": format!("{}-{name}", product.id), "size": name, "size_system": "EU",
            "link": format!("https://shop.example/p/{}?size={name}", product.id),
            "price": format!("{}.{:02} EUR", cents / 100, cents % 100),
            "availability": if *name == "M" { "out_of_stock" } else { "in_stock" },
        })
    };
    names.iter().map(size).collect()
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
            line["variants"] = sizes(product, is_even);
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

    /// Imports a market that sells each product whose place is a multiple of `step`, at its prices in another currency. Returns their ids.
    ///
    /// # Errors
    /// As for [`WornShop::import`].
    pub fn import_market(&self, market: &str, currency: &str, step: usize) -> Result<Vec<String>> {
        let feed = self.folder.path().join("feed");
        let lines = fs::read_to_string(feed.join("products.jsonl"))?;
        let (mut ids, mut sold) = (Vec::new(), Vec::new());
        for line in lines.lines().step_by(step) {
            let mut row: Value = serde_json::from_str(&line.replace(" EUR\"", &format!(" {currency}\"")))?;
            // Feeds are strangers' text.
            row["title"] = format!("{} <img src=x onerror=hacked=1>", row["title"].as_str().unwrap_or_default()).into();
            ids.push(row["id"].as_str().unwrap_or_default().to_owned());
            sold.push(row.to_string());
        }
        let path = feed.join("market.jsonl");
        fs::write(&path, sold.join("\n"))?;
        let options = ImportOptions { market: market.to_owned(), threads: 2, ..ImportOptions::default() };
        let models = Models::open(&root().join("models"))?;
        let report = import(&path, &self.folder.path().join("catalogue"), &models, &options, |_, _| {})?;
        anyhow::ensure!(report.imported == ids.len(), "{report:?}");
        Ok(ids)
    }

    /// A product with further pictures, and another one of its category: the first is among its similar ones.
    ///
    /// # Errors
    /// When nobody wears anything.
    pub fn worn_and_another(&self) -> Result<(&Product, Product)> {
        let worn = self.outfits.first().and_then(|outfit| outfit.first()).context("an outfit")?;
        let catalogue = Catalogue::new(SEED, PRODUCTS);
        let another = (0..PRODUCTS)
            .map(|at| catalogue.product(at))
            .find(|product| product.category == worn.category && product.id != worn.id)
            .context("six of each category")?;
        Ok((worn, another))
    }

    /// The catalogue's folder, for `serve --catalogue`.
    #[must_use]
    pub fn catalogue(&self) -> String {
        self.folder.path().join("catalogue").display().to_string()
    }
}
