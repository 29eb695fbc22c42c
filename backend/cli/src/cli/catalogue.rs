//! `catalogue …`: the subcommands, and `catalogue import`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use stl_server::catalogue::assortment::market_name;
use stl_server::catalogue::fetch::Waits;
use stl_server::catalogue::import::{ImportOptions, ImportReport, Stage, StageTimes, import};
use stl_server::cluster::absent::IfAbsent;
use stl_server::cluster::importing::{Sharing, import_shared};
use stl_server::config::values::number;
use stl_server::config::{CatalogueArgs, DeviceArgs, ModelsArgs, Place};
use stl_server::counted::counted;

mod backup;
mod categories;
mod copy;
mod dry_run;
mod edit;
mod events;
mod export;
mod feed_args;
mod feeds;
mod inspect;
mod left_out;
mod market_args;
mod markets;
mod migrate;
mod rules;
mod waiting;

use super::noted::Change;
use super::picture_args::PictureArgs;
use feed_args::FeedArgs;
pub(in crate::cli) use market_args::MarketArgs;

use left_out::{ROWS_LEFT_OUT, list_hints, list_notes, list_problems, print_skipped};
use waiting::{Shown, told};

/// Time between two lines of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Subcommand)]
pub(super) enum Command {
    /// Replace the catalogue by a feed, or what a market of it sells
    ///
    /// A folder with products.jsonl and pictures; or a file, which may be compressed by gzip: JSON Lines, Google Merchant's product
    /// feed (XML, tab-separated or CSV, as Meta's catalogues are), or the product export of Shopify or WooCommerce (CSV). Exit
    /// status: 0 when every row was imported, 2 when some were left out (they are listed), 1 when nothing was changed.
    Import(ImportArgs),
    /// Change prices and availabilities, without any picture
    ///
    /// Exit status: 0 when every row was used, 2 when some were left out (they are listed), 1 when nothing was changed.
    Update(edit::UpdateArgs),
    /// Delete products
    ///
    /// Exit status: 0 when all were deleted, 2 when some are unknown (they are listed), 1 when nothing was changed.
    Delete(edit::DeleteArgs),
    /// Print the markets; rename one, put it first or remove it
    Markets(markets::MarketsArgs),
    /// Print how products got their categories and which were left out, the most frequent first
    Categories(categories::CategoriesArgs),
    /// Store the shop's rules: what is pinned, boosted, buried and excluded; or print them
    ///
    /// Prints what each rule meets, and what is wrong. Exit status: 0 when nothing is, 2 when rules meet nothing or contradict each other
    /// (they are stored all the same), 1 when nothing was changed.
    Rules(rules::RulesArgs),
    /// Print the products: id, category, price, title
    List(inspect::ListArgs),
    /// Print a product as JSON
    Show(inspect::ShowArgs),
    /// Print how many products there are of what, and how large the catalogue is
    Stats(inspect::StatsArgs),
    /// Read everything and check that it is complete
    Verify(inspect::VerifyArgs),
    /// Write the whole catalogue to one file, a tar archive with checksums, also while it is served
    ///
    /// An import cannot begin meanwhile.
    Backup(backup::BackupArgs),
    /// Make a catalogue of a backup, in a folder that is missing or empty
    ///
    /// Every file is compared with its checksum first. Exit status 1: nothing was changed.
    Restore(backup::RestoreArgs),
    /// Write the products and their pictures as a feed that can be imported
    Export(export::ExportArgs),
    /// Copy the catalogue from a folder to PostgreSQL and object storage, or back, losing nothing
    Copy(copy::CopyArgs),
    /// Bring a catalogue's database to this program's schema, which any command that opens it does as well
    ///
    /// Prints the version before and after. A catalogue that is current is not changed.
    Migrate(migrate::MigrateArgs),
}

#[derive(Args)]
pub(super) struct ImportArgs {
    /// Folder with products.jsonl, or a file
    feed: PathBuf,
    #[command(flatten)]
    options: FeedArgs,
    /// The market that the feed is of, such as de; other markets stay as they are. Several feeds of one shop (countries, languages,
    /// currencies) are one catalogue then
    #[arg(long, value_name = "NAME", value_parser = market_name)]
    market: Option<String>,
    /// Refuse a feed that loses more than this part of the former products, in percent; it may be cut off
    #[arg(long, value_name = "PERCENT", default_value_t = ImportOptions::MAX_DROP_PERCENT,
        value_parser = number::<u8>(0, 100))]
    max_drop: u8,
    /// Import the feed however many of the former products it loses
    #[arg(long)]
    force: bool,
    /// Only read and check the rows, and how many products would be lost: no picture is fetched, nothing is written
    #[arg(long)]
    dry_run: bool,
    /// Into PostgreSQL: leave all pictures to `shop-the-look worker` on other machines
    #[arg(long)]
    only_workers: bool,
    /// Into PostgreSQL: pictures of a job, which one worker does
    #[arg(long, value_name = "N", default_value_t = Sharing::JOB_PICTURES as u16, value_parser = number::<u16>(1, 1000))]
    job_pictures: u16,
    #[command(flatten)]
    pictures: PictureArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

impl Command {
    /// What it changes; nothing of a command that only reads.
    pub(super) fn change(&self) -> Option<Change> {
        match self {
            Self::Import(args) if args.dry_run => None,
            Self::Import(args) => Change::of("catalogue import", &args.catalogue),
            Self::Update(args) => args.change(),
            Self::Delete(args) => args.change(),
            Self::Markets(args) => args.change(),
            Self::Rules(args) => args.change(),
            Self::Restore(args) => args.change(),
            Self::Copy(args) => args.change(),
            Self::Migrate(args) => args.change(),
            Self::Categories(_) | Self::List(_) | Self::Show(_) | Self::Stats(_) | Self::Verify(_) => None,
            Self::Backup(_) | Self::Export(_) => None,
        }
    }
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Import(args) => run_import(&args),
        Command::Update(args) => edit::update(&args),
        Command::Delete(args) => edit::delete(&args),
        Command::Markets(args) => markets::run(&args),
        Command::Categories(args) => categories::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::List(args) => inspect::list(&args),
        Command::Show(args) => inspect::show(&args),
        Command::Stats(args) => inspect::stats(&args),
        Command::Verify(args) => inspect::check(&args),
        Command::Backup(args) => backup::write(&args),
        Command::Restore(args) => backup::read(&args),
        Command::Export(args) => export::export(&args),
        Command::Copy(args) => copy::run(&args),
        Command::Migrate(args) => migrate::run(&args),
    }
}

fn run_import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let feed_options = args.options.options()?;
    let max_drop_percent = if args.force { 100 } else { args.max_drop };
    let market = args.market.clone().unwrap_or_default();
    if args.dry_run {
        let options = ImportOptions { market, feed: feed_options, max_drop_percent, ..ImportOptions::default() };
        return dry_run::check(&args.feed, super::place::reading(&args.catalogue)?.folder(), &options);
    }
    let place = args.catalogue.place()?;
    let models = super::inputs::open_models(&args.models)?.on_device(args.device.device)?;
    let (start, shown) = (Instant::now(), Shown::now());
    let (stages, waits) = (StageTimes::default(), Waits::default());
    let progress = |done: usize, total: usize| {
        if shown.is_due(if done == total { Duration::ZERO } else { PROGRESS_INTERVAL }) {
            let rate = done as f64 / start.elapsed().as_secs_f64().max(1e-3);
            let left_s = (total - done) as f64 / rate.max(1e-3);
            let (bar, left) = (bar(done, total), duration(left_s));
            eprintln!("{bar} {done} of {total} pictures, {rate:.1} a second, {left} left{}", of_stages(&stages));
        }
    };
    let options = ImportOptions {
        market,
        feed: feed_options,
        stages: stages.clone(),
        waits: waits.clone(),
        max_drop_percent,
        ..args.pictures.options()?
    };
    let outcome = told(&waits, &shown, || match &place {
        Place::Folder(folder) => import(&args.feed, folder, &models, &options, progress),
        Place::Cluster(address) => {
            let lease = args.pictures.lease();
            let sharing = Sharing {
                job_pictures: args.job_pictures.into(),
                works: !args.only_workers,
                lease,
                waits: true,
                if_absent: IfAbsent::Make,
                keeps_networks: false,
            };
            import_shared(&args.feed, address, &models, &options, &sharing, progress)
        }
    });
    let report = outcome.inspect_err(|error| list_problems(error.left_out()))?;
    list_problems(&report.left_out);
    list_notes(&report.notes);
    list_hints(&report.hints);
    print_report(&report, args, start.elapsed())?;
    Ok(if report.left_out.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(ROWS_LEFT_OUT) })
}

fn print_report(report: &ImportReport, args: &ImportArgs, took: Duration) -> std::io::Result<()> {
    let market = args.market.as_ref().map_or_else(String::new, |name| format!(", market {name}"));
    let seconds = took.as_secs_f64();
    let folder = match args.catalogue.place() {
        Ok(Place::Cluster(address)) => address.record.to_string(),
        _ => args.catalogue.at.catalogue.display().to_string(),
    };
    writeln!(
        std::io::stdout(),
        "{} in {folder}{market} ({} encoded, {} unchanged, {} left out) in {seconds:.1} s",
        counted(report.imported, "product"),
        report.encoded,
        report.unchanged,
        counted(report.left_out.len(), "row"),
    )?;
    if report.kept > 0 {
        let kept = counted(report.kept, "picture");
        writeln!(std::io::stdout(), "{kept} could not be fetched now: what is stored stays")?;
    }
    if report.further_pictures > 0 {
        let (all, new) = (report.further_pictures, report.further_stored);
        writeln!(std::io::stdout(), "{}, {new} of them new", counted(all, "further picture"))?;
    }
    if report.predicted > 0 {
        let predicted = counted(report.predicted, "product");
        writeln!(std::io::stdout(), "{predicted} with a category that was predicted from the picture")?;
    }
    print_skipped(report.hidden, report.merged, report.unwanted)
}

/// A progress bar of twenty characters.
fn bar(done: usize, total: usize) -> String {
    let filled = (done * 20).checked_div(total).unwrap_or(20).min(20);
    format!("[{}{}]", "=".repeat(filled), " ".repeat(20 - filled))
}

/// What one worker does of each stage in a second, so that the slowest stage is seen.
fn of_stages(stages: &StageTimes) -> String {
    let rates: Vec<String> = Stage::ALL
        .into_iter()
        .filter_map(|stage| Some(format!("{} {:.0}", stage.name(), stages.pictures_per_s(stage)?)))
        .collect();
    if rates.is_empty() { String::new() } else { format!("; pictures a second and worker: {}", rates.join(", ")) }
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds < 90 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
