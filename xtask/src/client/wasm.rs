//! WebAssembly of the page and the workers. In: a package of this workspace and WebAssembly features. Out: its module and its script, by
//! wasm-bindgen's library: its program would have to be installed first, in minutes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::project::Profile;
use crate::remap;
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

/// The page's package and program.
pub(super) const PAGE: &str = "stl-frontend";

/// The compiler flags of the visitors' page; without a release's optimisation, what they add would make tests' pages slow. Views lose their
/// types where components meet: the code of a view is compiled once, and not again for each place that holds one. The page's module is a
/// tenth smaller.
const PAGE_RUSTFLAGS: &str = "--cfg erase_components";

/// The compiler, and how it builds.
pub(super) struct Bindgen {
    toolchain: Toolchain,
    pub(super) profile: Profile,
}

/// What is built of a worker's package.
pub(super) struct Program<'a> {
    pub(super) package: &'a str,
    /// Features of the package, separated by commas.
    pub(super) features: &'a str,
    /// The cargo profile.
    pub(super) profile: &'a str,
    /// wasm-opt's level, for visitors; none if it gains nothing.
    pub(super) level: Option<&'a str>,
}

/// A module and the script that starts it.
pub(super) struct Glue {
    pub(super) script: Vec<u8>,
    pub(super) wasm: Vec<u8>,
    /// A folder of scripts that the first one imports.
    pub(super) snippets: Option<PathBuf>,
}

/// What a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A page, which imports it as a module.
    Page,
    /// A worker, which runs it.
    Worker,
}

impl Bindgen {
    /// Finds or installs the compiler.
    ///
    /// # Errors
    /// When it is missing and cannot be installed.
    pub(super) fn new(profile: Profile) -> Result<Self> {
        Ok(Self { toolchain: wasm_target::ensure()?, profile })
    }

    /// Builds a worker for some WebAssembly features.
    ///
    /// # Errors
    /// When it cannot be built.
    pub(super) fn worker(&self, program: &Program<'_>, (name, features): (&str, &str)) -> Result<Glue> {
        let &Program { package, profile, level, .. } = program;
        let mut command = self.cargo(package, profile)?;
        command.args(["--features", program.features]);
        if self.profile == Profile::Release {
            remap::with_flags(&mut command, &rustflags(features));
        } else {
            command.env("RUSTFLAGS", rustflags(features));
        }
        run(&mut command)?;
        self.glue(Kind::Worker, (profile, &package.replace('-', "_")), name, level)
    }

    /// Builds the page.
    ///
    /// # Errors
    /// When it cannot be built.
    pub(super) fn page(&self) -> Result<Glue> {
        let profile = self.profile.page();
        let mut command = self.cargo(PAGE, profile)?;
        if self.profile == Profile::Release {
            remap::with_flags(&mut command, PAGE_RUSTFLAGS);
        }
        run(&mut command)?;
        self.glue(Kind::Page, (profile, PAGE), "page", Some("-Oz"))
    }

    fn cargo(&self, package: &str, profile: &str) -> Result<Command> {
        let mut command = self.toolchain.cargo()?;
        command
            .args(["build", "--locked", "--package", package, "--target", TARGET, "--profile", profile])
            .args(["--target-dir", WASM_TARGET_DIR]);
        Ok(command)
    }

    /// Writes the script of a module that was built, and optimises the module for visitors. `name` is a folder for both.
    fn glue(&self, kind: Kind, (profile, program): (&str, &str), name: &str, level: Option<&str>) -> Result<Glue> {
        let built = Path::new(WASM_TARGET_DIR).join(TARGET).join(profile).join(format!("{program}.wasm"));
        let out = Path::new(WASM_TARGET_DIR).join("bindgen").join(name);
        // Nothing of a former build shall be taken for this one's.
        fs::remove_dir_all(&out).ok();
        let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
        bindgen.input_path(&built).typescript(false);
        match kind {
            Kind::Page => bindgen.web(true)?,
            Kind::Worker => bindgen.no_modules(true)?,
        };
        bindgen
            .generate(&out)
            .with_context(|| format!("wasm-bindgen cannot write the script of {}", built.display()))?;
        let wasm = out.join(format!("{program}_bg.wasm"));
        if self.profile == Profile::Release
            && let Some(level) = level
        {
            step(&format!("Optimise {program}"), || optimise(&wasm, level))?;
        }
        let snippets = out.join("snippets");
        Ok(Glue {
            script: fs::read(out.join(format!("{program}.js")))?,
            wasm: fs::read(wasm)?,
            snippets: snippets.is_dir().then_some(snippets),
        })
    }
}

/// Runs wasm-opt in place. It may use only the features that rustc uses, because browsers in use lack others.
fn optimise(wasm: &Path, level: &str) -> Result<()> {
    let optimised = wasm.with_extension("opt.wasm");
    run(Command::new(tools::wasm_opt()?)
        .arg(level)
        .args(WASM_FEATURES.map(|feature| format!("--enable-{feature}")))
        .arg(wasm)
        .arg("-o")
        .arg(&optimised))?;
    Ok(fs::rename(&optimised, wasm)?)
}
