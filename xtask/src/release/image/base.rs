//! The image below. In: this machine's system, whose libraries the program wants. Out: the same release, from a registry, or made of Debian's
//! packages where no registry is in reach.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::engine::Engine;
use crate::install::{apt_install, cache};
use crate::shell::{bounded, on_path, probe, run, step};

/// Seconds for a registry to deliver some 30 MB.
const PULL_S: u32 = 120;
/// Seconds for a mirror to deliver some 50 MB, and for dpkg to unpack them.
const MAKE_S: u32 = 300;
/// A base of a release has the packages of the day.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);
/// What the base is made of: the archive beside this file.
const FILE: &str = "FROM scratch\nADD base.tar /\nCMD [\"bash\"]\n";

/// Where the base comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// A registry, or made here if none delivers it
    #[default]
    Auto,
    /// A registry
    Registry,
    /// Made here of Debian's packages, by mmdebstrap
    Made,
}

/// A release of a system.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Release {
    /// `debian` or `ubuntu`.
    system: String,
    codename: String,
}

impl Release {
    /// This machine's; of other systems than Debian and Ubuntu that of `deploy/Containerfile`, which may be older.
    pub(super) fn of_this_machine() -> Self {
        let found = fs::read_to_string("/etc/os-release").ok().as_deref().and_then(Self::parse);
        found.unwrap_or_else(Self::of_the_file)
    }

    fn of_the_file() -> Self {
        Self { system: "debian".to_owned(), codename: "bookworm".to_owned() }
    }

    fn parse(os_release: &str) -> Option<Self> {
        let value = |name: &str| {
            let line = os_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
            Some(line.trim_matches('"').to_owned()).filter(|value| !value.is_empty())
        };
        let system = value("ID").filter(|system| ["debian", "ubuntu"].contains(&&**system))?;
        Some(Self { system, codename: value("VERSION_CODENAME")? })
    }

    /// What registries call it.
    fn reference(&self) -> String {
        // Debian's has no manuals, Ubuntu's never had.
        let end = if self.system == "debian" { "-slim" } else { "" };
        format!("{}:{}{end}", self.system, self.codename)
    }

    /// Gets the image for a release of this project. Returns its name.
    ///
    /// # Errors
    /// When the source has none.
    pub(super) fn get(&self, engine: &Engine, source: Source) -> Result<String> {
        let reference = self.reference();
        if source != Source::Made {
            match engine.pull(&reference, PULL_S) {
                Ok(()) => return Ok(reference),
                Err(error) if source == Source::Registry => return Err(error),
                Err(error) => eprintln!("  no registry delivers {reference} ({error:#}): the base is made here"),
            }
        }
        if on_path("mmdebstrap").is_none() {
            step("Install mmdebstrap", || apt_install(&["mmdebstrap"]))?;
        }
        self.make(engine, Some(FRESH))
    }

    /// Gets the image for a test: the one that was made before, however old it is, or what can be had without installing anything.
    ///
    /// # Errors
    /// When there is none within the time.
    pub(super) fn get_any(&self, engine: &Engine) -> Result<String> {
        if self.archive()?.is_file() || on_path("mmdebstrap").is_some() {
            return self.make(engine, None);
        }
        let reference = self.reference();
        engine.pull(&reference, PULL_S).context("there is no mmdebstrap, which would make a base, either")?;
        Ok(reference)
    }

    /// Makes the image of the archive, which is made first unless it is there and younger than `fresh`.
    fn make(&self, engine: &Engine, fresh: Option<Duration>) -> Result<String> {
        let archive = self.archive()?;
        if !is_there(&archive, fresh) {
            step("Make the base of Debian's packages", || self.unpack(&archive))?;
        }
        let folder = archive.parent().context("the archive is in no folder")?;
        let file = folder.join("Containerfile");
        fs::write(&file, FILE).with_context(|| format!("{} cannot be written", file.display()))?;
        let image = engine.local(&format!("shop-the-look-base:{}", self.codename));
        engine.build(&file, folder, &[], &image)?;
        Ok(image)
    }

    fn archive(&self) -> Result<PathBuf> {
        let name = format!("{}-{}-{}", self.system, self.codename, std::env::consts::ARCH);
        Ok(cache()?.join("bases").join(name).join("base.tar"))
    }

    /// Writes a system of the fewest packages, from the mirrors that this machine's apt uses.
    fn unpack(&self, archive: &Path) -> Result<()> {
        let folder = archive.parent().context("the archive is in no folder")?;
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        // Whole or not at all, also beside another run.
        let partial = tempfile::Builder::new().prefix("part-").tempfile_in(folder)?.into_temp_path();
        let mut options: Vec<OsString> = ["--variant=minbase", "--format=tar", "--quiet"].map(Into::into).into();
        options.extend(
            ["Acquire::http::Timeout \"10\"", "Acquire::Retries \"1\""].map(|o| format!("--aptopt={o}").into()),
        );
        // As Debian's own slim images: licences stay.
        for rule in ["exclude=/usr/share/man/*", "exclude=/usr/share/locale/*", "exclude=/usr/share/doc/*"] {
            options.push(format!("--dpkgopt=path-{rule}").into());
        }
        options.push("--dpkgopt=path-include=/usr/share/doc/*/copyright".into());
        options.extend([OsString::from(&self.codename), partial.as_os_str().to_owned()]);
        options.extend(self.mirrors().into_iter().map(Into::into));
        run(bounded(MAKE_S, "mmdebstrap").args(options))?;
        if fs::metadata(&partial)?.len() == 0 {
            bail!("mmdebstrap wrote nothing");
        }
        partial.persist(archive).with_context(|| format!("{} cannot be written", archive.display()))
    }

    /// Lines of a list of sources. None where apt has no lists yet: then mmdebstrap takes the system's own mirrors.
    fn mirrors(&self) -> Vec<String> {
        let format = "$(ORIGIN) $(CREATED_BY) $(CODENAME) $(REPO_URI) $(RELEASE) $(COMPONENT)";
        probe("apt-get", &["indextargets", "--format", format]).map(|listed| self.sources(&listed)).unwrap_or_default()
    }

    /// Of what apt lists, the main packages of this release with its updates.
    fn sources(&self, listed: &str) -> Vec<String> {
        let of = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [origin, "Packages", codename, address, suite, "main"] = words[..] else { return None };
            let is_of_release = origin.eq_ignore_ascii_case(&self.system)
                && codename.strip_prefix(&self.codename).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
                && !suite.ends_with("-backports")
                && !suite.ends_with("-proposed");
            is_of_release.then(|| format!("deb {address} {suite} main"))
        };
        let found: Vec<String> = listed.lines().filter_map(of).collect();
        // Updates alone are no system.
        let is_whole = found.iter().any(|line| !["-updates ", "-security "].iter().any(|part| line.contains(part)));
        if is_whole { found } else { Vec::new() }
    }
}

fn is_there(archive: &Path, fresh: Option<Duration>) -> bool {
    let Ok(metadata) = fs::metadata(archive) else { return false };
    let age = metadata.modified().ok().and_then(|made| made.elapsed().ok());
    fresh.is_none_or(|fresh| age.is_some_and(|age| age < fresh))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::root;

    #[test]
    fn the_base_is_the_release_of_this_machine() {
        for (text, expected) in [
            ("ID=debian\nVERSION_CODENAME=trixie\n", Some("debian:trixie-slim")),
            ("NAME=\"Ubuntu\"\nVERSION_CODENAME=noble\nID=\"ubuntu\"\n", Some("ubuntu:noble")),
            ("ID=fedora\nVERSION_CODENAME=\"\"\n", None),
            ("ID=linuxmint\nID_LIKE=ubuntu\nVERSION_CODENAME=wilma\n", None),
            ("ID=debian\n", None),
        ] {
            let found = Release::parse(text).map(|release| release.reference());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_container_file_has_the_base_of_unknown_systems() {
        let file = fs::read_to_string(root().join("deploy/Containerfile")).expect("read");
        let line = format!("ARG BASE={}", Release::of_the_file().reference());
        assert!(file.lines().any(|found| found == line), "{line}");
        assert_eq!(file.lines().filter(|line| line.starts_with("FROM ${BASE}")).count(), 2);
    }

    #[test]
    fn the_base_is_made_of_this_releases_packages_alone() {
        let release = Release::of_the_file();
        let listed = "\
            Debian Packages bookworm http://mirror.example/debian/ bookworm main\n\
            Debian DEP-11 bookworm http://mirror.example/debian/ bookworm main\n\
            Debian Packages bookworm http://mirror.example/debian/ bookworm contrib\n\
            Debian Packages bookworm-security http://mirror.example/security/ bookworm-security main\n\
            Debian Packages bookworm-backports http://mirror.example/debian/ bookworm-backports main\n\
            Debian Packages trixie http://mirror.example/debian/ trixie main\n\
            Another Packages bookworm http://another.example/ bookworm main\n";
        assert_eq!(
            release.sources(listed),
            [
                "deb http://mirror.example/debian/ bookworm main",
                "deb http://mirror.example/security/ bookworm-security main"
            ]
        );
        // Without lists apt replaces nothing.
        assert!(release.sources("$(ORIGIN) Packages $(CODENAME) http://mirror.example/ bookworm main\n").is_empty());
        assert!(release.sources(listed.lines().nth(3).unwrap_or_default()).is_empty());
    }

    #[test]
    fn a_base_of_yesterday_serves_tests_and_no_release() {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = folder.path().join("base.tar");
        assert!(!is_there(&archive, None));
        let file = fs::File::create(&archive).expect("made");
        assert!(is_there(&archive, None) && is_there(&archive, Some(FRESH)));
        file.set_modified(std::time::SystemTime::now() - 2 * FRESH).expect("set");
        assert!(is_there(&archive, None) && !is_there(&archive, Some(FRESH)));
    }
}
