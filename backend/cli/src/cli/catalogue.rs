//! `catalogue …`: the subcommands, and `catalogue import`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use stl_server::catalogue::feed::{self, Feed, FeedOptions, Format};
use stl_server::catalogue::import::{ImportError, ImportOptions, import};
use stl_server::config::{CatalogueArgs, ModelsArgs};
use stl_server::parallel::available_threads;
use stl_types::Category;

mod edit;
mod inspect;
mod left_out;

use left_out::{LINES_LEFT_OUT, list_problems};

/// Time between two lines of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Subcommand)]
pub(super) enum Command {
    /// Replace the catalogue by a feed
    ///
    /// A folder with products.jsonl and pictures; or a file: JSON Lines, Google Merchant's product feed (XML, tab-separated or
    /// CSV, as Meta's catalogues are), or Shopify's product export (CSV). Exit status: 0 when every row was imported, 2 when
    /// some were left out (they are listed), 1 when nothing was changed.
    Import(ImportArgs),
    /// Change prices and availabilities, without any picture
    ///
    /// Exit status: 0 when every row was used, 2 when some were left out (they are listed), 1 when nothing was changed.
    Update(edit::UpdateArgs),
    /// Delete products
    Delete(edit::DeleteArgs),
    /// Print the products: id, category, price, title
    List(inspect::ListArgs),
    /// Print a product as JSON
    Show(inspect::ShowArgs),
    /// Print how many products there are of what, and how large the catalogue is
    Stats(inspect::StatsArgs),
    /// Read everything and check that it is complete
    Verify(inspect::VerifyArgs),
    /// Write the products and their pictures as a feed that can be imported
    Export(inspect::ExportArgs),
}

#[derive(Args)]
pub(super) struct ImportArgs {
    /// Folder with products.jsonl, or a file
    feed: PathBuf,
    /// Format: jsonl, google-xml, google-tsv, google-csv or shopify-csv [default: by the file's name, for a CSV by
    /// its headings]
    #[arg(long)]
    format: Option<Format>,
    /// Currency (ISO 4217) of prices without one, as all of Shopify's are
    #[arg(long, value_name = "CODE", value_parser = feed::currency)]
    currency: Option<String>,
    /// Address of the shop, which Shopify's export does not contain, e.g. https://shop.example
    #[arg(long, value_name = "URL")]
    shop_url: Option<String>,
    /// Only read and check the rows: no picture is fetched, nothing is written
    #[arg(long)]
    dry_run: bool,
    /// Also fetch pictures from addresses of this machine and of private networks
    #[arg(long)]
    allow_private_addresses: bool,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Import(args) => run_import(&args),
        Command::Update(args) => edit::update(&args),
        Command::Delete(args) => edit::delete(&args),
        Command::List(args) => inspect::list(&args),
        Command::Show(args) => inspect::show(&args),
        Command::Stats(args) => inspect::stats(&args),
        Command::Verify(args) => inspect::check(&args),
        Command::Export(args) => inspect::export(&args),
    }
}

fn run_import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let feed_options =
        FeedOptions { format: args.format, currency: args.currency.clone(), shop_url: args.shop_url.clone() };
    if args.dry_run {
        return check(args, &feed_options);
    }
    let models = super::inputs::open_models(&args.models)?;
    let folder = &args.catalogue.catalogue;
    let (start, mut shown) = (Instant::now(), Instant::now());
    let progress = |done: usize, total: usize| {
        if shown.elapsed() >= PROGRESS_INTERVAL || done == total {
            shown = Instant::now();
            let rate = done as f64 / start.elapsed().as_secs_f64().max(1e-3);
            let left_s = (total - done) as f64 / rate.max(1e-3);
            let (bar, left) = (bar(done, total), duration(left_s));
            eprintln!("{bar} {done} of {total} products, {rate:.1} a second, {left} left");
        }
    };
    let options = ImportOptions {
        feed: feed_options,
        threads: available_threads(),
        private_addresses_allowed: args.allow_private_addresses,
    };
    let report = match import(&args.feed, folder, &models, &options, progress) {
        Err(ImportError::Nothing(problems)) => {
            list_problems(&problems);
            return Err(ImportError::Nothing(problems).into());
        }
        outcome => outcome?,
    };
    list_problems(&report.left_out);
    let (seconds, folder) = (start.elapsed().as_secs_f64(), folder.display());
    writeln!(
        std::io::stdout(),
        "{} products in {folder} ({} pictures encoded, {} unchanged, {} lines left out) in {seconds:.1} s",
        report.imported,
        report.encoded,
        report.unchanged,
        report.left_out.len(),
    )?;
    if report.predicted > 0 {
        writeln!(std::io::stdout(), "{} categories were predicted from pictures", report.predicted)?;
    }
    print_skipped(report.hidden, report.merged)?;
    Ok(if report.left_out.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(LINES_LEFT_OUT) })
}

/// A progress bar of twenty characters.
fn bar(done: usize, total: usize) -> String {
    let filled = (done * 20).checked_div(total).unwrap_or(20).min(20);
    format!("[{}{}]", "=".repeat(filled), " ".repeat(20 - filled))
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds < 90 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

/// Prints what an import would import and leave out.
fn check(args: &ImportArgs, options: &FeedOptions) -> anyhow::Result<ExitCode> {
    let Feed { rows, problems, hints, hidden, merged, .. } = feed::read(&args.feed, options)?;
    list_problems(&problems);
    for hint in hints {
        eprintln!("note: {hint}");
    }
    writeln!(std::io::stdout(), "{} products would be imported, {} rows left out", rows.len(), problems.len())?;
    print_skipped(hidden, merged)?;
    for category in Category::ALL {
        let count = rows.iter().filter(|row| row.category == Some(category)).count();
        writeln!(std::io::stdout(), "{count:>8}  {category}")?;
    }
    let uncategorised = rows.iter().filter(|row| row.category.is_none()).count();
    if uncategorised > 0 {
        writeln!(
            std::io::stdout(),
            "{uncategorised:>8}  without a category, which will be predicted from the picture"
        )?;
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(LINES_LEFT_OUT) })
}

/// Prints the rows that became no product of their own. They are no faults and do not change the exit status.
fn print_skipped(hidden: usize, merged: usize) -> std::io::Result<()> {
    if merged > 0 {
        writeln!(
            std::io::stdout(),
            "{merged} rows were merged into earlier ones of their group with the same picture (sizes)"
        )?;
    }
    if hidden > 0 {
        writeln!(std::io::stdout(), "{hidden} hidden products skipped (drafts, archived, unpublished, gift cards)")?;
    }
    Ok(())
}
