//! `catalogue list`, `show`, `stats` and `verify`.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use stl_server::catalogue::assortment::market_name;
use stl_server::catalogue::served;
use stl_server::catalogue::store::KEPT_HOURS;
use stl_server::catalogue::verify::verify;
use stl_server::catalogue::{Article, Assortment, Sale, Store};
use stl_server::cluster::pull::Extent;
use stl_server::config::values::number;
use stl_server::config::{CatalogueArgs, ModelsArgs};
use stl_server::counted::counted;
use stl_server::pipeline::cards::regular_product;
use stl_types::Category;
use stl_types::wire::{AdaptedMatch, Availability};

use super::super::place::{reading, reading_with};
use super::export::add_sale;
use super::market_args::MarketArgs;

#[derive(Args)]
pub(in crate::cli) struct ListArgs {
    /// One JSON object a line, with all fields
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    market: MarketArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Args)]
pub(in crate::cli) struct ShowArgs {
    /// The id of a product, of one of its sizes or of its group
    id: String,
    #[command(flatten)]
    market: MarketArgs,
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
        value_parser = number::<u32>(1, u64::from(KEPT_HOURS)))]
    hours: u32,
    /// Of this market alone
    #[arg(long, value_name = "NAME", value_parser = market_name, conflicts_with = "events")]
    market: Option<String>,
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

pub(super) fn list(args: &ListArgs) -> anyhow::Result<ExitCode> {
    let (_, Assortment { articles, .. }) =
        Store::open(reading(&args.catalogue)?.folder())?.read_market(args.market.name())?;
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    let id_width = articles.iter().map(|article| article.id.chars().count()).max().unwrap_or(0);
    for article in &articles {
        if args.json {
            writeln!(stdout, "{}", whole(article)?)?;
        } else {
            let (price, title) = (article.price.to_string(), &article.title);
            let sale = article.sale.as_ref().map_or_else(String::new, |sale| sale_of(sale, &article.price.currency));
            writeln!(stdout, "{:id_width$}  {:8}  {price:>12}  {title}{sale}", article.id, article.category)?;
        }
    }
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// A sale behind a title: its price, and the period if it has one.
fn sale_of(sale: &Sale, currency: &str) -> String {
    let mut row = serde_json::Value::Null;
    add_sale(&mut row, sale, currency);
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    let period = text("sale_price_effective_date").map_or_else(String::new, |period| format!(", {period}"));
    format!("  [sale {}{period}]", text("sale_price").unwrap_or_default())
}

pub(super) fn show(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let (_, assortment) = Store::open(reading(&args.catalogue)?.folder())?.read_market(args.market.name())?;
    let article = assortment.find(&args.id).with_context(|| format!("there is no product {:?}", args.id))?;
    writeln!(std::io::stdout(), "{:#}", whole(article)?)?;
    Ok(ExitCode::SUCCESS)
}

/// A product with its labels and its sale of any time, which the API does not show.
fn whole(article: &Article) -> serde_json::Result<serde_json::Value> {
    let mut product = serde_json::to_value(regular_product(article))?;
    if !article.labels.is_empty() {
        product["labels"] = serde_json::to_value(&article.labels)?;
    }
    if let Some(sale) = &article.sale {
        add_sale(&mut product, sale, &article.price.currency);
    }
    Ok(product)
}

pub(super) fn stats(args: &StatsArgs) -> anyhow::Result<ExitCode> {
    let extent = if args.events { Extent::WithCounts } else { Extent::Served };
    let opened = reading_with(&args.catalogue, extent)?;
    let folder = opened.folder();
    if args.events {
        return super::events::print(folder, args.hours, args.json);
    }
    let mut store = Store::open(folder)?;
    let (published, assortments) = store.read_markets()?;
    let has_markets = assortments.names().any(|market| !market.is_empty());
    let mut markets = Vec::new();
    if has_markets && args.market.is_none() {
        super::markets::lines(&mut markets, &assortments, args.json)?;
    }
    let markets = String::from_utf8(markets)?;
    let articles = match &args.market {
        None => assortments.into_each_once(),
        Some(market) => assortments.into_market(market)?.articles,
    };
    let adapted = store.adaptation()?.map(|stored| served::report(&stored));
    let feeds = store.feeds()?;
    let count = |passes: &dyn Fn(&Article) -> bool| articles.iter().filter(|article| passes(article)).count();
    let in_stock = count(&|article| article.availability == Availability::InStock);
    let by_category: Vec<(Category, usize)> =
        Category::ALL.map(|category| (category, count(&|article| article.category == category))).to_vec();
    let bytes = bytes_below(folder)?;
    let further: usize = articles.iter().map(|article| article.further_pictures.len()).sum();
    let with_further = count(&|article| !article.further_pictures.is_empty());
    let sizes: usize = articles.iter().map(|article| article.variants.len()).sum();
    let with_sizes = count(&|article| !article.variants.is_empty());
    let mut stdout = std::io::stdout().lock();
    if args.json {
        let categories: serde_json::Map<_, _> =
            by_category.iter().map(|(category, count)| (category.to_string(), (*count).into())).collect();
        let mut object = serde_json::json!({
            "version": published.version, "products": articles.len(), "in_stock": in_stock, "bytes": bytes,
            "further_pictures": further, "with_further_pictures": with_further, "variants": sizes,
            "with_variants": with_sizes, "categories": categories,
            "adapted_match": adapted, "feeds": feeds,
        });
        if has_markets && args.market.is_none() {
            object["markets"] =
                markets.lines().map(serde_json::from_str::<serde_json::Value>).collect::<Result<_, _>>()?;
        }
        writeln!(stdout, "{object}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let megabytes = bytes as f64 / 1e6;
    writeln!(
        stdout,
        "version {}, {}, {in_stock} in stock, {megabytes:.1} MB",
        published.version,
        counted(articles.len(), "product")
    )?;
    writeln!(stdout, "{}, of {}", counted(further, "further picture"), counted(with_further, "product"))?;
    writeln!(stdout, "{}, of {}", counted(sizes, "size"), counted(with_sizes, "product"))?;
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
    write!(stdout, "{markets}")?;
    super::feeds::lines(&mut stdout, &feeds)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn check(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let opened = reading_with(&args.catalogue, Extent::WithPictures)?;
    let faults = verify(opened.folder(), &crate::cli::inputs::open_models(&args.models)?)?;
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        bail!("the catalogue has {}: import its feed again", counted(faults.len(), "fault"));
    }
    writeln!(std::io::stdout(), "the catalogue is complete")?;
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
