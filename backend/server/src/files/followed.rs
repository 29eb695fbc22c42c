//! Files that a server reads again when they change. In: their stamps, and what came of reading them. Out: whether to read them, and whether why
//! they cannot be used is worth a line of the log.
//!
//! What could not be used is read again at each look, though no stamp has changed: who may read a file, and whether the process had a free
//! handle for it, is not in its stamp.

use std::path::Path;
use std::time::SystemTime;

/// When a file was written, and its size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    modified: SystemTime,
    /// Its size.
    pub size_bytes: u64,
}

impl Stamp {
    /// That of a file; none without the file.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        Some(Self { modified: found.modified().ok()?, size_bytes: found.len() })
    }
}

/// What is known of files that are followed, by their stamps `S`.
#[derive(Debug, Default)]
pub(crate) struct Followed<S> {
    /// The stamps of what is used.
    used: Option<S>,
    refused: Refused,
}

impl<S: PartialEq> Followed<S> {
    /// Files that are used as their stamps say.
    pub(crate) fn used(stamps: S) -> Self {
        Self { used: Some(stamps), refused: Refused::default() }
    }

    /// Whether to read them: they have changed, or could not be used at the last look.
    pub(crate) fn is_due(&self, stamps: &S) -> bool {
        self.refused.0.is_some() || self.used.as_ref() != Some(stamps)
    }

    /// Notes that they are used. The stamps were taken before they were read: what is written in between is seen as new.
    pub(crate) fn note_used(&mut self, stamps: S) {
        *self = Self::used(stamps);
    }

    /// Notes why they cannot be used. Whether that is new.
    pub(crate) fn note_refused(&mut self, reason: &str) -> bool {
        self.refused.is_new(reason)
    }
}

/// Why a file could not be used at the last look; nothing if it could.
#[derive(Debug, Default)]
pub(crate) struct Refused(Option<String>);

impl Refused {
    /// Notes why. Whether it is another reason than at the last look.
    pub(crate) fn is_new(&mut self, reason: &str) -> bool {
        let is_new = self.0.as_deref() != Some(reason);
        self.0 = Some(reason.to_owned());
        is_new
    }

    /// Notes that the file is used.
    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_used_is_read_at_each_look_and_each_reason_is_new_once() {
        let mut followed = Followed::used(1);
        assert!(!followed.is_due(&1) && followed.is_due(&2));
        assert!(
            followed.note_refused("denied") && !followed.note_refused("denied") && followed.note_refused("damaged")
        );
        assert!(followed.is_due(&2) && followed.is_due(&1));
        followed.note_used(2);
        assert!(!followed.is_due(&2) && followed.note_refused("damaged"));
        assert!(Followed::<Option<u8>>::default().is_due(&None), "nothing was read yet");
    }
}
