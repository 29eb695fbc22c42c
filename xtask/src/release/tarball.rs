//! A packed tar archive of a folder. In: the folder and a time. Out: the same bytes for the same files.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// Writes all of a folder below `name/`; `time` is in seconds since 1970. Files belong to root, and may be run if their owner may run them.
///
/// # Errors
/// When a file cannot be read, or the archive not be written.
pub(super) fn write(folder: &Path, name: &str, time: u64, archive: &Path) -> Result<()> {
    let file = File::create(archive).with_context(|| format!("{} cannot be written", archive.display()))?;
    // The head of the packed file has a time, too: 0 is none.
    let mut tar = Builder::new(GzBuilder::new().write(BufWriter::new(file), Compression::best()));
    for path in sorted(folder)? {
        let inside = Path::new(name).join(path.strip_prefix(folder)?);
        let metadata = path.metadata()?;
        let mut header = Header::new_gnu();
        header.set_mtime(time);
        header.set_uid(0);
        header.set_gid(0);
        if metadata.is_dir() {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(0o755);
            header.set_size(0);
            tar.append_data(&mut header, inside, std::io::empty())?;
        } else {
            header.set_mode(if is_program(&metadata) { 0o755 } else { 0o644 });
            header.set_size(metadata.len());
            tar.append_data(&mut header, inside, File::open(&path)?)?;
        }
    }
    tar.into_inner()?.finish()?.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    Ok(())
}

#[cfg(unix)]
fn is_program(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_program(_: &fs::Metadata) -> bool {
    false
}

/// All folders and files in a folder, by name, each folder before what is in it.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        entries.push(entry?.path());
    }
    entries.sort();
    let mut all = Vec::new();
    for path in entries {
        let below = if path.is_dir() { sorted(&path)? } else { Vec::new() };
        all.push(path);
        all.extend(below);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;
    use tar::Archive;

    use super::*;

    /// A folder with a program, whatever the order in which files were made.
    fn folder(names: [&str; 3]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, name).expect("written");
            #[cfg(unix)]
            if name.starts_with("bin/") {
                use std::os::unix::fs::PermissionsExt as _;

                fs::set_permissions(path, fs::Permissions::from_mode(0o750)).expect("set");
            }
        }
        folder
    }

    #[test]
    fn the_same_files_make_the_same_archive() {
        let out = tempfile::tempdir().expect("a folder");
        let archives = [["bin/a", "share/c", "share/b"], ["share/b", "bin/a", "share/c"]].map(|names| {
            let archive = out.path().join("package.tar.gz");
            write(folder(names).path(), "package-1", 1_700_000_000, &archive).expect("written");
            fs::read(archive).expect("read")
        });
        assert!(archives[0] == archives[1]);
        let mut archive = Archive::new(GzDecoder::new(&archives[0][..]));
        let entries: Vec<(String, u32, u64, u64)> = archive
            .entries()
            .expect("entries")
            .map(|entry| {
                let header = entry.expect("an entry");
                let path = header.path().expect("a path").display().to_string();
                let header = header.header();
                let number = |value: std::io::Result<u64>| value.expect("a number");
                (path, header.mode().expect("a mode"), number(header.mtime()), number(header.uid()))
            })
            .collect();
        let time = 1_700_000_000;
        let expected = [("bin", 0o755), ("bin/a", 0o755), ("share", 0o755), ("share/b", 0o644), ("share/c", 0o644)];
        let expected = expected.map(|(name, mode)| (format!("package-1/{name}"), mode, time, 0));
        let shown: Vec<_> = entries
            .into_iter()
            .map(|(path, mode, time, uid)| (path.trim_end_matches('/').to_owned(), mode, time, uid))
            .collect();
        assert_eq!(shown, expected);
    }
}
