//! The program, run to its end. In: a folder and arguments. Out: what it printed and how it ended.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::SHOP;

/// The program in a folder, whose catalogue is `here`.
pub(crate) fn program_beside_here(folder: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    program.current_dir(folder).env("SHOP_THE_LOOK_CATALOGUE", "here").env("SHOP_THE_LOOK_MODELS", models);
    program
}

/// What the program printed.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// A folder whose catalogue `here` is a copy of the shop's, without its pictures.
pub(crate) fn copied() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().join("here");
    fs::create_dir(&here).expect("a folder");
    for entry in fs::read_dir(SHOP.catalogue()).expect("a catalogue").flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), here.join(entry.file_name())).expect("copied");
        }
    }
    folder
}
