//! The archive becomes a folder. In: a stream of tar. Out: a catalogue whose files were all compared with their checksums.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tar::{Archive, Entry, EntryType};

use super::source::Source;
use super::write::Hashed;
use super::{BackupError, BackupReport, MAX_SUMS_BYTES, SUMS, is_of_a_catalogue};
use crate::catalogue::store::Store;
use crate::digest::Digest;
use crate::files::{sync_folder, without_path};

/// Makes `catalogue` of an archive. It is a catalogue only when all is there and whole.
///
/// # Errors
/// See [`BackupError`]; the folder is then as it was.
pub fn restore(archive: impl Read, catalogue: &Path) -> Result<BackupReport, BackupError> {
    let not_empty = || BackupError::NotEmpty { folder: catalogue.to_owned() };
    let is_free = match fs::read_dir(catalogue) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_free {
        return Err(not_empty());
    }
    // On the same disk, so that it becomes the catalogue in one step.
    let parent = catalogue.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |path: &Path, source| BackupError::Write { path: path.to_owned(), source };
    fs::create_dir_all(parent).map_err(|source| failed(parent, source))?;
    let folder = tempfile::Builder::new().prefix(".restore-").tempdir_in(parent);
    let folder = folder.map_err(|source| failed(parent, without_path(source)))?;
    let mut report = BackupReport::default();
    let mut source = Source::new(archive);
    let read = unpack(&mut source, folder.path(), &mut report);
    compare(read.map_err(|error| source.explain(error, report.files))?)?;
    let (published, articles) = Store::open(folder.path())?.read()?;
    (report.version, report.articles) = (published.version, articles.len());
    for synced in [folder.path(), parent] {
        sync_folder(synced).map_err(|source| failed(synced, source))?;
    }
    open_to_its_group(folder.path());
    // An empty folder gives way to it.
    fs::rename(folder.path(), catalogue).map_err(|source| failed(catalogue, source))?;
    _ = folder.keep();
    Ok(report)
}

/// Temporary folders are for their owner only; a catalogue is as other folders are.
#[cfg(unix)]
fn open_to_its_group(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o750));
}

#[cfg(not(unix))]
fn open_to_its_group(_: &Path) {}

/// The digests of an archive's files, and those that its list has.
struct Sums {
    files: BTreeMap<String, Digest>,
    listed: BTreeMap<String, Digest>,
}

fn unpack(archive: impl Read, folder: &Path, report: &mut BackupReport) -> Result<Sums, BackupError> {
    let mut archive = Archive::new(archive);
    let mut files = BTreeMap::new();
    for entry in archive.entries().map_err(BackupError::Archive)? {
        let mut entry = entry.map_err(BackupError::Archive)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let foreign = || BackupError::Foreign { received: name.chars().take(200).collect() };
        // Links and devices would lead elsewhere.
        if entry.header().entry_type() != EntryType::Regular {
            return Err(foreign());
        }
        if name == SUMS {
            return Ok(Sums { files, listed: listed(&mut entry)? });
        }
        if !is_of_a_catalogue(&name) || files.contains_key(&name) {
            return Err(foreign());
        }
        let (digest, bytes) = write(&mut entry, &folder.join(&name))?;
        files.insert(name, digest);
        report.files += 1;
        report.bytes += bytes;
    }
    Err(BackupError::CutOff)
}

fn listed(entry: &mut Entry<'_, impl Read>) -> Result<BTreeMap<String, Digest>, BackupError> {
    let mut text = String::new();
    entry.take(MAX_SUMS_BYTES).read_to_string(&mut text).map_err(BackupError::Archive)?;
    let line = |line: &str| {
        let (digest, name) = line.split_once("  ")?;
        Some((name.to_owned(), digest.parse().ok()?))
    };
    text.lines().map(|text| line(text).ok_or(BackupError::CutOff)).collect()
}

/// Writes a file and syncs it to the disk.
fn write(entry: &mut impl Read, path: &Path) -> Result<(Digest, u64), BackupError> {
    let failed = |source| BackupError::Write { path: PathBuf::from(path), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = File::create(path).map_err(failed)?;
    let mut hashed = Hashed { reader: entry, sha256: Sha256::new(), bytes: 0 };
    let mut buffer = vec![0; 1 << 16];
    loop {
        // What cannot be read is the archive's fault, what cannot be written the folder's.
        let read = hashed.read(&mut buffer).map_err(BackupError::Archive)?;
        if read == 0 {
            break;
        }
        io::Write::write_all(&mut file, &buffer[..read]).map_err(failed)?;
    }
    file.sync_all().map_err(failed)?;
    Ok((Digest::from_bytes(hashed.sha256.finalize().into()), hashed.bytes))
}

fn compare(Sums { files, listed }: Sums) -> Result<(), BackupError> {
    let differs = |(name, digest): &(&String, &Digest)| files.get(*name) != Some(*digest);
    let unlisted = files.keys().find(|name| !listed.contains_key(*name));
    match listed.iter().find(differs).map(|(name, _)| name).or(unlisted) {
        Some(name) => Err(BackupError::Damaged { name: name.clone() }),
        None => Ok(()),
    }
}
