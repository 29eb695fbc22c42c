//! Whether two builds made the same. In: packages, and a folder of others. Out: nothing, or the files that differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use tar::Archive;

use crate::fingerprint;

/// Files that a message names; of others it says how many there are.
const NAMED: usize = 20;

/// Compares packages with those of the same names in a folder.
///
/// # Errors
/// When one is missing there, or differs; with the files in it that do.
pub(super) fn check(made: &[PathBuf], others: &Path) -> Result<()> {
    let mut differing = Vec::new();
    for file in made {
        let name = file.file_name().context("a package has a name")?;
        let other = others.join(name);
        let read = |path: &Path| fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
        if read(file)? != read(&other)? {
            differing.push(format!("{}{}", name.display(), inside(file, &other)?));
        }
    }
    if !differing.is_empty() {
        bail!("expected the bytes of {}, got others: {}", others.display(), differing.join("; "));
    }
    eprintln!("  all bytes are those of {}", others.display());
    Ok(())
}

/// Which files differ in two tarballs; nothing of other files.
fn inside(file: &Path, other: &Path) -> Result<String> {
    if file.extension().is_none_or(|extension| extension != "gz") {
        return Ok(String::new());
    }
    let (ours, theirs) = (entries(file)?, entries(other)?);
    let all: BTreeSet<&PathBuf> = ours.keys().chain(theirs.keys()).collect();
    let mut differ: Vec<String> = all
        .into_iter()
        .filter(|path| ours.get(*path) != theirs.get(*path))
        .map(|path| path.display().to_string())
        .collect();
    let others = differ.len().saturating_sub(NAMED);
    differ.truncate(NAMED);
    let rest = if others > 0 { format!(" and {others} others") } else { String::new() };
    Ok(format!(" ({}{rest})", differ.join(", ")))
}

/// The head and content of each file in a tarball, by hash.
fn entries(archive: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let file = File::open(archive).with_context(|| format!("{} cannot be read", archive.display()))?;
    let mut found = BTreeMap::new();
    for entry in Archive::new(GzDecoder::new(file)).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let mut bytes = entry.header().as_bytes().to_vec();
        entry.read_to_end(&mut bytes).with_context(|| format!("{}: {}", archive.display(), path.display()))?;
        found.insert(path, fingerprint::whole(&bytes));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::tarball;
    use super::*;

    #[test]
    fn the_files_that_differ_are_named() {
        let package = |files: &[(&str, &str)]| {
            let (sources, out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
            for (name, text) in files {
                fs::write(sources.path().join(name), text).expect("written");
            }
            tarball::write(sources.path(), "look", 1_700_000_000, &out.path().join("look.tar.gz")).expect("written");
            out
        };
        let (one, same) = (package(&[("a", "1"), ("b", "2")]), package(&[("a", "1"), ("b", "2")]));
        let made = [one.path().join("look.tar.gz")];
        check(&made, same.path()).expect("the same");
        let refusal = check(&made, package(&[("a", "1"), ("b", "3"), ("c", "4")]).path()).expect_err("another");
        let said = refusal.to_string();
        assert!(said.ends_with("got others: look.tar.gz (look/b, look/c)"), "{said}");
        assert!(check(&made, Path::new("missing")).is_err());
    }
}
