//! Changes by the command line, for the catalogue's audit log. In: a command, and where its catalogue is. Out: what the command returns, and an entry.
//!
//! An entry has the command's name and the system's user. It has no name of a file and no value of a flag, but for the name of a token.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use stl_server::audit::{AuditEntry, AuditLog, COMMAND_LINE};
use stl_server::catalogue::Store;
use stl_server::catalogue::store::DATABASE;
use stl_server::cluster::absent::IfAbsent;
use stl_server::cluster::desk::Desk;
use stl_server::config::{CatalogueArgs, Place};

use self::user::user;
use crate::broken_pipe::is_broken_pipe;

mod user;

/// A change that a command is about to make.
pub(super) struct Change {
    action: String,
    /// The name of a token that is made or removed.
    token: Option<String>,
    log: Log,
}

/// Where a change is noted.
enum Log {
    Folder(PathBuf),
    /// What servers of the same catalogue note is there as well.
    Cluster(Box<Desk>),
}

impl Change {
    /// Of a catalogue in this folder.
    pub(super) fn in_folder(action: &str, folder: &Path) -> Self {
        Self { action: action.to_owned(), token: None, log: Log::Folder(folder.to_owned()) }
    }

    /// Of a token of this name.
    pub(super) fn of_token(self, name: &str) -> Self {
        Self { token: Some(name.to_owned()), ..self }
    }

    /// Of this catalogue.
    pub(super) fn of(action: &str, catalogue: &CatalogueArgs) -> Option<Self> {
        match catalogue.place() {
            Ok(Place::Folder(folder)) => Some(Self::in_folder(action, &folder)),
            Ok(Place::Cluster(address)) => {
                let log = Log::Cluster(Box::new(Desk::new(address.record, IfAbsent::Never)));
                Some(Self { action: action.to_owned(), token: None, log })
            }
            // What is wrong with the place, the command says.
            Err(_) => None,
        }
    }
}

/// What is found where a catalogue may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// A catalogue of this version, if it has one.
    Catalogue(Option<u64>),
    /// None that entries could be of.
    Nothing,
    /// Nobody can tell.
    Away,
}

impl Found {
    const fn version(self) -> Option<u64> {
        match self {
            Self::Catalogue(version) => version,
            Self::Nothing | Self::Away => None,
        }
    }
}

impl Log {
    fn look(&self) -> Found {
        match self {
            Self::Folder(folder) if folder.join(DATABASE).is_file() => Found::Catalogue(Store::version_in(folder)),
            Self::Folder(_) => Found::Nothing,
            Self::Cluster(desk) => match desk.version() {
                Ok(None) => Found::Nothing,
                Ok(version) => Found::Catalogue(version),
                Err(_) => Found::Away,
            },
        }
    }

    fn write(&self, entry: AuditEntry) {
        match self {
            Self::Folder(folder) => AuditLog::new(folder).write(entry),
            Self::Cluster(desk) => desk.write(&entry),
        }
    }
}

/// Runs a command, and notes what came of it if it was to change something. Where there is no catalogue after it, nothing is noted, nor if a command has
/// failed that found a catalogue away and left it so. What cannot be written is in the program's log.
///
/// # Errors
/// Those of the command.
pub(super) fn noted(
    change: Option<Change>,
    run: impl FnOnce() -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let Some(Change { action, token, log }) = change else { return run() };
    let time = Timestamp::now().to_string();
    let before = log.look();
    let outcome = run();
    let after = log.look();
    let is_ok = outcome.as_ref().is_ok_and(|status| *status != ExitCode::FAILURE);
    // A change stands even if nobody reads what the command says of it.
    let is_done = is_ok || outcome.as_ref().is_err_and(is_broken_pipe);
    if after == Found::Nothing || ([before, after] == [Found::Away; 2] && !is_done) {
        return outcome;
    }
    let action = match token {
        // What is no token's name may be anything, such as a token by mistake.
        Some(name) if is_ok => format!("{action} {name}"),
        _ => action,
    };
    log.write(AuditEntry {
        time,
        token: COMMAND_LINE.to_owned(),
        user: user(),
        action,
        outcome: if is_done { "done" } else { "failed" }.to_owned(),
        version_before: before.version(),
        version_after: after.version(),
        ..AuditEntry::default()
    });
    outcome
}

#[cfg(test)]
mod tests {
    use std::io;

    use stl_server::audit::read;
    use stl_server::catalogue::store::Published;

    use super::*;

    #[test]
    fn a_change_is_noted_also_if_nobody_could_tell_the_version_before_it() {
        let Some(postgres) = stl_cluster::Postgres::start_or_skip().expect("PostgreSQL starts") else { return };
        let desk = |if_absent| Desk::new(postgres.address().parse().expect("an address"), if_absent);
        let change = || {
            let log = Log::Cluster(Box::new(desk(IfAbsent::Never)));
            Some(Change { action: "catalogue update".to_owned(), token: None, log })
        };
        let entries = || postgres.sql("SELECT entry FROM shop_the_look.record_audit ORDER BY id").expect("entries");
        // A record without a version is no catalogue yet.
        assert!(desk(IfAbsent::Make).jobs().expect("made").is_empty());
        let _ = noted(change(), || Ok(ExitCode::FAILURE));
        assert_eq!(entries(), "");
        let published = "INSERT INTO shop_the_look.published (only_row, version, features_file, publication, record_change) \
             VALUES (1, 7, 'features-7.bin', 'mark', 1)";
        postgres.sql(published).expect("published");
        postgres.pause().expect("stopped");
        // Nothing was changed, and the command says why.
        let _ = noted(change(), || Ok(ExitCode::FAILURE));
        let _ = noted(change(), || {
            postgres.resume().expect("started");
            Ok(ExitCode::SUCCESS)
        });
        let entry: AuditEntry = serde_json::from_str(&entries()).expect("one entry");
        assert_eq!((entry.outcome.as_str(), entry.version_before, entry.version_after), ("done", None, Some(7)));
    }

    #[test]
    fn a_command_is_done_if_it_succeeded_or_only_nobody_reads_its_output() {
        let folder = tempfile::tempdir().expect("a folder");
        let publish = |version| {
            let published = Published { version, features_file: format!("features-{version}.bin"), adaptation: None };
            let published = Store::create(folder.path()).and_then(|mut store| store.publish(&published, &[]));
            published.expect("published");
        };
        publish(1);
        let change = || Some(Change::in_folder("token remove", folder.path()).of_token("erp"));
        let _ = noted(change(), || Ok(ExitCode::SUCCESS));
        // Another command publishes meanwhile.
        let _ = noted(change(), || {
            publish(2);
            Err(anyhow::anyhow!("there is no token erp"))
        });
        let _ = noted(change(), || Err(io::Error::from(io::ErrorKind::BrokenPipe).into()));
        let mut entries = Vec::new();
        let each = |entry: AuditEntry| {
            entries.push((entry.action, entry.outcome, entry.version_after));
            Ok(())
        };
        read(folder.path(), each).expect("a log");
        let expected = [("token remove erp", "done", 1), ("token remove", "failed", 2), ("token remove", "done", 2)];
        let expected =
            expected.map(|(action, outcome, version)| (action.to_owned(), outcome.to_owned(), Some(version)));
        assert_eq!(entries, expected);
    }
}
