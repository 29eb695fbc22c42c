//! Programs whose clock is wrong. In: a command, and by how much. Out: the same command with libfaketime, if it is there.

use std::path::PathBuf;
use std::process::Command;

/// Where Debian has the library, below the folder of an architecture.
const DEBIAN: &str = "/usr/lib";

/// The library, if it is there.
#[must_use]
pub fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    folders.into_iter().map(|folder| folder.path().join("faketime/libfaketime.so.1")).find(|library| library.is_file())
}

/// Runs a command's program with a clock that is off by so many seconds; how long something takes is measured right. Says aloud that the test is
/// skipped if there is no library.
pub fn skew_or_skip(command: &mut Command, seconds: i64) -> bool {
    let Some(library) = library() else {
        eprintln!("SKIPPED: there is no libfaketime; `cargo xtask setup` names the command that installs it");
        return false;
    };
    command.env("LD_PRELOAD", library).env("FAKETIME", format!("{seconds:+}s")).env("DONT_FAKE_MONOTONIC", "1");
    // Else each child would begin at another moment.
    command.env("FAKETIME_NO_CACHE", "0");
    true
}
