//! `catalogue export`. In: the catalogue. Out: a feed of JSON Lines with pictures, which can be imported.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;
use stl_server::catalogue::{Assortment, Sale, Store, Variant};
use stl_server::cluster::pull::Extent;
use stl_server::config::CatalogueArgs;
use stl_server::counted::counted;
use stl_server::digest::Digest;
use stl_types::Price;

use super::super::place::reading_with;
use super::market_args::MarketArgs;

#[derive(Args)]
pub(in crate::cli) struct ExportArgs {
    /// Folder for the feed: products.jsonl and pictures
    out: PathBuf,
    #[command(flatten)]
    market: MarketArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

pub(super) fn export(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let opened = reading_with(&args.catalogue, Extent::WithPictures)?;
    let folder = opened.folder();
    let (_, Assortment { articles, .. }) = Store::open(folder)?.read_market(args.market.name())?;
    let images = args.out.join("images");
    std::fs::create_dir_all(&images).with_context(|| format!("cannot make the folder {}", images.display()))?;
    // A copy onto itself would leave an empty file.
    if images.canonicalize()? == folder.join("images").canonicalize()? {
        bail!("{} is the catalogue's own folder: expected another one", args.out.display());
    }
    let path = args.out.join("products.jsonl");
    let file = std::fs::File::create_new(&path)
        .with_context(|| format!("{} cannot be written: expected a folder without a feed", path.display()))?;
    let mut list = BufWriter::new(file);
    for article in &articles {
        let named = |picture: &Digest| format!("images/{picture}.jpg");
        for picture in article.pictures().map(named) {
            std::fs::copy(folder.join(&picture), args.out.join(&picture))
                .with_context(|| format!("{picture} cannot be copied"))?;
        }
        let mut row = serde_json::json!({
            "id": article.id, "title": article.title, "description": article.description, "link": article.link,
            "image_link": named(&article.picture_sha256), "price": article.price.to_string(), "availability": article.availability,
            "brand": article.brand, "color": article.color, "gender": article.gender,
            "product_type": article.product_type, "category": article.category,
        });
        if !article.further_pictures.is_empty() {
            let further: Vec<String> = article.further_pictures.iter().map(named).collect();
            row["additional_image_link"] = further.into();
        }
        if article.category_predicted {
            row["category_predicted"] = true.into();
        }
        let attributes =
            [("age_group", &article.age_group), ("material", &article.material), ("pattern", &article.pattern)];
        let labels = article.labels.iter().map(|(name, text)| (name.as_str(), text));
        for (name, text) in attributes.into_iter().chain(labels).filter(|(_, text)| !text.is_empty()) {
            row[name] = text.as_str().into();
        }
        if let Some(sale) = &article.sale {
            add_sale(&mut row, sale, &article.price.currency);
        }
        if !article.group.is_empty() {
            row["item_group_id"] = article.group.as_str().into();
        }
        if !article.variants.is_empty() {
            let currency = &article.price.currency;
            row["variants"] = article.variants.iter().map(|variant| variant_row(variant, currency)).collect();
        }
        writeln!(list, "{row}")?;
    }
    list.flush()?;
    writeln!(std::io::stdout(), "{} in {}", counted(articles.len(), "product"), args.out.display())?;
    Ok(ExitCode::SUCCESS)
}

/// A size as an object of the row's list.
fn variant_row(variant: &Variant, currency: &str) -> Value {
    let mut row = serde_json::json!({
        "link": variant.link, "price": price(variant.amount_minor, currency), "availability": variant.availability,
    });
    let texts =
        [("id", &variant.id), ("size", &variant.size), ("size_system", &variant.size_system), ("gtin", &variant.gtin)];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        row[name] = text.as_str().into();
    }
    if let Some(sale) = &variant.sale {
        add_sale(&mut row, sale, currency);
    }
    row
}

pub(super) fn add_sale(row: &mut Value, sale: &Sale, currency: &str) {
    row["sale_price"] = price(sale.amount_minor, currency).into();
    if sale.changes().next().is_some() {
        // A period may be open at either end.
        let [from, until] = [sale.from, sale.until].map(|end| end.map(|end| end.to_string()).unwrap_or_default());
        row["sale_price_effective_date"] = format!("{from}/{until}").into();
    }
}

fn price(amount_minor: u64, currency: &str) -> String {
    Price { amount_minor, currency: currency.to_owned() }.to_string()
}
