//! Where changes are noted. In: [`AuditEntry`]s. Out: lines in the catalogue's folder, or rows that all servers share.

use std::path::Path;
use std::sync::Arc;

use crate::audit::{AuditEntry, AuditLog};
use crate::cluster::desk::Desk;

/// The audit log of a catalogue.
#[derive(Debug)]
pub(crate) enum Notes {
    /// Of one in a folder.
    Folder(AuditLog),
    /// Of one that several servers share.
    Shared(Arc<Desk>),
}

impl Notes {
    /// Of a catalogue in a folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self::Folder(AuditLog::new(folder))
    }

    /// Appends an entry. What cannot be written is in the program's log. Waits for a disk or a database.
    pub(crate) fn write(&self, entry: AuditEntry) {
        match self {
            Self::Folder(log) => log.write(entry),
            Self::Shared(desk) => desk.write(&entry),
        }
    }
}
