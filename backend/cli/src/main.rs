//! The program: flags in, an exit status out.
//!
//! 0: done. 1: failed. 2: `catalogue import` published a catalogue but left rows of the feed out.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use stl_server::config::ConfigFile;

use self::broken_pipe::is_broken_pipe;

mod broken_pipe;
mod cli;
mod environment;
mod logging;
mod settings;

fn main() -> ExitCode {
    let command = environment::without_empty(cli::Cli::command());
    let matches = match command.clone().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return refused(&error),
    };
    let (file, matches) = match with_file(command, matches) {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    let mut cli = match cli::Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    if let Some((_, file)) = &file {
        cli.set_tables(&file.tables);
    }
    let traces = match cli.traces() {
        Ok(traces) => traces,
        Err(error) => return failed(&error),
    };
    logging::start(cli.log_format, traces.as_ref());
    let outcome = cli::run(cli, &matches, file.as_ref());
    if let Some(traces) = traces {
        traces.stop();
    }
    match outcome {
        Ok(status) => status,
        // The reader of the output has closed it, as in `shop-the-look catalogue list | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// Parses the command line again with the values of the file that it names.
fn with_file(command: Command, matches: ArgMatches) -> anyhow::Result<(Option<(PathBuf, ConfigFile)>, ArgMatches)> {
    let Some((path, file)) = settings::file_of(&matches)? else { return Ok((None, matches)) };
    let name = || path.display().to_string();
    let command = settings::with_defaults(command, &file).with_context(name)?;
    // Without the file it was parsed, so that the file is wrong.
    let matches = command.try_get_matches().map_err(|error| anyhow!("{}", said(&error))).with_context(name)?;
    Ok((Some((path, file)), matches))
}

/// What clap says of a value and which ones it takes, without its advice.
fn said(error: &clap::Error) -> String {
    let text = error.to_string();
    let said = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            format!("{said}: expected one of {}", values.join(", "))
        }
        _ => said.to_owned(),
    }
}

fn refused(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    // clap would exit with 2, which here means that rows were left out.
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("{}: {error:#}", cli::Cli::command().get_name());
    ExitCode::FAILURE
}
