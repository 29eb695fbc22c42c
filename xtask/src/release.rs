//! `cargo xtask release`: what operators install. In: a build. Out: a tarball, a Debian package, the checksums of both, and an image.
//!
//! The files of a package depend on the sources and tools alone: names are sorted, programs name no folder of this machine, and all files have
//! the time of the last commit, or that of `SOURCE_DATE_EPOCH`. See <https://reproducible-builds.org/docs/source-date-epoch/>.

mod bill;
mod compare;
mod debian;
mod image;
mod stage;
mod tarball;
mod trial;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(crate) use self::image::Source;
use crate::native::SERVED;
use crate::shell::{probe, step};
use crate::{build, client, fingerprint, native};

/// Where packages are made if no folder is named, of this one: nothing else lies there.
pub(crate) const PACKAGES: &str = image::PACKAGES;

/// What is made of which build.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) client: client::Options,
    /// The folder of the packages.
    pub(crate) out: PathBuf,
    /// Where an image's base comes from, if an image is wanted.
    pub(crate) image: Option<Source>,
    /// A folder of packages that must be the same.
    pub(crate) others: Option<PathBuf>,
}

/// Builds, and makes the packages in a folder. In the default folder they are the only ones afterwards; in others nothing is removed.
///
/// # Errors
/// When a build fails, a file is missing, the folder cannot be written, packages differ, or there is no image that does what it should.
pub(crate) fn run(Options { client, out, image, others }: &Options) -> Result<()> {
    let programs = if image.is_some() {
        // The demo is what an image is tried with.
        build::all(client, &SERVED)?
    } else {
        let programs = native::build(client.profile, &SERVED)?;
        client::ensure(client)?;
        programs
    };
    let (version, made) = make(&programs, client, out)?;
    if is_default(out) {
        remove_former(out, &made)?;
    }
    if let Some(others) = others {
        step("Compare the packages", || compare::check(&made, others))?;
    }
    let Some(source) = image else { return Ok(()) };
    let package = debian_of(&made).context("an image is made of the Debian package, which takes dpkg-deb")?;
    image::make(package, &version, *source)
}

/// Makes the packages of the build for tests, whose native programs are there, installs the Debian package in a copy of this machine's
/// files, and uses it. The same with an image of it, where there are a program and a base for that.
///
/// # Errors
/// When a file is missing, or the package or the image does not do what it should.
pub(crate) fn test(programs: &Path, options: &client::Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_, made) = make(programs, options, folder.path())?;
    let Some(package) = debian_of(&made) else { return Ok(()) };
    step("Install, use and purge the Debian package", || trial::run(package))?;
    step("Build, use and remove the container image", || image::test(package))
}

fn debian_of(made: &[PathBuf]) -> Option<&Path> {
    made.iter().map(PathBuf::as_path).find(|file| file.extension().is_some_and(|extension| extension == "deb"))
}

/// Makes the packages of a build in a folder. Returns their version and their files.
fn make(programs: &Path, options: &client::Options, out: &Path) -> Result<(String, Vec<PathBuf>)> {
    let time = time_of_sources()?;
    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let bill = step("List the dependencies", bill::Bill::read)?;
    let version = bill.version().to_owned();
    let folder = tempfile::tempdir()?;
    step("Collect the files", || stage::collect(programs, &options.models, &bill, time, folder.path()))?;
    let name = format!("shop-the-look-{version}-{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let mut made = vec![out.join(format!("{name}.tar.gz"))];
    step("Make the tarball", || tarball::write(folder.path(), &name, time, &made[0]))?;
    let package = step("Make the Debian package", || debian::write(folder.path(), &version, time, out))?;
    made.extend(package);
    let sums = checksums(&made)?;
    fs::write(out.join("SHA256SUMS"), &sums)?;
    print!("{sums}");
    Ok((version, made))
}

fn is_default(out: &Path) -> bool {
    let place = |folder: &Path| fs::canonicalize(folder).ok();
    place(out).is_some_and(|out| place(Path::new(PACKAGES)).is_some_and(|default| out == default))
}

/// Removes packages other than those that were made: who takes all that is there, as the container image does, expects one.
fn remove_former(out: &Path, made: &[PathBuf]) -> Result<()> {
    for entry in fs::read_dir(out)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_package = (name.starts_with("shop-the-look-") && name.ends_with(".tar.gz"))
            || (name.starts_with("shop-the-look_") && name.ends_with(".deb"));
        if is_package && !made.iter().any(|new| new.file_name() == path.file_name()) {
            fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
        }
    }
    Ok(())
}

/// Seconds since 1970.
fn time_of_sources() -> Result<u64> {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().or_else(|| probe("git", &["log", "-1", "--format=%ct"]));
    let text = given.context("the sources have no time: expected a git repository, or SOURCE_DATE_EPOCH in seconds")?;
    text.trim().parse().with_context(|| format!("SOURCE_DATE_EPOCH: expected seconds since 1970, got {text:?}"))
}

/// Lines that `sha256sum --check` reads.
fn checksums(files: &[PathBuf]) -> Result<String> {
    let mut lines = String::new();
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        writeln!(lines, "{}  {name}", fingerprint::whole(&bytes))?;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_former_versions_go_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let former = ["shop-the-look-0.1.0-x86_64-linux.tar.gz", "shop-the-look_0.1.0_amd64.deb"];
        let others = ["shop-the-look.conf", "another_0.1.0_amd64.deb", "SHA256SUMS"];
        let new = ["shop-the-look-0.2.0-x86_64-linux.tar.gz", "shop-the-look_0.2.0_amd64.deb"];
        for name in former.iter().chain(&others).chain(&new) {
            fs::write(folder.path().join(name), "").expect("written");
        }
        remove_former(folder.path(), &new.map(|name| folder.path().join(name))).expect("removed");
        let mut left: Vec<String> = fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, ["SHA256SUMS", "another_0.1.0_amd64.deb", new[0], "shop-the-look.conf", new[1]]);
    }

    #[test]
    fn a_named_folder_is_not_the_default_one() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!is_default(folder.path()));
        assert!(!is_default(&folder.path().join("missing")));
    }
}
