//! `audit`: who has changed a catalogue. In: where the catalogue is. Out: lines, the oldest first.

use std::collections::HashSet;
use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

use anyhow::bail;
use stl_server::audit::{self, AuditEntry};
use stl_server::cluster::desk::audit_log;
use stl_server::config::{CatalogueArgs, Place};
use stl_server::counted::counted;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    catalogue: CatalogueArgs,
    /// Only changes by the token of this name; of "command line" those by commands
    #[arg(long, value_name = "NAME")]
    token: Option<String>,
    /// Print an object a line
    #[arg(long)]
    json: bool,
}

/// Prints the entries.
///
/// # Errors
/// When there is no such catalogue, or its log cannot be read.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = args.catalogue.place()?;
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    // The imports of the token that is asked for: their ends name no token.
    let mut jobs = HashSet::new();
    let each = |entry: AuditEntry| -> std::io::Result<()> {
        if let Some(name) = &args.token {
            let is_its =
                *name == entry.token || entry.token.is_empty() && entry.job.is_some_and(|job| jobs.contains(&job));
            if !is_its {
                return Ok(());
            }
            jobs.extend(entry.job);
        }
        if args.json {
            let object = serde_json::to_string(&entry)?;
            return writeln!(stdout, "{object}");
        }
        writeln!(stdout, "{}", line(&entry))
    };
    let unreadable = match place {
        Place::Folder(folder) if !folder.is_dir() => {
            bail!("there is no folder {}: expected that of a catalogue", folder.display());
        }
        Place::Folder(folder) => audit::read(&folder, each)?,
        Place::Cluster(address) => audit_log(&address, each)?,
    };
    stdout.flush()?;
    if unreadable > 0 {
        eprintln!("note: {} of the audit log cannot be read", counted(unreadable, "line"));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(entry: &AuditEntry) -> String {
    let status = entry.status.map(|status| format!(" ({status})")).unwrap_or_default();
    let job = entry.job.map(|job| format!(" job {job}")).unwrap_or_default();
    let token = if entry.token.is_empty() { "-" } else { &entry.token };
    let user = if entry.user.is_empty() { String::new() } else { format!(" ({})", entry.user) };
    let version = match (entry.version_before, entry.version_after) {
        (Some(before), Some(after)) if before != after => format!(" version {before} to {after}"),
        (_, Some(version)) => format!(" version {version}"),
        (_, None) => String::new(),
    };
    let query = if entry.query.is_empty() { String::new() } else { format!("?{}", entry.query) };
    let AuditEntry { time, action, outcome, path, request_id, .. } = entry;
    format!("{time}  {token}{user}  {action}  {outcome}{status}{job}{version}  {path}{query}  {request_id}")
        .trim_end()
        .to_owned()
}
