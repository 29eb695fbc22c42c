//! `catalogue backup` and `catalogue restore`: a catalogue as one file, and from it the folder again.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use stl_server::catalogue::backup::{BackupReport, backup, restore};
use stl_server::cluster::pull::Extent;
use stl_server::config::CatalogueArgs;

use super::super::place::{folder_only, reading_with};

/// Bytes that are written or read at once.
const BUFFER_BYTES: usize = 1 << 20;

/// What stands for stdin and stdout.
const STREAM: &str = "-";

#[derive(Args)]
pub(in crate::cli) struct BackupArgs {
    /// File to write, a tar archive; - for stdout
    file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Args)]
pub(in crate::cli) struct RestoreArgs {
    /// File that `catalogue backup` has written; - for stdin
    file: PathBuf,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

pub(super) fn write(args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let opened = reading_with(&args.catalogue, Extent::WithPictures)?;
    let folder = opened.folder();
    if args.file.as_os_str() == STREAM {
        let report = backup(folder, BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock()))?;
        eprintln!("backed up {}", told(&report));
        return Ok(ExitCode::SUCCESS);
    }
    if args.file.exists() && !args.force {
        bail!("{} is there already: expected another name, or --force", args.file.display());
    }
    let name = args.file.file_name().context("expected a file, got a folder")?;
    let mut unfinished = name.to_owned();
    unfinished.push(".part");
    let unfinished = args.file.with_file_name(unfinished);
    let outcome = written(folder, &unfinished, &args.file);
    if outcome.is_err() {
        // Half a backup looks like one.
        _ = std::fs::remove_file(&unfinished);
    }
    println!("backed up {}", told(&outcome?));
    Ok(ExitCode::SUCCESS)
}

fn written(folder: &Path, unfinished: &Path, path: &Path) -> anyhow::Result<BackupReport> {
    let cannot_write = || format!("{} cannot be written", path.display());
    let file = private(unfinished).with_context(cannot_write)?;
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
    let report = backup(folder, &mut out)?;
    out.flush().with_context(cannot_write)?;
    out.get_ref().sync_all().with_context(cannot_write)?;
    std::fs::rename(unfinished, path).with_context(cannot_write)?;
    Ok(report)
}

/// A new file that only its owner can read: it has all of the shop's data.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(super) fn read(args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let folder = &folder_only(&args.catalogue, "catalogue restore")?;
    let report = if args.file.as_os_str() == STREAM {
        restore(BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock()), folder)?
    } else {
        let file = File::open(&args.file).with_context(|| format!("{} cannot be read", args.file.display()))?;
        restore(BufReader::with_capacity(BUFFER_BYTES, file), folder)?
    };
    println!("restored {} to {}", told(&report), folder.display());
    Ok(ExitCode::SUCCESS)
}

fn told(report: &BackupReport) -> String {
    let BackupReport { articles, version, files, bytes } = report;
    let megabytes = *bytes as f64 / 1e6;
    format!("version {version}: {articles} products, {files} files, {megabytes:.1} MB")
}
