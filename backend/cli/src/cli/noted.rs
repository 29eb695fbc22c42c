//! Changes by the command line, for the catalogue's audit log. In: a command, and where its catalogue is. Out: what the command returns, and an entry.
//!
//! An entry has the command's name and the system's user. It has no name of a file and no value of a flag, but for the name of a token.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use stl_server::audit::{AuditEntry, AuditLog, COMMAND_LINE};
use stl_server::catalogue::Store;
use stl_server::catalogue::store::DATABASE;
use stl_server::config::{CatalogueArgs, Place};

use self::user::user;

mod user;

/// A change that a command is about to make.
pub(super) struct Change {
    action: String,
    /// The name of a token that is made or removed.
    token: Option<String>,
    folder: PathBuf,
}

impl Change {
    /// Of a catalogue in this folder.
    pub(super) fn in_folder(action: &str, folder: &Path) -> Self {
        Self { action: action.to_owned(), token: None, folder: folder.to_owned() }
    }

    /// Of a token of this name.
    pub(super) fn of_token(self, name: &str) -> Self {
        Self { token: Some(name.to_owned()), ..self }
    }

    /// Of this catalogue; none of one in a database, which has no audit log.
    pub(super) fn of(action: &str, catalogue: &CatalogueArgs) -> Option<Self> {
        match catalogue.place() {
            Ok(Place::Folder(folder)) => Some(Self::in_folder(action, &folder)),
            // What is wrong with the place, the command says.
            Ok(Place::Cluster(_)) | Err(_) => None,
        }
    }
}

/// Runs a command, and notes what came of it if it was to change something. Where there is no catalogue after it, nothing is noted.
///
/// # Errors
/// Those of the command.
pub(super) fn noted(
    change: Option<Change>,
    run: impl FnOnce() -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let Some(Change { action, token, folder }) = change else { return run() };
    let (time, version_before) = (Timestamp::now().to_string(), Store::version_in(&folder));
    let outcome = run();
    if !folder.join(DATABASE).is_file() {
        return outcome;
    }
    let version_after = Store::version_in(&folder);
    let is_ok = outcome.as_ref().is_ok_and(|status| *status != ExitCode::FAILURE);
    // A change stands even if nobody reads what the command says of it.
    let is_done = is_ok || version_after != version_before;
    let action = match token {
        // What is no token's name may be anything, such as a token by mistake.
        Some(name) if is_done => format!("{action} {name}"),
        _ => action,
    };
    AuditLog::new(&folder).write(AuditEntry {
        time,
        token: COMMAND_LINE.to_owned(),
        user: user(),
        action,
        outcome: if is_done { "done" } else { "failed" }.to_owned(),
        version_before,
        version_after,
        ..AuditEntry::default()
    });
    outcome
}
