//! `catalogue markets`: what markets there are; one is renamed, put first or removed.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use stl_server::catalogue::assortment::market_name;
use stl_server::catalogue::edit::{delete_market, put_market_first, rename_market};
use stl_server::catalogue::{Assortment, Assortments, Store};
use stl_server::config::{CatalogueArgs, ModelsArgs};

use super::super::noted::Change;
use super::super::place::{changing_between_imports, reading};
use stl_server::counted::counted;

#[derive(Args)]
pub(in crate::cli) struct MarketsArgs {
    /// Give a market another name; an empty OLD names the products of no market
    #[arg(long, value_name = "OLD=NEW", value_parser = renaming, group = "change")]
    rename: Option<(String, String)>,
    /// Make a market the first one, which is searched if no market is named and all products are of a market
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

impl MarketsArgs {
    /// What it changes; nothing if it only prints.
    pub(super) fn change(&self) -> Option<Change> {
        let flags = [
            ("--rename", self.rename.is_some()),
            ("--first", self.first.is_some()),
            ("--remove", self.remove.is_some()),
        ];
        let (flag, _) = flags.into_iter().find(|(_, is_given)| *is_given)?;
        Change::of(&format!("catalogue markets {flag}"), &self.catalogue)
    }
}

pub(super) fn run(args: &MarketsArgs) -> anyhow::Result<ExitCode> {
    if args.rename.is_some() || args.first.is_some() || args.remove.is_some() {
        let said = changing_between_imports(&args.catalogue, |folder| change(args, folder))?;
        said.iter().try_for_each(|sentence| writeln!(std::io::stdout(), "{sentence}"))?;
    }
    let (_, assortments) = Store::open(reading(&args.catalogue)?.folder())?.read_markets()?;
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    lines(&mut stdout, &assortments, args.json)?;
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the change. Returns what is to be said of it on stdout; what is left to do is a note on stderr.
fn change(args: &MarketsArgs, folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut said = Vec::new();
    if let Some((from, to)) = &args.rename {
        let report = rename_market(folder, from, to)?;
        if report.rules > 0 {
            said.push(format!("{} of this market changed to the new name", counted(report.rules, "rule")));
        }
        for feed in &report.feeds {
            eprintln!(
                "note: the server fetches {feed} for {}: write market = {to:?} in its [[feed]] and start the server again, or the former \
                 market comes back with the next import",
                named(from)
            );
        }
    } else if let Some(name) = &args.first {
        put_market_first(folder, name)?;
    } else if let Some(name) = &args.remove {
        let models = crate::cli::inputs::open_models(&args.models)?;
        let report = delete_market(folder, &models, name).context("the market is not removed")?;
        said.push(format!("the market is removed with its {}", counted(report.products, "product")));
        if report.rules > 0 {
            let rules = counted(report.rules, "rule");
            eprintln!("note: {rules} of this market now act nowhere: remove them with `catalogue rules FILE`");
        }
        for feed in &report.feeds {
            eprintln!(
                "note: the server fetches {feed} for {}: remove its [[feed]] and start the server again, or the market comes back with \
                 the next import",
                named(name)
            );
        }
    }
    Ok(said)
}

/// A market in a sentence.
fn named(market: &str) -> String {
    if market.is_empty() { "no market".to_owned() } else { format!("the market {market:?}") }
}

/// A line for each market: products, currencies and name. The one that is searched if none is named is marked.
pub(super) fn lines(out: &mut impl Write, assortments: &Assortments, json: bool) -> std::io::Result<()> {
    let first = assortments.place_of("").ok();
    for (place, Assortment { market, articles }) in assortments.0.iter().enumerate() {
        let mut currencies: Vec<&str> = articles.iter().map(|article| article.price.currency.as_str()).collect();
        currencies.sort_unstable();
        currencies.dedup();
        if json {
            let object = serde_json::json!({
                "name": market, "products": articles.len(), "currencies": currencies, "first": first == Some(place),
            });
            writeln!(out, "{object}")?;
            continue;
        }
        let name = if market.is_empty() { "(no market)" } else { market };
        let first = if first == Some(place) { "  [first]" } else { "" };
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
