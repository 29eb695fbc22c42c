//! `config`: what a server would be set to, and an example of the file that sets it.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command as Program, Subcommand};
use stl_server::catalogue::address::without_secrets;
use stl_server::catalogue::store::DATABASE;
use stl_server::config::{Config, ConfigFile, ServeArgs};
use toml::Value;

use crate::settings::{FLAG, is_list, is_setting};

/// The file with every setting and its reason.
const EXAMPLE: &str = include_str!("../../../../docs/shop-the-look.toml");

/// What stands for a secret.
const MASKED: &str = "***";

/// The flags whose whole value is a secret. Addresses may have one in them.
const TOKENS: [&str; 2] = ["admin_token", "shard_token"];

#[derive(Subcommand)]
pub(super) enum Command {
    /// Print what `serve` would be set to by these flags, the environment and the file, with the source of each value; secrets are masked
    ///
    /// Exit status: 0 if every value can be used, 1 if one is refused. That there is no catalogue yet is a note.
    Check(Box<ServeArgs>),
    /// Print a settings' file that has every setting with its reason and its default
    Example,
}

/// `matches` are what was parsed of `program`; the file is the one that was named.
pub(super) fn run(
    command: Command,
    matches: &ArgMatches,
    file: Option<&(std::path::PathBuf, ConfigFile)>,
    program: &Program,
) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match command {
        Command::Example => out.write_all(EXAMPLE.as_bytes())?,
        Command::Check(args) => {
            let matches =
                ["config", "check"].iter().try_fold(matches, |matches, name| matches.subcommand_matches(name));
            if let Some(matches) = matches {
                lines(&mut out, matches, file, program)?;
            }
            out.flush()?;
            let config = Config::from_args(*args)?;
            note_catalogue(&config);
            if let Some(socket) = config.socket.filter(|socket| !socket.folder().is_dir()) {
                // A service manager makes it when it starts the server.
                eprintln!("note: there is no folder {} for --socket yet", socket.folder().display());
            }
            if let Some((path, file)) = file {
                note_secrets(path, file);
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Says that there is no catalogue, and what a server does then.
fn note_catalogue(config: &Config) {
    if config.cluster.is_some() || config.catalogue.join(DATABASE).is_file() {
        return;
    }
    let then = if config.feeds.feeds.is_empty() {
        "a server does not start without one. Run `shop-the-look catalogue import FEED` first"
    } else {
        "a server answers searches when it has imported one of its feeds"
    };
    eprintln!("note: there is no catalogue in {}: {then}", config.catalogue.display());
}

fn lines(
    out: &mut impl Write,
    matches: &ArgMatches,
    file: Option<&(std::path::PathBuf, ConfigFile)>,
    program: &Program,
) -> std::io::Result<()> {
    let serve = program.find_subcommand("serve").map(Program::get_arguments);
    let in_file = |key: &str| file.filter(|(_, file)| file.values.iter().any(|(name, _)| name == key));
    for arg in serve.into_iter().flatten().filter(|arg| is_setting(arg) && arg.get_id() != FLAG) {
        let key = arg.get_id().as_str();
        let source = match (matches.value_source(key), in_file(key)) {
            (Some(ValueSource::CommandLine), _) => format!("--{}", arg.get_long().unwrap_or(key)),
            (Some(ValueSource::EnvVariable), _) => {
                format!("environment, {}", arg.get_env().unwrap_or_default().to_string_lossy())
            }
            (_, Some((path, _))) => path.display().to_string(),
            (Some(_), None) => "default".to_owned(),
            (None, None) => {
                writeln!(out, "# {key} is not set")?;
                continue;
            }
        };
        writeln!(out, "{key} = {}  # {source}", value(matches, arg))?;
    }
    if let Some((path, file)) = file {
        for (names, table) in [("[shop]", &file.tables.shop), ("[[feed]] and [fetch]", &file.tables.feeds)] {
            if table.is_some() {
                writeln!(out, "# {names}: {}", path.display())?;
            }
        }
    }
    Ok(())
}

/// A flag's value as TOML.
fn value(matches: &ArgMatches, arg: &Arg) -> Value {
    let text = |text: &std::ffi::OsStr| {
        let text = text.to_string_lossy();
        match (text.parse::<i64>(), text.parse::<bool>()) {
            _ if TOKENS.contains(&arg.get_id().as_str()) => Value::String(MASKED.to_owned()),
            _ if arg.is_hide_env_values_set() && text.contains("://") => Value::String(without_secrets(&text)),
            (Ok(number), _) => Value::Integer(number),
            (_, Ok(is_so)) => Value::Boolean(is_so),
            _ => Value::String(text.into_owned()),
        }
    };
    // A switch has several words for yes and no.
    if let Ok(Some(is_so)) = matches.try_get_one::<bool>(arg.get_id().as_str()) {
        return Value::Boolean(*is_so);
    }
    if let Ok(Some(share)) = matches.try_get_one::<f64>(arg.get_id().as_str()) {
        return Value::Float(*share);
    }
    let mut values: Vec<Value> = matches.get_raw(arg.get_id().as_str()).into_iter().flatten().map(text).collect();
    if is_list(arg) { Value::Array(values) } else { values.pop().unwrap_or(Value::String(String::new())) }
}

/// Says that others can read a secret.
#[cfg(unix)]
fn note_secrets(path: &Path, file: &ConfigFile) {
    use std::os::unix::fs::PermissionsExt as _;

    const OTHERS: u32 = 0o007;
    let has_secret = file.values.iter().any(|(key, _)| TOKENS.contains(&key.as_str()));
    let is_open = std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS != 0);
    if has_secret && is_open {
        eprintln!("note: every user of this machine can read the token in {}: chmod o= {0}", path.display());
    }
}

#[cfg(not(unix))]
fn note_secrets(_: &Path, _: &ConfigFile) {}
