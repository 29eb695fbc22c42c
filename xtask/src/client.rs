//! The client. In: the sources in `frontend` and `shared`, and the networks. Out: `dist`: page, privacy page, both builds of the workers,
//! networks, widget and service worker, all compressed.

mod compress;
mod engine;
mod segmenter;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use stl_types::Manifest;

pub(crate) use self::engine::Wanted;
use self::engine::{Choice, choose};
use self::wasm::Bindgen;
use crate::project::Profile;
use crate::shell::{prepend_path, run, step};
use crate::worker::{WASM_TARGET_DIR, WORKERS};
use crate::{fingerprint, privacy, service_worker, styles, tools, wasm_target, widget};

/// The client's folder.
pub(crate) const DIST: &str = "dist";

/// The folder of the networks, unless another is given.
pub(crate) const MODELS: &str = "models";

/// The client whose segmenter tract runs, for tests.
const TRACT_DIST: &str = "target/client-tract";

/// Changes of these files, and of the networks and their manifest, build the client again.
const INPUTS: [&str; 24] = [
    "docs/privacy.md",
    "docs/privacy-notice.md",
    "frontend/assets",
    "frontend/encoder",
    "frontend/index.html",
    "frontend/locales",
    "frontend/page",
    "frontend/service-worker.js",
    "frontend/styles",
    "frontend/widget",
    "frontend/worker/Cargo.toml",
    "frontend/worker/fetch.js",
    "frontend/worker/loader.js",
    "frontend/worker/src",
    "shared/separable/Cargo.toml",
    "shared/separable/src",
    "shared/types/Cargo.toml",
    "shared/types/src",
    "shared/vision/Cargo.toml",
    "shared/vision/src",
    "xtask/src",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
];

/// The compiler flags of the visitors' page; without a release's optimisation, what they add would make tests' pages slow. Views lose their
/// types where components meet: the code of a view is compiled once, and not again for each place that holds one. The page's module is a
/// tenth smaller.
const PAGE_RUSTFLAGS: &str = "--cfg erase_components";

/// How the client is built.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// How programs are built.
    pub(crate) profile: Profile,
    /// What shall run the segmenter.
    pub(crate) engine: Wanted,
    /// The folder of the networks and their manifest.
    pub(crate) models: PathBuf,
}

impl Options {
    /// The shipped networks, the segmenter by the engine that knows it.
    pub(crate) fn of(profile: Profile) -> Self {
        Self { profile, engine: Wanted::Auto, models: MODELS.into() }
    }

    /// A hash of all that the client is made of.
    fn fingerprint(&self, manifest: &Manifest) -> Result<String> {
        let networks = [&manifest.street2fashion, &manifest.fashion_dna, &manifest.fashion2shop.query];
        let files = networks.iter().map(|network| &*network.file).chain(["manifest.toml"]);
        let files = files.map(|file| self.models.join(file).to_string_lossy().into_owned()).collect::<Vec<_>>();
        let inputs: Vec<&str> = INPUTS.into_iter().chain(files.iter().map(String::as_str)).collect();
        fingerprint::of(&[self.profile.wasm(), self.engine.as_str()], &inputs)
    }

    fn manifest(&self) -> Result<Manifest> {
        let path = self.models.join("manifest.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        Manifest::parse(&text).with_context(|| format!("{} is not usable", path.display()))
    }
}

/// Builds the client unless it is up to date.
///
/// # Errors
/// When a tool is missing, a network does not fit its manifest, or a build fails.
pub(crate) fn ensure(options: &Options) -> Result<()> {
    let manifest = options.manifest()?;
    let (wanted, stamp) = (options.fingerprint(&manifest)?, Path::new(DIST).join(".stamp"));
    if fingerprint::is_done(&stamp, &wanted) {
        return Ok(());
    }
    // First: a network that does not fit shall cost neither a build nor the present client.
    let choice = choose(options.engine, &options.models, &manifest.street2fashion, options.profile)?;
    fingerprint::unless_done(&stamp, &wanted, || build(options, &manifest, &choice))
}

/// The client of [`DIST`], but tract runs the segmenter, as it would if `separable` did not know it: for tests. All browsers get the build for
/// plain SIMD, so that the worker is built once.
///
/// # Errors
/// When there is no client yet, or a build fails.
pub(crate) fn ensure_by_tract() -> Result<()> {
    let options = Options { engine: Wanted::Tract, ..Options::of(Profile::Quick) };
    let manifest = options.manifest()?;
    let wanted = options.fingerprint(&manifest)?;
    let dist = Path::new(TRACT_DIST);
    fingerprint::unless_done(&dist.join(".stamp"), &wanted, || {
        let choice = choose(options.engine, &options.models, &manifest.street2fashion, Profile::Quick)?;
        if dist.exists() {
            fs::remove_dir_all(dist)?;
        }
        copy_folder(Path::new(DIST), dist)?;
        let bindgen = Bindgen::new(Profile::Quick)?;
        let mut list = segmenter::read_list(dist)?;
        let build = segmenter::worker(&bindgen, &choice, WORKERS[0], dist)?;
        list.extend(WORKERS.map(|(name, _)| (name.to_owned(), build.clone())));
        segmenter::add_network(&mut list, &choice, &manifest.street2fashion, dist)?;
        segmenter::write_list(&list, dist)?;
        service_worker::place(dist)?;
        step("Compress the client by tract", || compress::folder(dist, Profile::Quick))
    })
}

fn build(options: &Options, manifest: &Manifest, choice: &Choice) -> Result<()> {
    let bindgen = Bindgen::new(options.profile)?;
    page(&bindgen)?;
    let dist = Path::new(DIST);
    let mut list = serde_json::Map::new();
    let mut encoder = serde_json::Map::new();
    for build in WORKERS {
        // One after the other: the segmenter's program shall not contain what only the encoder needs.
        list.insert(build.0.to_owned(), segmenter::worker(&bindgen, choice, build, dist)?);
        encoder.insert(build.0.to_owned(), segmenter::encoder(&bindgen, build, dist)?);
    }
    segmenter::add_network(&mut list, choice, &manifest.street2fashion, dist)?;
    for (name, network) in [("query", &manifest.fashion2shop.query), ("article", &manifest.fashion_dna)] {
        encoder.insert(name.to_owned(), segmenter::network(name, network, &options.models, dist)?);
    }
    list.insert("encoder".to_owned(), encoder.into());
    segmenter::write_list(&list, dist)?;
    privacy::place(dist)?;
    widget::place(dist)?;
    service_worker::place(dist)?;
    step("Compress the client", || compress::folder(dist, options.profile))
}

fn page(bindgen: &Bindgen) -> Result<()> {
    let (profile, trunk) = (bindgen.profile, tools::trunk()?);
    styles::write_page()?;
    step("Build the page", || {
        let mut command = Command::new(trunk.join("trunk"));
        command.args(["build", "--offline", "--skip-version-check", "--cargo-profile", profile.page(), "--dist", DIST]);
        bindgen.toolchain.apply(&mut command)?;
        // Trunk takes wasm-bindgen from PATH if its version is the locked one. It cannot parse NO_COLOR=1.
        match bindgen.toolchain {
            wasm_target::Toolchain::Default => prepend_path(&mut command, [&bindgen.folder])?,
            wasm_target::Toolchain::Debian => prepend_path(&mut command, [&bindgen.folder, Path::new("/usr/bin")])?,
        };
        command.env("CARGO_TARGET_DIR", WASM_TARGET_DIR).env_remove("NO_COLOR");
        if profile == Profile::Release {
            command.env("RUSTFLAGS", PAGE_RUSTFLAGS);
        }
        run(&mut command)
    })?;
    if profile == Profile::Release {
        step("Optimise the page's module", || wasm::optimise(&page_module()?, "-Oz"))?;
    }
    Ok(())
}

/// The page's WebAssembly, which Trunk has named by its content. wasm-opt makes the same of the same, so the name stays.
fn page_module() -> Result<PathBuf> {
    let entries = fs::read_dir(DIST)?.collect::<std::io::Result<Vec<_>>>()?;
    let paths = entries.into_iter().map(|entry| entry.path());
    let mut modules = paths.filter(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    modules.next().with_context(|| format!("expected the page's WebAssembly in {DIST}, found none"))
}

/// Copies a folder's files, also those of its folders.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if entry.file_name() != ".stamp" {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::root;

    /// In these folders, single entries are inputs.
    const OPENED: [&str; 2] = ["frontend", "frontend/worker"];

    /// Tests of the worker, and the file that running them writes.
    const NOT_BUILT: [&str; 2] = ["frontend/worker/tests", "frontend/worker/webdriver.json"];

    #[test]
    fn every_source_of_the_client_is_an_input() {
        for folder in OPENED {
            for entry in fs::read_dir(root().join(folder)).expect("a folder") {
                let path = format!("{folder}/{}", entry.expect("an entry").file_name().to_string_lossy());
                let is_covered = [&INPUTS[..], &OPENED, &NOT_BUILT].iter().any(|list| list.contains(&&*path));
                assert!(is_covered, "{path} is not an input");
            }
        }
        assert!(INPUTS.iter().all(|path| root().join(path).exists()));
    }
}
