//! `token`: the tokens of the administration. In: a name and what it may do. Out: the token, once; a list; a file without one.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use stl_server::config::CatalogueFlag;
use stl_server::tokens::{Scope, TokenFile};

use super::noted::Change;

/// Days that a token is valid if nothing else is said: it has to be thought of once a year.
const DAYS: u16 = 365;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token, print it once, and store its hash
    Add {
        /// Who uses it, e.g. `erp`: letters, digits, `.`, `-` and `_`
        name: String,
        /// What it may do: read, catalogue or rules; may be given several times
        #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',')]
        scope: Vec<Scope>,
        /// Days until it is refused
        #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// It is valid until it is removed
        #[arg(long, conflicts_with = "days")]
        forever: bool,
        #[command(flatten)]
        file: FileArgs,
        #[command(flatten)]
        noted: NotedArgs,
    },
    /// List names, scopes and ends of all tokens
    List {
        #[command(flatten)]
        file: FileArgs,
    },
    /// Remove a token; a running server refuses it a second later
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        file: FileArgs,
        #[command(flatten)]
        noted: NotedArgs,
    },
}

#[derive(Args)]
pub(super) struct FileArgs {
    /// The file of the tokens, which `serve` gets as well
    #[arg(long, env = "SHOP_THE_LOOK_ADMIN_TOKENS", value_name = "FILE")]
    admin_tokens: Option<PathBuf>,
}

#[derive(Args)]
#[command(mut_arg("catalogue", |arg| arg.help("Folder of the catalogue whose audit log notes it, if there is one")))]
pub(super) struct NotedArgs {
    #[command(flatten)]
    at: CatalogueFlag,
}

impl Command {
    /// What it changes; nothing if it only reads.
    pub(super) fn change(&self) -> Option<Change> {
        let (action, name, noted) = match self {
            Self::Add { name, noted, .. } => ("token add", name, noted),
            Self::Remove { name, noted, .. } => ("token remove", name, noted),
            Self::List { .. } => return None,
        };
        Some(Change::in_folder(action, &noted.at.catalogue).of_token(name))
    }
}

impl FileArgs {
    fn path(&self) -> anyhow::Result<PathBuf> {
        self.admin_tokens.clone().context("expected the file of the tokens: --admin-tokens FILE")
    }
}

/// Runs a command.
///
/// # Errors
/// When the file cannot be used, or the command does not fit it.
pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let mut stdout = std::io::stdout().lock();
    match command {
        Command::Add { name, scope, days, forever, file, noted: _ } => {
            let path = file.path()?;
            let end = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(days));
            TokenFile::change(&path, |tokens| {
                let token = tokens.add(&name, &scope, (!forever).then_some(end))?;
                // Before it is stored: nobody could use one that is stored and not shown.
                writeln!(stdout, "{token}")?;
                stdout.flush()?;
                anyhow::Ok(())
            })?;
            // It is stored, whoever reads this.
            let _ = writeln!(std::io::stderr(), "keep it now: {} has only its hash", path.display());
        }
        Command::List { file } => {
            let path = file.path()?;
            let tokens = TokenFile::read(&path)?;
            if tokens.tokens.is_empty() {
                let _ = writeln!(std::io::stderr(), "no tokens yet: `token add` makes one in {}", path.display());
            }
            let now = Timestamp::now();
            for token in &tokens.tokens {
                let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
                let end = match token.expires {
                    None => "forever".to_owned(),
                    Some(end) if end <= now => format!("expired {end:.0}"),
                    Some(end) => format!("until {end:.0}"),
                };
                writeln!(stdout, "{}\t{}\tmade {:.0}\t{end}", token.name, scopes.join(","), token.created)?;
            }
        }
        Command::Remove { name, file, noted: _ } => {
            TokenFile::change(&file.path()?, |tokens| tokens.remove(&name))?;
            let _ = writeln!(std::io::stderr(), "removed {name}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
