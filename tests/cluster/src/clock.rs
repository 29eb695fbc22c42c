//! Programs whose clock is wrong. In: a command, and by how much. Out: the same command with libfaketime, if it is there.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian has the library, below the folder of an architecture.
const DEBIAN: &str = "/usr/lib";

/// The library, if it is there.
#[must_use]
pub fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    folders.into_iter().map(|folder| folder.path().join("faketime/libfaketime.so.1")).find(|library| library.is_file())
}

/// The library, or aloud that the test is skipped.
fn library_or_skip() -> Option<PathBuf> {
    let library = library();
    if library.is_none() {
        eprintln!("SKIPPED: there is no libfaketime; `cargo xtask setup` names the command that installs it");
    }
    library
}

/// Runs a command's program with a clock that is off by so many seconds; how long something takes is measured right. Says aloud that the test is
/// skipped if there is no library.
pub fn skew_or_skip(command: &mut Command, seconds: i64) -> bool {
    let Some(library) = library_or_skip() else { return false };
    command.env("LD_PRELOAD", library).env("FAKETIME", format!("{seconds:+}s")).env("DONT_FAKE_MONOTONIC", "1");
    // Else each child would begin at another moment.
    command.env("FAKETIME_NO_CACHE", "0");
    true
}

/// The same with a clock that follows a file, which [`set`] writes before the program starts and while it runs.
pub fn follow_or_skip(command: &mut Command, file: &Path) -> bool {
    let Some(library) = library_or_skip() else { return false };
    // All threads read the file each time.
    let library = library.with_file_name("libfaketimeMT.so.1");
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", file).env("FAKETIME_NO_CACHE", "1");
    command.env("DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
    true
}

/// Sets the clock of a program that follows a file: it is off by so many seconds from now on.
///
/// # Errors
/// When the file cannot be written.
pub fn set(file: &Path, seconds: i64) -> std::io::Result<()> {
    // In one step: half a number would be another time.
    let part = file.with_extension("part");
    std::fs::write(&part, format!("{seconds:+}s\n"))?;
    std::fs::rename(part, file)
}
