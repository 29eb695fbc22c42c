//! The command line. In: flags. Out: an exit status; results on stdout, everything else on stderr.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{ArgMatches, CommandFactory as _, Parser, Subcommand, ValueEnum};
use stl_server::config::{Config, ConfigFile, ConfigTables, ServeArgs};
use stl_server::serve::{Inherited, serve};
use stl_server::traces::Traces;
use stl_types::Manifest;

mod adapt;
mod audit;
mod catalogue;
mod config;
#[cfg(feature = "evaluate")]
mod evaluate;
mod fetch_args;
mod inputs;
mod networks;
mod noted;
mod pairs_table;
mod picture_args;
mod place;
mod search;
mod segment;
mod shell_files;
mod token;
mod worker;

/// Visual search for fashion: a photo of a person in, the shop's most similar products out.
#[derive(Parser)]
#[command(name = "shop-the-look", version, long_version = VERSION_AND_TERMS.as_str())]
pub(crate) struct Cli {
    /// File with the settings of a server, whose catalogue, networks and device the other commands use too
    #[arg(long, global = true, env = "SHOP_THE_LOOK_CONFIG", value_name = "FILE", help_heading = OF_ALL)]
    config: Option<PathBuf>,
    /// How lines of the log on stderr are written; what commands say is text
    #[arg(long, global = true, env = "SHOP_THE_LOOK_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t)]
    #[arg(help_heading = OF_ALL)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

/// The heading of flags that every command has.
const OF_ALL: &str = "Options of all commands";

/// How the log is written.
#[derive(Clone, Copy, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines to read.
    #[default]
    Text,
    /// An object a line.
    Json,
}

/// The version, and what the networks of this repository may be used for.
static VERSION_AND_TERMS: LazyLock<String> = LazyLock::new(|| {
    let shipped = Manifest::parse(include_str!("../../../models/manifest.toml"));
    let terms = shipped.map(|manifest| manifest.terms).unwrap_or_default();
    format!("{}\n{terms}", env!("CARGO_PKG_VERSION"))
});

#[derive(Subcommand)]
enum Command {
    /// Serve the page and the search
    Serve(Box<ServeArgs>),
    /// Import a shop's feed, or list what was imported
    #[command(subcommand)]
    Catalogue(catalogue::Command),
    /// Fetch and encode pictures for imports into a catalogue in PostgreSQL, on any number of machines
    ///
    /// Runs until it is ended, at any moment: another worker does what it has not finished.
    Worker(worker::Args),
    /// Adapt the match to the shop's own pictures of people who wear its products
    ///
    /// Exit status: 0 when the adapted match serves, or would with --dry-run; 2 when it does not, since there are too few pictures or it is no
    /// better beyond chance; 1 when something failed.
    Adapt(adapt::Args),
    /// Search the catalogue for what people in photos wear
    Search(search::Args),
    /// Cut people out of photos
    Segment(segment::Args),
    /// Check a server's settings, or print an example of them
    #[command(subcommand)]
    Config(config::Command),
    /// Make, list and remove tokens of the administration
    #[command(subcommand)]
    Token(token::Command),
    /// Print who has changed a catalogue, through the API or by commands
    Audit(audit::Args),
    /// Load the networks and compare them with their manifest
    Networks(networks::Args),
    /// Print completions for a shell
    Completions(shell_files::CompletionsArgs),
    /// Write the pages of the manual, one for each command
    Manual(shell_files::ManualArgs),
    /// Measure the networks on test sets
    #[cfg(feature = "evaluate")]
    #[command(subcommand)]
    Evaluate(evaluate::Command),
}

impl Cli {
    /// Gives a server the tables of its settings' file.
    pub(crate) fn set_tables(&mut self, tables: &ConfigTables) {
        match &mut self.command {
            Command::Serve(args) => args.tables = tables.clone(),
            Command::Config(config::Command::Check(args)) => args.tables = tables.clone(),
            _ => {}
        }
    }

    /// What sends a server's spans; none of other commands.
    pub(crate) fn traces(&self) -> anyhow::Result<Option<Traces>> {
        let Command::Serve(args) = &self.command else { return Ok(None) };
        Ok(args.traces.export()?.as_ref().map(Traces::start).transpose()?)
    }
}

/// Runs a command. `matches` are those that it was made of, `file` the one that set defaults.
pub(crate) fn run(cli: Cli, matches: &ArgMatches, file: Option<&(PathBuf, ConfigFile)>) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(args) => run_server(*args),
        Command::Config(command) => config::run(command, matches, file, &Cli::command()),
        Command::Catalogue(command) => noted::noted(command.change(), || catalogue::run(command)),
        Command::Worker(args) => worker::run(&args),
        Command::Adapt(args) => noted::noted(args.change(), || adapt::run(&args)),
        Command::Search(args) => search::run(&args),
        Command::Segment(args) => segment::run(&args),
        Command::Token(command) => noted::noted(command.change(), || token::run(command)),
        Command::Audit(args) => audit::run(&args),
        Command::Networks(args) => networks::run(&args),
        Command::Completions(args) => shell_files::completions(&args, Cli::command()),
        Command::Manual(args) => shell_files::manual(&args, Cli::command()),
        #[cfg(feature = "evaluate")]
        Command::Evaluate(command) => evaluate::run(&command),
    }
}

fn run_server(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let config = Config::from_args(args)?;
    // Before there are other threads: it changes the environment.
    let inherited = Inherited::take()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(serve(config, inherited, |addresses| {
        // Scripts wait for these lines. The server runs even if stdout is closed.
        let mut stdout = std::io::stdout().lock();
        for address in addresses {
            let _ = writeln!(stdout, "listening on {address}");
        }
        let _ = stdout.flush();
    }));
    // Do not wait for a catalogue that is still being loaded.
    runtime.shutdown_background();
    outcome?;
    Ok(ExitCode::SUCCESS)
}
