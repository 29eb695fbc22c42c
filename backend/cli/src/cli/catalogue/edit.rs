//! `catalogue update` and `catalogue delete`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use stl_server::catalogue::edit::{self, EditReport};
use stl_server::catalogue::feed::{self, FeedChanges, FeedOptions, Format};
use stl_server::config::{CatalogueArgs, ModelsArgs};
use stl_server::counted::counted;

use super::super::noted::Change;
use super::super::place::{changing, changing_offers};
use super::left_out::{ROWS_LEFT_OUT, list_hints, list_problems};
use super::market_args::MarketArgs;

#[derive(Args)]
pub(in crate::cli) struct UpdateArgs {
    /// File whose rows have an id and a price, an availability, or both
    changes: PathBuf,
    /// Format: jsonl, google-xml, google-tsv or google-csv [default: by the file's name]
    #[arg(long)]
    format: Option<Format>,
    /// Currency (ISO 4217) of prices without one
    #[arg(long, value_name = "CODE", value_parser = feed::currency)]
    currency: Option<String>,
    #[command(flatten)]
    market: MarketArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Args)]
pub(in crate::cli) struct DeleteArgs {
    /// Ids of products
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    market: MarketArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
}

impl UpdateArgs {
    /// What it changes.
    pub(super) fn change(&self) -> Option<Change> {
        Change::of("catalogue update", &self.catalogue)
    }
}

impl DeleteArgs {
    /// What it changes.
    pub(super) fn change(&self) -> Option<Change> {
        Change::of("catalogue delete", &self.catalogue)
    }
}

pub(super) fn update(args: &UpdateArgs) -> anyhow::Result<ExitCode> {
    let options = FeedOptions { format: args.format, currency: args.currency.clone(), ..FeedOptions::default() };
    let FeedChanges { changes, problems, hints } = feed::read_changes(&args.changes, &options)?;
    list_hints(&hints);
    list_problems(&problems);
    let update = |folder: &Path| Ok(edit::update(folder, args.market.name(), &changes)?);
    let report = changing_offers(&args.catalogue, update)?;
    print_report("changed", &report, !problems.is_empty())
}

pub(super) fn delete(args: &DeleteArgs) -> anyhow::Result<ExitCode> {
    let models = crate::cli::inputs::open_models(&args.models)?;
    let delete = |folder: &Path| Ok(edit::delete(folder, &models, args.market.name(), &args.ids)?);
    let report = changing(&args.catalogue, delete)?;
    print_report("deleted", &report, false)
}

fn print_report(verb: &str, report: &EditReport, any_left_out: bool) -> anyhow::Result<ExitCode> {
    for reason in report.reasons() {
        eprintln!("left out: {reason}");
    }
    list_hints(&report.notes);
    writeln!(std::io::stdout(), "{} {verb}", counted(report.edited, "product"))?;
    let is_complete = report.reasons().next().is_none() && !any_left_out;
    Ok(match report.edited {
        0 => ExitCode::FAILURE,
        _ if is_complete => ExitCode::SUCCESS,
        _ => ExitCode::from(ROWS_LEFT_OUT),
    })
}
