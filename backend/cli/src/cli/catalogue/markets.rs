//! `catalogue markets`: what markets there are; one is renamed, put first or removed.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use stl_server::catalogue::assortment::market_name;
use stl_server::catalogue::edit::delete_market;
use stl_server::catalogue::{Assortment, Assortments, Store};
use stl_server::config::{CatalogueArgs, ModelsArgs};

use super::super::place::{changing, reading};

#[derive(Args)]
pub(in crate::cli) struct MarketsArgs {
    /// Give a market another name; an empty OLD names the products of no market
    #[arg(long, value_name = "OLD=NEW", value_parser = renaming, group = "change")]
    rename: Option<(String, String)>,
    /// Make a market the first one, which is searched if no market is named
    #[arg(long, value_name = "NAME", group = "change")]
    first: Option<String>,
    /// Remove a market with all that it sells
    #[arg(long, value_name = "NAME", group = "change")]
    remove: Option<String>,
    /// One JSON object a line
    #[arg(long, conflicts_with = "change")]
    json: bool,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
}

fn renaming(text: &str) -> Result<(String, String), String> {
    let (from, to) = text.split_once('=').ok_or_else(|| format!("expected OLD=NEW, got {text:?}"))?;
    Ok((from.to_owned(), market_name(to)?))
}

pub(super) fn run(args: &MarketsArgs) -> anyhow::Result<ExitCode> {
    if args.rename.is_some() || args.first.is_some() || args.remove.is_some() {
        changing(&args.catalogue, |folder| change(args, folder))?;
    }
    let (_, assortments) = Store::open(reading(&args.catalogue)?.folder())?.read_markets()?;
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    lines(&mut stdout, &assortments, args.json)?;
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn change(args: &MarketsArgs, folder: &Path) -> anyhow::Result<()> {
    let mut store = Store::open(folder)?;
    let has = |store: &Store, name: &str| anyhow::Ok(store.markets()?.iter().any(|known| known == name));
    if let Some((from, to)) = &args.rename {
        if has(&store, to)? {
            bail!("expected a name that no market has, got {to:?}");
        }
        store.rename_market(from, to)?;
    } else if let Some(name) = &args.first {
        store.put_market_first(name)?;
    } else if let Some(name) = &args.remove {
        // An empty name would mean the first market.
        if name.is_empty() && !has(&store, name)? {
            bail!("the catalogue has no products without a market");
        }
        let models = crate::cli::inputs::open_models(&args.models)?;
        let report = delete_market(folder, &models, name).context("the market is not removed")?;
        writeln!(std::io::stdout(), "the market is removed with its {} products", report.edited)?;
    }
    Ok(())
}

/// A line for each market: products, currencies and name; the first one is marked.
pub(super) fn lines(out: &mut impl Write, assortments: &Assortments, json: bool) -> std::io::Result<()> {
    for (place, Assortment { market, articles }) in assortments.0.iter().enumerate() {
        let mut currencies: Vec<&str> = articles.iter().map(|article| article.price.currency.as_str()).collect();
        currencies.sort_unstable();
        currencies.dedup();
        if json {
            let object = serde_json::json!({
                "name": market, "products": articles.len(), "currencies": currencies, "first": place == 0,
            });
            writeln!(out, "{object}")?;
            continue;
        }
        let name = if market.is_empty() { "(no market)" } else { market };
        let first = if place == 0 { "  [first]" } else { "" };
        writeln!(out, "{:>8}  {:<8}  {name}{first}", articles.len(), currencies.join(" "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renaming_names_both_and_the_old_name_may_be_empty() {
        assert_eq!(renaming("=de"), Ok((String::new(), "de".to_owned())));
        assert_eq!(renaming("de=at"), Ok(("de".to_owned(), "at".to_owned())));
        assert!(renaming("de").is_err() && renaming("de=").is_err());
    }
}
