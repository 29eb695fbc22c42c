//! The container image. In: the Debian package. Out: an image of it that was used, by `deploy/Containerfile`.

mod base;
mod engine;
mod said;
mod trial;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use self::base::Release;
pub(crate) use self::base::Source;
use self::engine::Engine;
use crate::shell::{probe, run, step};

const FILE: &str = "deploy/Containerfile";
/// Where it expects the package: where packages are made if no folder is named.
pub(super) const PACKAGES: &str = "target/packages";
/// Memory is a place for a test's images: a disk that others use takes minutes to write them.
const MEMORY: &str = "/dev/shm";
/// What the names of folders with a test's images begin with; the number of its process follows.
const STORAGE: &str = "shop-the-look-images-";
/// What a test's images take, twice.
const NEEDED_BYTES: u64 = 2 << 30;

/// Builds an image of a package, named by the project's version, and uses it.
///
/// # Errors
/// When no program builds images here, there is no base, a step fails, or the image is not what it should be.
pub(super) fn make(package: &Path, version: &str, source: Source) -> Result<()> {
    let engine = Engine::find(None).context("an image takes podman, docker or buildah, and none of them works here")?;
    let base = step("Get the base of the image", || Release::of_this_machine().get(&engine, source))?;
    let image = engine.local(&format!("shop-the-look:{version}"));
    step("Build the image", || build(&engine, package, &base, &image))?;
    step("Use the image", || trial::check(&engine, &image))?;
    println!("{} has the image {image}", engine.words()[0]);
    Ok(())
}

/// Builds an image of a package apart from all others, uses it, and removes it.
///
/// # Errors
/// When a step fails, the image is not what it should be, or something of it stays.
pub(super) fn test(package: &Path) -> Result<()> {
    for parent in [PathBuf::from(MEMORY), std::env::temp_dir()] {
        for folder in abandoned(&parent) {
            unmount(&folder);
            if let Err(error) = fs::remove_dir_all(&folder) {
                eprintln!("  {}, of a test that was ended, stays: {error}", folder.display());
            }
        }
    }
    let storage = storage()?;
    let tested = test_in(storage.path(), package);
    unmount(storage.path());
    let closed = storage.close().context("a folder of images stays");
    match (tested?, closed) {
        // A program that does not work here is no fault of the package.
        (false, Err(error)) => eprintln!("  {error:#}"),
        (_, closed) => closed?,
    }
    Ok(())
}

/// Whether the image could be tested.
fn test_in(storage: &Path, package: &Path) -> Result<bool> {
    let Some(engine) = Engine::find(Some(storage)) else {
        eprintln!("SKIPPED: the container image is not built: podman, docker or buildah do not work here");
        return Ok(false);
    };
    let base = match step("Get the base of the image", || Release::of_this_machine().get_any(&engine)) {
        Ok(base) => base,
        Err(error) => {
            eprintln!("SKIPPED: the container image is not built: there is no base for it: {error:#}");
            return Ok(false);
        }
    };
    let image = engine.local(&format!("shop-the-look-test:{}", std::process::id()));
    let result = step("Build the image", || build(&engine, package, &base, &image))
        .and_then(|()| step("Use the image", || trial::check(&engine, &image)));
    engine.remove(&image);
    result.map(|()| true)
}

/// A folder for images that nobody keeps: in memory if there is room.
fn storage() -> Result<tempfile::TempDir> {
    let prefix = format!("{STORAGE}{}-", std::process::id());
    let mut named = tempfile::Builder::new();
    named.prefix(&prefix);
    if free_bytes(MEMORY).is_some_and(|free| free > NEEDED_BYTES)
        && let Ok(folder) = named.tempdir_in(MEMORY)
    {
        return Ok(folder);
    }
    Ok(named.tempdir()?)
}

/// The folders with images of tests whose process is gone: one that is killed removes nothing.
fn abandoned(parent: &Path) -> Vec<PathBuf> {
    let is_abandoned = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(STORAGE)?.split_once('-'));
        let process: Option<u32> = process.and_then(|(process, _)| process.parse().ok());
        process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists())
    };
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.filter(is_abandoned).map(|entry| entry.path()).collect()
}

/// Unmounts what a program that was ended has left in a folder.
fn unmount(folder: &Path) {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    for place in mounts_in(&mounts, folder) {
        run(Command::new("umount").arg("--lazy").arg(place)).ok();
    }
}

/// The places below a folder where something is mounted, the last one first.
fn mounts_in<'a>(mounts: &'a str, folder: &Path) -> Vec<&'a str> {
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    let mut found: Vec<&str> = places.filter(|place| Path::new(place).starts_with(folder)).collect();
    found.reverse();
    found
}

fn free_bytes(folder: &str) -> Option<u64> {
    let printed = probe("df", &["-Pk", folder])?;
    let free_kb: u64 = printed.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(free_kb * 1024)
}

/// The folder that the file expects, with this package alone in it.
fn context(package: &Path) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let place: PathBuf = folder.path().join(PACKAGES);
    fs::create_dir_all(&place)?;
    let Some(name) = package.file_name() else { bail!("{} is no package", package.display()) };
    fs::copy(package, place.join(name)).with_context(|| format!("{} cannot be copied", package.display()))?;
    Ok(folder)
}

fn build(engine: &Engine, package: &Path, base: &str, image: &str) -> Result<()> {
    let context = context(package)?;
    engine.build(Path::new(FILE), context.path(), &[format!("BASE={base}")], image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::root;

    #[test]
    fn what_is_mounted_in_a_folder_is_found_from_the_inside_out() {
        let mounts = "tmpfs /dev/shm tmpfs rw 0 0\ntmpfs /dev/shm/a/root/overlay tmpfs rw 0 0\n\
                      overlay /dev/shm/a/root/overlay/1/merged overlay rw 0 0\noverlay /dev/shm/ab overlay rw 0 0\n";
        let found = mounts_in(mounts, Path::new("/dev/shm/a"));
        assert_eq!(found, ["/dev/shm/a/root/overlay/1/merged", "/dev/shm/a/root/overlay"]);
    }

    #[test]
    fn folders_of_images_are_abandoned_when_their_process_is_gone() {
        let parent = tempfile::tempdir().expect("a folder");
        let mut ended = Command::new("true").spawn().expect("started");
        ended.wait().expect("ended");
        let gone = format!("{STORAGE}{}-abc", ended.id());
        let here = format!("{STORAGE}{}-abc", std::process::id());
        for name in [&*gone, &here, "shop-the-look-images-abc", "shop-the-look-images-", "another"] {
            fs::create_dir(parent.path().join(name)).expect("made");
        }
        assert_eq!(abandoned(parent.path()), [parent.path().join(gone)]);
    }

    #[test]
    fn the_image_is_built_of_the_package_that_was_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let package = folder.path().join("shop-the-look_0.2.0_amd64.deb");
        fs::write(&package, "package").expect("written");
        let context = context(&package).expect("a folder");
        let text = fs::read_to_string(root().join(FILE)).expect("read");
        let pattern = text.lines().find_map(|line| line.strip_prefix("COPY target/")?.split(' ').next());
        let (place, name) = pattern.expect("the package is copied").rsplit_once('/').expect("a folder");
        let (start, end) = name.split_once('*').expect("any version");
        let found: Vec<String> = fs::read_dir(context.path().join("target").join(place))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert!(matches!(&found[..], [name] if name.starts_with(start) && name.ends_with(end)), "{found:?}");
    }
}
