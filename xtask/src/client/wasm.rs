//! WebAssembly of a worker. In: a package of this workspace and WebAssembly features. Out: its module and its script.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::project::Profile;
use crate::shell::{run, step};
use crate::tools;
use crate::wasm_target::{self, TARGET, Toolchain};
use crate::worker::{WASM_TARGET_DIR, rustflags};

/// The WebAssembly features that rustc uses, as Binaryen names them.
const WASM_FEATURES: [&str; 8] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "relaxed-simd",
    "sign-ext",
    "simd",
];

/// Compiler, wasm-bindgen, and how they build.
pub(super) struct Bindgen {
    pub(super) toolchain: Toolchain,
    /// Of wasm-bindgen's program.
    pub(super) folder: PathBuf,
    pub(super) profile: Profile,
}

/// What is built of a package.
pub(super) struct Program<'a> {
    pub(super) package: &'a str,
    /// Features of the package, separated by commas.
    pub(super) features: &'a str,
    /// The cargo profile.
    pub(super) profile: &'a str,
    /// wasm-opt's level, for visitors; none if it gains nothing.
    pub(super) level: Option<&'a str>,
}

impl Bindgen {
    /// Finds or installs both.
    ///
    /// # Errors
    /// When one of them is missing and cannot be installed.
    pub(super) fn new(profile: Profile) -> Result<Self> {
        Ok(Self { toolchain: wasm_target::ensure()?, folder: tools::wasm_bindgen()?, profile })
    }

    /// Builds a worker for some WebAssembly features. Returns its module and wasm-bindgen's script.
    ///
    /// # Errors
    /// When a program fails.
    pub(super) fn build(&self, program: &Program<'_>, (name, features): (&str, &str)) -> Result<(Vec<u8>, Vec<u8>)> {
        let &Program { package, profile, .. } = program;
        let mut command = self.toolchain.cargo()?;
        command
            .args(["build", "--locked", "--package", package, "--target", TARGET, "--profile", profile])
            .args(["--target-dir", WASM_TARGET_DIR, "--features", program.features])
            .env("RUSTFLAGS", rustflags(features));
        run(&mut command)?;
        let library = package.replace('-', "_");
        let built = Path::new(WASM_TARGET_DIR).join(TARGET).join(profile).join(format!("{library}.wasm"));
        let out = Path::new(WASM_TARGET_DIR).join("bindgen").join(name);
        run(Command::new(self.folder.join("wasm-bindgen"))
            .args(["--target", "no-modules", "--no-typescript", "--out-dir"])
            .arg(&out)
            .arg(&built))?;
        let wasm = out.join(format!("{library}_bg.wasm"));
        if self.profile == Profile::Release
            && let Some(level) = program.level
        {
            step(&format!("Optimise {package}"), || optimise(&wasm, level))?;
        }
        Ok((fs::read(wasm)?, fs::read(out.join(format!("{library}.js")))?))
    }
}

/// Runs wasm-opt in place. It may use only the features that rustc uses, because browsers in use lack others.
pub(super) fn optimise(wasm: &Path, level: &str) -> Result<()> {
    let optimised = wasm.with_extension("opt.wasm");
    run(Command::new(tools::wasm_opt()?)
        .arg(level)
        .args(WASM_FEATURES.map(|feature| format!("--enable-{feature}")))
        .arg(wasm)
        .arg("-o")
        .arg(&optimised))?;
    Ok(fs::rename(&optimised, wasm)?)
}
