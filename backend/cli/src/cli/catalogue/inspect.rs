//! `catalogue list`, `show`, `stats`, `verify` and `export`.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use stl_server::catalogue::served;
use stl_server::catalogue::store::KEPT_HOURS;
use stl_server::catalogue::verify::verify;
use stl_server::catalogue::{Article, Store};
use stl_server::config::{CatalogueArgs, ModelsArgs};
use stl_server::digest::Digest;
use stl_server::pipeline::cards::regular_product;
use stl_types::wire::{AdaptedMatch, Availability};
use stl_types::{Category, Price};

#[derive(Args)]
pub(in crate::cli) struct ListArgs {
    /// One JSON object a line, with all fields
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Args)]
pub(in crate::cli) struct ShowArgs {
    /// The product's id
    id: String,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Args)]
pub(in crate::cli) struct StatsArgs {
    /// As one JSON object
    #[arg(long)]
    json: bool,
    /// What was counted of what shoppers do (`serve --events`)
    #[arg(long)]
    events: bool,
    /// Events of how many hours, this one among them
    #[arg(long, value_name = "N", requires = "events", default_value_t = 24,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(KEPT_HOURS)))]
    hours: u32,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Args)]
pub(in crate::cli) struct VerifyArgs {
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
}

#[derive(Args)]
pub(in crate::cli) struct ExportArgs {
    /// Folder for the feed: products.jsonl and pictures
    out: PathBuf,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

pub(super) fn list(args: &ListArgs) -> anyhow::Result<ExitCode> {
    let (_, articles) = Store::open(&args.catalogue.catalogue)?.read()?;
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    let id_width = articles.iter().map(|article| article.id.chars().count()).max().unwrap_or(0);
    for article in &articles {
        if args.json {
            writeln!(stdout, "{}", whole(article)?)?;
        } else {
            let (price, title) = (article.price.to_string(), &article.title);
            writeln!(stdout, "{:id_width$}  {:8}  {price:>12}  {title}", article.id, article.category)?;
        }
    }
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let (_, articles) = Store::open(&args.catalogue.catalogue)?.read()?;
    let found = articles.iter().find(|article| article.id == args.id);
    let article = found.with_context(|| format!("there is no product {:?}", args.id))?;
    writeln!(std::io::stdout(), "{:#}", whole(article)?)?;
    Ok(ExitCode::SUCCESS)
}

/// A product with its labels, which the API does not show.
fn whole(article: &Article) -> serde_json::Result<serde_json::Value> {
    let mut product = serde_json::to_value(regular_product(article))?;
    if !article.labels.is_empty() {
        product["labels"] = serde_json::to_value(&article.labels)?;
    }
    Ok(product)
}

pub(super) fn stats(args: &StatsArgs) -> anyhow::Result<ExitCode> {
    let folder = &args.catalogue.catalogue;
    if args.events {
        return super::events::print(folder, args.hours, args.json);
    }
    let mut store = Store::open(folder)?;
    let (published, articles) = store.read()?;
    let adapted = store.adaptation()?.map(|stored| served::report(&stored));
    let feeds = store.feeds()?;
    let count = |passes: &dyn Fn(&Article) -> bool| articles.iter().filter(|article| passes(article)).count();
    let in_stock = count(&|article| article.availability == Availability::InStock);
    let by_category: Vec<(Category, usize)> =
        Category::ALL.map(|category| (category, count(&|article| article.category == category))).to_vec();
    let bytes = bytes_below(folder)?;
    let further: usize = articles.iter().map(|article| article.further_pictures.len()).sum();
    let with_further = count(&|article| !article.further_pictures.is_empty());
    let mut stdout = std::io::stdout().lock();
    if args.json {
        let categories: serde_json::Map<_, _> =
            by_category.iter().map(|(category, count)| (category.to_string(), (*count).into())).collect();
        let object = serde_json::json!({
            "version": published.version, "products": articles.len(), "in_stock": in_stock, "bytes": bytes,
            "further_pictures": further, "with_further_pictures": with_further, "categories": categories,
            "adapted_match": adapted, "feeds": feeds,
        });
        writeln!(stdout, "{object}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let megabytes = bytes as f64 / 1e6;
    writeln!(
        stdout,
        "version {}, {} products, {in_stock} in stock, {megabytes:.1} MB",
        published.version,
        articles.len()
    )?;
    writeln!(stdout, "{further} further pictures, of {with_further} products")?;
    match adapted {
        None => writeln!(stdout, "match: the shipped one")?,
        Some(AdaptedMatch { version, held_out_queries, top_10_shipped, top_10_adapted, .. }) => writeln!(
            stdout,
            "match: adapted in version {version}; top-10 of {held_out_queries} held-out queries {top_10_shipped:.3} → {top_10_adapted:.3}"
        )?,
    }
    for (category, count) in by_category {
        writeln!(stdout, "{count:>8}  {category}")?;
    }
    super::feeds::lines(&mut stdout, &feeds)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn check(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let faults = verify(&args.catalogue.catalogue, &crate::cli::inputs::open_models(&args.models)?)?;
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        bail!("the catalogue has {} faults: import its feed again", faults.len());
    }
    writeln!(std::io::stdout(), "the catalogue is complete")?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn export(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let folder = &args.catalogue.catalogue;
    let (_, articles) = Store::open(folder)?.read()?;
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
            let price = Price { amount_minor: sale.amount_minor, currency: article.price.currency.clone() };
            row["sale_price"] = price.to_string().into();
            if sale.changes().next().is_some() {
                // A period may be open at either end.
                let [from, until] =
                    [sale.from, sale.until].map(|end| end.map(|end| end.to_string()).unwrap_or_default());
                row["sale_price_effective_date"] = format!("{from}/{until}").into();
            }
        }
        writeln!(list, "{row}")?;
    }
    list.flush()?;
    writeln!(std::io::stdout(), "{} products in {}", articles.len(), args.out.display())?;
    Ok(ExitCode::SUCCESS)
}

/// The size of a folder's files, including subfolders.
fn bytes_below(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_below(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
