//! `cargo xtask sanitize`: the tests of the crates with `unsafe` code, with AddressSanitizer. In: nothing. Out: an error if a test or the
//! sanitizer fails.
//!
//! AddressSanitizer ends a test at the first access outside of memory that the program has, on the heap, on the stack and in statics. The
//! runtime comes with stable Rust; only its flag needs the name of a nightly one.

use anyhow::{Result, bail};

use crate::project::root;
use crate::shell::{self, cargo, host, step};

/// Packages with `unsafe` code and which of their tests are run: those of kernels against plain references, and of readers.
///
/// `stl-readers` has the server's kernels of the match and its mapped files, without what takes long to build beside them.
const TESTED: [(&str, &[&str]); 2] = [
    ("separable", &["--lib", "--test", "reference", "--test", "graph", "--features", "onnx"]),
    ("stl-readers", &["--lib"]),
];

/// The inner loops are built with the checks of unsafe functions of the standard library, such as bounds of unchecked accesses, and with
/// checks of overflows. Tests are built without for their speed.
const CHECKED: [&str; 2] =
    ["profile.dev.package.separable.debug-assertions=true", "profile.dev.package.separable.overflow-checks=true"];

/// Runs the tests.
///
/// # Errors
/// When the host has no AddressSanitizer, or a test fails.
pub(crate) fn run() -> Result<()> {
    let host = host()?;
    if !has_address_sanitizer(&host) {
        bail!("expected Linux or macOS on x86_64 or aarch64, which have AddressSanitizer, got {host}");
    }
    for (package, tests) in TESTED {
        step(&format!("Test {package} with AddressSanitizer"), || {
            let mut command = cargo();
            for setting in CHECKED {
                command.args(["--config", setting]);
            }
            // With a target, build scripts and macros are built without the flags.
            command.args(["test", "--locked", "--target", &host, "--package", package]).args(tests);
            command
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", "-Zsanitizer=address")
                .env("CARGO_TARGET_DIR", root().join("target/sanitize"));
            shell::run(&mut command)
        })?;
    }
    Ok(())
}

/// Whether stable Rust's files for a target have the sanitizer's runtime.
fn has_address_sanitizer(host: &str) -> bool {
    ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-apple-darwin", "aarch64-apple-darwin"]
        .contains(&host)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Folders of the packages that are tested with the sanitizer, and that of the server's kernels, which `stl-readers` has.
    const SANITIZED: [&str; 2] = ["shared/separable/src", "backend/server/src/matching/machine"];

    fn with_unsafe(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !["target", "dist", "node_modules"].iter().any(|name| path.ends_with(name)) {
                with_unsafe(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let code = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
                if code.flat_map(|line| line.split_whitespace()).any(|word| word == "unsafe") {
                    let path = path.strip_prefix(root()).expect("below the root");
                    found.push(path.to_string_lossy().replace('\\', "/"));
                }
            }
        }
    }

    #[test]
    fn all_unsafe_code_is_in_what_is_tested_with_the_sanitizer() {
        let mut found = Vec::new();
        for part in ["backend", "shared"] {
            with_unsafe(&root().join(part), &mut found);
        }
        assert!(found.len() >= 10, "{found:?}");
        let elsewhere: Vec<&String> =
            found.iter().filter(|file| !SANITIZED.iter().any(|folder| file.starts_with(folder))).collect();
        assert!(elsewhere.is_empty(), "{elsewhere:?}");
    }
}
