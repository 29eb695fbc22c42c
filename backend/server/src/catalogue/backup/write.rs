//! The archive is written. In: a catalogue's folder. Out: a stream of tar.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tar::{Builder, Header};

use super::{BackupError, BackupReport, SUMS, is_plain};
use crate::catalogue::article::Article;
use crate::catalogue::layout::{COPY_WIDTHS, EMBEDDINGS, IMAGES, copy_name, picture_name};
use crate::catalogue::lock::lock;
use crate::catalogue::store::{DATABASE, Store};
use crate::catalogue::{looks, rules};
use crate::digest::Digest;
use crate::files::without_path;

/// Files are for their owner: the database has the shop's data.
const MODE: u32 = 0o600;

/// An archive that is being written.
struct Archive<W: Write> {
    tar: Builder<W>,
    sums: String,
    report: BackupReport,
    modified_s: u64,
}

/// Writes a catalogue to `out`, also while it is served and while prices change. An import cannot begin meanwhile.
///
/// # Errors
/// See [`BackupError`].
pub fn backup(catalogue: &Path, out: impl Write) -> Result<BackupReport, BackupError> {
    let store = Store::open(catalogue)?;
    let _lock = lock(catalogue)?;
    // Beside the catalogue, where there is room for it or nowhere.
    let folder = tempfile::Builder::new().prefix("backup-").tempdir_in(catalogue);
    let failed = |source| BackupError::Write { path: catalogue.to_owned(), source: without_path(source) };
    let folder = folder.map_err(failed)?;
    store.copy_to(&folder.path().join(DATABASE))?;
    let (published, articles) = Store::open(folder.path())?.read()?;
    let modified_s = jiff::Timestamp::now().as_second().unsigned_abs();
    let report = BackupReport { articles: articles.len(), version: published.version, ..BackupReport::default() };
    let mut archive = Archive { tar: Builder::new(out), sums: String::new(), report, modified_s };
    archive.add(&folder.path().join(DATABASE), DATABASE)?;
    archive.add(&catalogue.join(&published.features_file), &published.features_file)?;
    for name in [rules::FILE, EMBEDDINGS] {
        archive.add_if_there(&catalogue.join(name), name)?;
    }
    for name in looks(&catalogue.join(looks::FOLDER))? {
        let name = format!("{}/{name}", looks::FOLDER);
        archive.add(&catalogue.join(&name), &name)?;
    }
    let mut pictures: Vec<&Digest> = articles.iter().flat_map(Article::pictures).collect();
    pictures.sort_unstable();
    pictures.dedup();
    for picture in pictures {
        let name = format!("{IMAGES}/{}", picture_name(picture));
        archive.add(&catalogue.join(&name), &name)?;
        for width in COPY_WIDTHS {
            let name = format!("{IMAGES}/{}", copy_name(picture, width));
            archive.add_if_there(&catalogue.join(&name), &name)?;
        }
    }
    archive.finish()
}

/// The names of the sample looks' files.
fn looks(folder: &Path) -> Result<Vec<String>, BackupError> {
    let failed = |source| BackupError::Read { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let is_file = entry.file_type().map_err(failed)?.is_file();
        names.extend(entry.file_name().into_string().ok().filter(|name| is_file && is_plain(name)));
    }
    names.sort();
    Ok(names)
}

impl<W: Write> Archive<W> {
    fn add_if_there(&mut self, path: &Path, name: &str) -> Result<(), BackupError> {
        if path.exists() { self.add(path, name) } else { Ok(()) }
    }

    fn add(&mut self, path: &Path, name: &str) -> Result<(), BackupError> {
        let failed = |source| BackupError::Read { path: PathBuf::from(path), source };
        let file = File::open(path).map_err(failed)?;
        let size_bytes = file.metadata().map_err(failed)?.len();
        // A file that grows or shrinks meanwhile would break the archive.
        let mut hashed = Hashed { reader: file.take(size_bytes), sha256: Sha256::new(), bytes: 0 };
        let mut header = self.header(size_bytes);
        self.tar.append_data(&mut header, name, &mut hashed).map_err(BackupError::Archive)?;
        if hashed.bytes != size_bytes {
            return Err(failed(io::ErrorKind::UnexpectedEof.into()));
        }
        let sha256 = Digest::from_bytes(hashed.sha256.finalize().into());
        self.sums.push_str(&format!("{sha256}  {name}\n"));
        self.report.files += 1;
        self.report.bytes += size_bytes;
        Ok(())
    }

    fn header(&self, size_bytes: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_size(size_bytes);
        header.set_mode(MODE);
        header.set_mtime(self.modified_s);
        header
    }

    fn finish(mut self) -> Result<BackupReport, BackupError> {
        let mut header = self.header(self.sums.len() as u64);
        self.tar.append_data(&mut header, SUMS, self.sums.as_bytes()).map_err(BackupError::Archive)?;
        let mut out = self.tar.into_inner().map_err(BackupError::Archive)?;
        out.flush().map_err(BackupError::Archive)?;
        Ok(self.report)
    }
}

/// A reader whose bytes are hashed.
pub(super) struct Hashed<R> {
    pub(super) reader: R,
    pub(super) sha256: Sha256,
    pub(super) bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.sha256.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
