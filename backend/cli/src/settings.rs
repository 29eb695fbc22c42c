//! A server's settings in one file. In: the command line and a [`ConfigFile`]. Out: the command line whose defaults are the file's values.
//!
//! So a flag wins over the environment, the environment over the file, and the file over the built-in default.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Arg, ArgMatches, Command, ValueHint};
use stl_server::config::ConfigFile;

/// The flag that names the file, and its key in what was parsed.
pub(crate) const FLAG: &str = "config";

/// The commands that take all of the file's values.
const SERVER: [&str; 2] = ["serve", "check"];

/// What other commands take of it.
const SHARED: [&str; 4] = ["catalogue", "models", "device", "admin_tokens"];

/// The file that a command line or the environment names.
pub(crate) fn file_of(matches: &ArgMatches) -> anyhow::Result<Option<(PathBuf, ConfigFile)>> {
    let Some(path) = matches.get_one::<PathBuf>(FLAG) else { return Ok(None) };
    let file = ConfigFile::read(path).with_context(|| path.display().to_string())?;
    Ok(Some((path.clone(), file)))
}

/// The command with a file's values as defaults.
///
/// # Errors
/// When the file has a key that is no flag of `serve`, or more values than a flag takes.
pub(crate) fn with_defaults(command: Command, file: &ConfigFile) -> anyhow::Result<Command> {
    let serve = command.find_subcommand("serve").context("the program serves")?;
    let known = |key: &str| key != FLAG && serve.get_arguments().any(|arg| arg.get_id() == key && is_setting(arg));
    for (key, values) in &file.values {
        if !known(key) {
            let keys = serve.get_arguments().filter(|arg| is_setting(arg)).map(|arg| arg.get_id().as_str());
            let keys: Vec<&str> = keys.filter(|key| *key != FLAG).collect();
            bail!("unknown key {key:?}: expected one of {}, [shop], [[feed]], [fetch]", keys.join(", "));
        }
        let takes_many = serve.get_arguments().any(|arg| arg.get_id() == key && is_list(arg));
        if values.len() != 1 && !takes_many {
            bail!("{key}: expected one value, got a list of {}", values.len());
        }
    }
    Ok(command.mut_subcommands(|subcommand| of_command(subcommand, file)))
}

fn of_command(command: Command, file: &ConfigFile) -> Command {
    let takes_all = SERVER.contains(&command.get_name());
    let command = command.mut_args(|arg| {
        let key = arg.get_id().as_str();
        let values = file.values.iter().find(|(name, _)| name == key && (takes_all || SHARED.contains(&key)));
        match values {
            Some((_, values)) => with_values(arg, values, &file.folder),
            None => arg,
        }
    });
    command.mut_subcommands(|subcommand| of_command(subcommand, file))
}

fn with_values(arg: Arg, values: &[String], folder: &Path) -> Arg {
    let is_path = arg.get_value_hint() == ValueHint::AnyPath;
    let values = values.iter().map(|value| {
        // A catalogue may be a database, whose address is no path; nothing is none either, and no flag takes it.
        let is_path = is_path && !value.contains("://") && !value.is_empty();
        let value = if is_path { folder.join(value).to_string_lossy().into_owned() } else { value.clone() };
        clap::builder::OsStr::from(value)
    });
    arg.default_values(values.collect::<Vec<_>>())
}

/// Whether a flag is a setting, and none that every program has.
pub(crate) fn is_setting(arg: &Arg) -> bool {
    !matches!(arg.get_id().as_str(), "help" | "version")
}

/// Whether a flag may be given several times.
pub(crate) fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), clap::ArgAction::Append)
}
