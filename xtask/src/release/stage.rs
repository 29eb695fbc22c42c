//! The files of a package. In: a build. Out: a folder that is laid out as they are installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use jiff::Timestamp;
use stl_types::Manifest;

use super::bill::Bill;
use crate::client;
use crate::folder::copy;
use crate::shell::{self, probe};

/// Where each file of the sources is installed.
const FILES: [(&str, &str); 9] = [
    ("deploy/shop-the-look.service", "usr/lib/systemd/system/shop-the-look.service"),
    ("deploy/shop-the-look.socket", "usr/lib/systemd/system/shop-the-look.socket"),
    ("deploy/sysusers.conf", "usr/lib/sysusers.d/shop-the-look.conf"),
    ("docs/shop-the-look.toml", "etc/shop-the-look/shop-the-look.toml"),
    ("README.md", "usr/share/doc/shop-the-look/README.md"),
    ("CHANGELOG.md", "usr/share/doc/shop-the-look/CHANGELOG.md"),
    ("LICENSE-MIT", "usr/share/doc/shop-the-look/LICENSE-MIT"),
    ("LICENSE-APACHE", "usr/share/doc/shop-the-look/LICENSE-APACHE"),
    ("models/README.md", "usr/share/doc/shop-the-look/models.md"),
];
/// Where each shell's completions are installed.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/shop-the-look"),
    ("zsh", "usr/share/zsh/vendor-completions/_shop-the-look"),
    ("fish", "usr/share/fish/vendor_completions.d/shop-the-look.fish"),
];

/// Collects all files in `into`; `time` is in seconds since 1970.
///
/// # Errors
/// When one is missing or cannot be written, or the program fails.
pub(super) fn collect(programs: &Path, models: &Path, bill: &Bill, time: u64, into: &Path) -> Result<()> {
    let program = into.join("usr/bin/shop-the-look");
    put(&programs.join("shop-the-look"), &program)?;
    // Names for debuggers take most of the file. Without `strip` they stay.
    if probe("strip", &["--version"]).is_some() {
        shell::run(Command::new("strip").arg(&program))?;
    }
    for (from, to) in FILES {
        put(Path::new(from), &into.join(to))?;
    }
    let share = into.join("usr/share/shop-the-look");
    copy(Path::new(client::DIST), &share.join("client"), &[client::STAMP])?;
    for file in networks(models)? {
        put(&models.join(&file), &share.join("models").join(&file))?;
    }
    for (shell, to) in COMPLETIONS {
        let text = probe(&program, &["completions", shell]).with_context(|| format!("no completions for {shell}"))?;
        write(&into.join(to), &text)?;
    }
    let pages = into.join("usr/share/man/man1");
    shell::run(Command::new(&program).arg("manual").arg(pages))?;
    let documents = into.join("usr/share/doc/shop-the-look");
    write(&documents.join("third-party.txt"), &bill.licences())?;
    let time = Timestamp::from_second(i64::try_from(time)?).context("the sources' time is too far from now")?;
    write(&documents.join("sbom.cdx.json"), &bill.cyclone_dx(&time.to_string()))
}

/// The manifest and the files that it names.
fn networks(models: &Path) -> Result<Vec<String>> {
    let path = models.join("manifest.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let manifest = Manifest::parse(&text).with_context(|| format!("{} is not usable", path.display()))?;
    let heads = manifest.categories.map(|head| head.file).into_iter();
    let heads = heads.chain(manifest.fashion2shop.garments.map(|head| head.file));
    let networks =
        [manifest.street2fashion, manifest.fashion_dna, manifest.fashion2shop.query].map(|network| network.file);
    let mut files = vec!["manifest.toml".to_owned(), manifest.fashion2shop.matching.file];
    files.extend(networks.into_iter().chain(heads));
    Ok(files)
}

fn put(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
    Ok(())
}

fn write(to: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    fs::write(to, text).with_context(|| format!("{} cannot be written", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::root;

    #[test]
    fn what_is_installed_is_there() {
        for (file, _) in FILES {
            assert!(root().join(file).is_file(), "{file}");
        }
        for file in networks(&root().join("models")).expect("networks") {
            assert!(root().join("models").join(&file).is_file(), "{file}");
        }
    }

    #[test]
    fn the_service_names_where_files_are_installed() {
        let service = fs::read_to_string(root().join("deploy/shop-the-look.service")).expect("read");
        for place in
            ["/usr/bin/shop-the-look serve", "/usr/share/shop-the-look/models", "/usr/share/shop-the-look/client"]
        {
            assert!(service.contains(place), "{place}");
        }
        assert!(FILES.iter().any(|(_, to)| service.contains(&format!("=/{to}"))), "the settings");
    }
}
