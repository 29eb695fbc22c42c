//! Runs other programs and reports steps with their times.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Runs a step. Prints its name before and its time afterwards.
///
/// # Errors
/// The step's own error, with its name.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("▸ {name}");
    let start = Instant::now();
    let result = work().with_context(|| format!("{name} failed"))?;
    eprintln!("✓ {name} ({:.1} s)", start.elapsed().as_secs_f32());
    Ok(result)
}

/// Runs a program until it ends. Its output is not captured.
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

/// A program that `timeout` ends after some seconds, with all that it has started. Then its status is 124.
pub(crate) fn bounded(seconds: u32, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("timeout");
    // Seconds that a program gets to end by itself.
    command.args(["--kill-after", "10", &seconds.to_string()]).arg(program);
    command
}

/// The standard output of a program; `None` if it is missing or fails. Prints nothing.
pub(crate) fn probe(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// What rustc builds for if it is told nothing, such as `x86_64-unknown-linux-gnu`.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn host() -> Result<String> {
    let printed = probe("rustc", &["-vV"]).context("rustc cannot be started")?;
    let line = printed.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc does not say what it builds for")
}

/// Prepends folders to a command's PATH.
///
/// # Errors
/// When PATH cannot contain a folder's name.
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
