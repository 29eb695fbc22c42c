//! Running other programs, and saying what is done and how long it took.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Runs a step, saying its name before and its time after.
///
/// # Errors
/// The step's own, with its name.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("▸ {name}");
    let start = Instant::now();
    let result = work().with_context(|| format!("{name} failed"))?;
    eprintln!("✓ {name} ({:.1} s)", start.elapsed().as_secs_f32());
    Ok(result)
}

/// Runs a program to its end, its output passed through.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{} cannot be started", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// What a program prints on standard output, or nothing where it is missing or fails. Quiet.
pub(crate) fn probe(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `cargo` of the toolchain that runs this program.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Puts folders in front of a command's PATH.
///
/// # Errors
/// When a folder's name cannot stand in PATH.
pub(crate) fn prepend_path(
    command: &mut Command,
    folders: impl IntoIterator<Item = impl AsRef<Path>>,
) -> Result<&mut Command> {
    let mut paths: Vec<_> = folders.into_iter().map(|folder| folder.as_ref().to_path_buf()).collect();
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    Ok(command.env("PATH", std::env::join_paths(paths)?))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
