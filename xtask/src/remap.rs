//! Builds that name no folder of the machine that builds. In: a cargo command. Out: the same with flags that give folders other names, so
//! that a build in another folder, by another user, is the same bytes. See <https://reproducible-builds.org/docs/build-path/>.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::project::root;
use crate::shell::probe;

/// What cargo splits `CARGO_ENCODED_RUSTFLAGS` at: paths may have spaces.
const SEPARATOR: &str = "\u{1f}";

/// Builds with these flags, separated by spaces, and without folders.
pub(crate) fn with_flags(command: &mut Command, flags: &str) {
    set(command, flags.split_whitespace().map(str::to_owned).collect());
}

/// Builds with the flags of the environment, and without folders.
pub(crate) fn with_environment(command: &mut Command) {
    let given = match (env::var("CARGO_ENCODED_RUSTFLAGS"), env::var("RUSTFLAGS")) {
        (Ok(encoded), _) => encoded.split(SEPARATOR).filter(|flag| !flag.is_empty()).map(str::to_owned).collect(),
        (_, Ok(flags)) => flags.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    set(command, given);
}

fn set(command: &mut Command, mut flags: Vec<String>) {
    flags.extend(names(root(), &registries(), library()).into_iter().map(|(folder, name)| {
        // rustc takes the last one that fits.
        format!("--remap-path-prefix={}={name}", folder.display())
    }));
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join(SEPARATOR));
}

/// What each folder is called: that of the sources, those of other crates, and that of the standard library, if rustc knows it.
fn names(sources: &Path, registries: &[PathBuf], library: Option<(PathBuf, String)>) -> Vec<(PathBuf, String)> {
    let crates = registries.iter().map(|folder| (folder.clone(), "/crates".to_owned()));
    std::iter::once((sources.to_owned(), "/shop-the-look".to_owned())).chain(crates).chain(library).collect()
}

/// Where cargo unpacks the crates of registries, in the order of their names. They are there: this program is built of some.
fn registries() -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let folders = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let mut found: Vec<PathBuf> = folders.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// Where rustup puts the standard library's sources, if somebody wants them, and what they are called without them.
fn library() -> Option<(PathBuf, String)> {
    let (folder, version) = (probe("rustc", &["--print", "sysroot"])?, probe("rustc", &["-vV"])?);
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: "))?;
    Some((Path::new(folder.trim()).join("lib/rustlib/src/rust"), format!("/rustc/{commit}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(command: &Command) -> Vec<String> {
        let set = command.get_envs().find(|(name, _)| *name == "CARGO_ENCODED_RUSTFLAGS");
        let value = set.and_then(|(_, value)| value).expect("flags").to_string_lossy().into_owned();
        value.split(SEPARATOR).map(str::to_owned).collect()
    }

    #[test]
    fn folders_of_this_machine_get_names_that_all_machines_have() {
        let library = Some((PathBuf::from("/home/me/rust/src"), "/rustc/abc".to_owned()));
        let folders = ["/home/me/.cargo/registry/src/a", "/home/me/.cargo/registry/src/b"].map(PathBuf::from);
        let named = names(Path::new("/home/me/look"), &folders, library);
        let shown: Vec<&str> = named.iter().map(|(_, name)| &**name).collect();
        assert_eq!(shown, ["/shop-the-look", "/crates", "/crates", "/rustc/abc"]);
        assert!(registries().iter().all(|folder| folder.is_dir()));
    }

    #[test]
    fn flags_of_a_build_stay_and_the_folder_of_the_sources_is_renamed() {
        let mut command = Command::new("cargo");
        with_flags(&mut command, "-C target-feature=+simd128 --cfg a");
        let flags = flags(&command);
        assert_eq!(flags[..4], ["-C", "target-feature=+simd128", "--cfg", "a"]);
        assert_eq!(flags[4], format!("--remap-path-prefix={}=/shop-the-look", root().display()));
    }
}
