//! Who has changed a catalogue, through the API or the command line. In: [`AuditEntry`]s. Out: lines of JSON in files beside the catalogue, of bounded size.
//!
//! An entry has a token's name, never the token, and no part of a body.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::parallel::locked;

/// The file that is written.
const NAME: &str = "audit.jsonl";

/// Files that were full, the last one first: `audit.1.jsonl` and so on. With the one that is written they take 40 MiB at most.
const FORMER: usize = 4;

/// Bytes of a file: some tens of thousands of changes.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// What stands for a token in changes by the command line. No token has this name: names have no spaces.
pub const COMMAND_LINE: &str = "command line";

/// Characters of a text in an entry, such as a path with a product's id.
const MAX_TEXT_CHARS: usize = 512;

/// A change, or what a job came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it was asked for (RFC 3339, UTC).
    pub time: String,
    /// The token's name: who asked for it; or [`COMMAND_LINE`]. Empty of what a job came to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
    /// The system's user, of a change by the command line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// What it was, such as `product.delete`; of a command its name, such as `catalogue delete`.
    pub action: String,
    /// The request's path; of ids as the client has written them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The request's parameters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// `done`, `refused`, `failed`, or `cut off`: the client left before the answer, and the change may be done.
    pub outcome: String,
    /// The answer's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The request's id, which the log and the answer name as well.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// The import that it began, or of which it is the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<u64>,
    /// The catalogue's version before a change by the command line; none if there was no catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_before: Option<u64>,
    /// The version after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_after: Option<u64>,
}

impl AuditEntry {
    /// The same with texts of bounded length.
    pub(crate) fn bounded(mut self) -> Self {
        for text in [&mut self.user, &mut self.action, &mut self.path, &mut self.query] {
            if let Some((end, _)) = text.char_indices().nth(MAX_TEXT_CHARS) {
                text.truncate(end);
                text.push('…');
            }
        }
        self
    }
}

/// Writes entries.
#[derive(Debug)]
pub struct AuditLog {
    folder: PathBuf,
    max_file_bytes: u64,
    writing: Mutex<()>,
}

impl AuditLog {
    /// The log of a catalogue's folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), max_file_bytes: MAX_FILE_BYTES, writing: Mutex::default() }
    }

    /// Appends an entry, which is on the disk then. What cannot be written is in the program's log.
    pub fn write(&self, entry: AuditEntry) {
        let entry = entry.bounded();
        let written = serde_json::to_string(&entry).map_err(io::Error::from).and_then(|text| self.append(&text));
        if let Err(error) = written.and_then(|file| file.sync_data()) {
            tracing::error!(?entry, "{NAME} cannot be written: {error}");
        }
    }

    /// Appends the JSON of an entry that was noted elsewhere, which may not be on the disk yet.
    pub(crate) fn copy(&self, entry: &str) -> io::Result<()> {
        self.append(entry).map(drop)
    }

    fn append(&self, entry: &str) -> io::Result<File> {
        let line = format!("{entry}\n");
        let _one = locked(&self.writing);
        let path = self.folder.join(NAME);
        if fs::metadata(&path).is_ok_and(|file| file.len() + line.len() as u64 > self.max_file_bytes) {
            self.rotate()?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
        let mut file = options.open(&path)?;
        // One call: a line is whole, also between those of other processes.
        file.write_all(line.as_bytes())?;
        Ok(file)
    }

    fn rotate(&self) -> io::Result<()> {
        for number in (1..FORMER).rev() {
            match fs::rename(former(&self.folder, number), former(&self.folder, number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(self.folder.join(NAME), former(&self.folder, 1))
    }
}

fn former(folder: &Path, number: usize) -> PathBuf {
    folder.join(former_name(number))
}

fn former_name(number: usize) -> String {
    format!("audit.{number}.jsonl")
}

/// Whether a file of a catalogue's folder is one of the log's.
pub(crate) fn is_of_the_log(name: &str) -> bool {
    name == NAME || (1..=FORMER).any(|number| name == former_name(number))
}

/// Calls `each` with the entries of a catalogue's folder, the oldest first. Returns the number of lines that are none, which are left out: a
/// machine may have lost power.
///
/// # Errors
/// When a file cannot be read, or the first error of `each`.
pub fn read(folder: &Path, mut each: impl FnMut(AuditEntry) -> io::Result<()>) -> io::Result<usize> {
    let mut unreadable = 0;
    let files = (1..=FORMER).rev().map(|number| former(folder, number)).chain([folder.join(NAME)]);
    for path in files {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for line in BufReader::new(io::Read::take(file, 2 * MAX_FILE_BYTES)).split(b'\n') {
            match serde_json::from_slice(&line?) {
                Ok(entry) => each(entry)?,
                Err(_) => unreadable += 1,
            }
        }
    }
    Ok(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: u64) -> AuditEntry {
        AuditEntry {
            action: "product.delete".to_owned(),
            outcome: "done".to_owned(),
            job: Some(number),
            ..AuditEntry::default()
        }
    }

    /// The jobs of all entries, and the number of lines that are none.
    fn jobs(folder: &Path) -> (Vec<u64>, usize) {
        let mut jobs = Vec::new();
        let unreadable = read(folder, |entry| {
            jobs.extend(entry.job);
            Ok(())
        });
        (jobs, unreadable.expect("read"))
    }

    #[test]
    fn entries_are_kept_in_order_and_the_oldest_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = AuditLog { max_file_bytes: 1000, ..AuditLog::new(folder.path()) };
        for number in 0..200 {
            log.write(numbered(number));
        }
        let (kept, _) = jobs(folder.path());
        assert!(kept.len() > 40 && kept.len() < 100, "{kept:?}");
        assert_eq!(kept, (200 - kept.len() as u64..200).collect::<Vec<_>>());
        let files: Vec<u64> = fs::read_dir(folder.path())
            .expect("a folder")
            .map(|file| file.and_then(|file| file.metadata()).expect("a file").len())
            .collect();
        assert!(files.len() == FORMER + 1 && files.iter().all(|bytes| *bytes <= 1000), "{files:?}");
    }

    #[test]
    fn half_a_line_hides_no_other_and_long_texts_are_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = AuditLog::new(folder.path());
        log.write(AuditEntry { path: "ä".repeat(100_000), ..numbered(1) });
        let path = folder.path().join(NAME);
        assert!(fs::metadata(&path).expect("there").len() < 2000);
        OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(b"{\"time\":\"20\n"))
            .expect("written");
        log.write(numbered(2));
        assert_eq!(jobs(folder.path()), (vec![1, 2], 1));
    }

    #[test]
    fn a_log_that_cannot_be_written_stops_nothing() {
        AuditLog::new(Path::new("/nowhere/at/all")).write(numbered(1));
    }
}
