//! `catalogue backup` and `catalogue restore`: a catalogue as one file, and from it the folder again.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use stl_server::catalogue::backup::{BackupError, BackupReport, backup, restore};
use stl_server::cluster::pull::Extent;
use stl_server::config::CatalogueArgs;
use stl_server::counted::counted;
use stl_server::files::{self, TargetError, folder_of, without_path};

use super::super::noted::Change;
use super::super::place::{folder_only, reading_with};

/// Bytes that are written or read at once.
const BUFFER_BYTES: usize = 1 << 20;

/// What stands for stdin and stdout.
const STREAM: &str = "-";

#[derive(Args)]
pub(in crate::cli) struct BackupArgs {
    /// File to write, a tar archive; - for stdout
    file: PathBuf,
    /// Replace the file if it is there; folders, devices and pipes never are
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
    let is_stream = args.file.as_os_str() == STREAM;
    let path = if is_stream { PathBuf::new() } else { target(&args.file, args.force)? };
    let opened = reading_with(&args.catalogue, Extent::WithPictures)?;
    let folder = opened.folder();
    if is_stream {
        let report = backup(folder, BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock()));
        eprintln!("backed up {}", told(&report.map_err(of_stream)?));
    } else {
        refuse_inside(&path, folder)?;
        println!("backed up {}", told(&written(folder, &path)?));
    }
    Ok(ExitCode::SUCCESS)
}

/// A reader that goes away is no reason to be silent: what it has got is no backup.
fn of_stream(error: BackupError) -> anyhow::Error {
    match error {
        BackupError::Archive(source) if source.kind() == io::ErrorKind::BrokenPipe => {
            anyhow!("the backup is not whole: the program that reads it has closed stdout before its end")
        }
        error => error.into(),
    }
}

/// The file that a backup may become: it is not there, or a file that may be replaced.
fn target(path: &Path, force: bool) -> anyhow::Result<PathBuf> {
    let target = files::target(path).map_err(|error| match error {
        TargetError::Folder { .. } => anyhow!("{error}, such as {}", path.join("shop.tar").display()),
        TargetError::NoFile { .. } => anyhow!("{error}, or - for stdout"),
        TargetError::Lost { .. } => error.into(),
    })?;
    if !force && target.exists() {
        bail!("{} is there already: expected another name, or --force", path.display());
    }
    Ok(target)
}

/// A catalogue's own files are no place for its backup, which would replace one of them or go with them.
fn refuse_inside(path: &Path, catalogue: &Path) -> anyhow::Result<()> {
    let (Ok(beside), Ok(catalogue)) = (folder_of(path).canonicalize(), catalogue.canonicalize()) else { return Ok(()) };
    if beside.starts_with(&catalogue) {
        let (name, catalogue) = (path.display(), catalogue.display());
        bail!("{name} is inside the catalogue {catalogue}: expected a file in another folder");
    }
    Ok(())
}

/// Writes a backup beside its place and moves it there when it is whole. Half a backup looks like one.
fn written(folder: &Path, path: &Path) -> anyhow::Result<BackupReport> {
    let cannot_write = || format!("{} cannot be written: expected a folder in which files can be made", path.display());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder_of(path);
    // Only its owner can read it: it has all of the shop's data. Its name is its own, since another backup may run at the same time.
    let file = tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".part").tempfile_in(beside);
    let file = file.map_err(without_path).with_context(cannot_write)?;
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
    let report = backup(folder, &mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error).with_context(cannot_write)?;
    file.as_file().sync_all().with_context(cannot_write)?;
    file.persist(path).map_err(|error| error.error).with_context(cannot_write)?;
    Ok(report)
}

impl RestoreArgs {
    /// What it changes.
    pub(super) fn change(&self) -> Option<Change> {
        Change::of("catalogue restore", &self.catalogue)
    }
}

pub(super) fn read(args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let folder = &folder_only(&args.catalogue, "catalogue restore")?;
    let report = if args.file.as_os_str() == STREAM {
        restore(BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock()), folder)?
    } else {
        let name = args.file.display();
        if args.file.is_dir() {
            bail!("{name} is a folder: expected a file that `catalogue backup` has written");
        }
        let file = File::open(&args.file);
        let file = file.with_context(|| format!("{name}: expected a file that `catalogue backup` has written"))?;
        restore(BufReader::with_capacity(BUFFER_BYTES, file), folder).with_context(|| name.to_string())?
    };
    println!("restored {} to {}", told(&report), folder.display());
    Ok(ExitCode::SUCCESS)
}

fn told(report: &BackupReport) -> String {
    let BackupReport { articles, version, files, bytes } = report;
    let (articles, files) = (counted(*articles, "product"), counted(*files, "file"));
    format!("version {version}: {articles}, {files}, {:.1} MB", *bytes as f64 / 1e6)
}
