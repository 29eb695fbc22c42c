//! The client. In: the sources in `frontend` and `shared`, and the networks. Out: `dist`: page, privacy page, both builds of the workers,
//! networks, widget and service worker, all compressed.

mod bundle;
mod compress;
mod engine;
mod segmenter;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use stl_types::Manifest;
use stl_types::wire::NetworkEngine;

pub(crate) use self::engine::Wanted;
use self::engine::{Choice, choose, choose_for_encoders};
use self::wasm::Bindgen;
use crate::project::Profile;
use crate::shell::step;
use crate::worker::WORKERS;
use crate::{admin, fingerprint, folder, privacy, service_worker, styles, widget};

/// The client's folder.
pub(crate) const DIST: &str = "dist";

/// In the client's folder: what it was built of.
pub(crate) const STAMP: &str = ".stamp";

/// The folder of the networks, unless another is given.
pub(crate) const MODELS: &str = "models";

/// The client whose segmenter tract runs, for tests.
const TRACT_DIST: &str = "target/client-tract";

/// Changes of these files, and of the networks and their manifest, build the client again.
const INPUTS: [&str; 24] = [
    "docs/privacy.md",
    "docs/privacy-notice.md",
    "frontend/admin",
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
    "Cargo.toml",
    "Cargo.lock",
];

/// How the client is built.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// How programs are built.
    pub(crate) profile: Profile,
    /// What shall run the segmenter.
    pub(crate) engine: Wanted,
    /// What shall run the encoders.
    pub(crate) encoder_engine: Wanted,
    /// The folder of the networks and their manifest.
    pub(crate) models: PathBuf,
}

impl Options {
    /// The shipped networks, each by the engine that knows it.
    pub(crate) fn of(profile: Profile) -> Self {
        Self { profile, engine: Wanted::Auto, encoder_engine: Wanted::Auto, models: MODELS.into() }
    }

    /// A hash of all that the client is made of.
    fn fingerprint(&self, manifest: &Manifest) -> Result<String> {
        let networks = [&manifest.street2fashion, &manifest.fashion_dna, &manifest.fashion2shop.query];
        let files = networks.iter().map(|network| &*network.file).chain(["manifest.toml"]);
        let files = files.map(|file| self.models.join(file).to_string_lossy().into_owned()).collect::<Vec<_>>();
        let inputs: Vec<&str> = INPUTS.into_iter().chain(files.iter().map(String::as_str)).collect();
        fingerprint::of(&[self.profile.wasm(), self.engine.as_str(), self.encoder_engine.as_str()], &inputs)
    }

    /// What runs the segmenter, and what the encoders.
    fn choice(&self, manifest: &Manifest) -> Result<(Choice, NetworkEngine)> {
        let (models, profile) = (&self.models, self.profile);
        let segmenter = choose(self.engine, models, &manifest.street2fashion, profile)?;
        let encoders = [&manifest.fashion2shop.query, &manifest.fashion_dna];
        Ok((segmenter, choose_for_encoders(self.encoder_engine, models, encoders, profile)?))
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
    let (wanted, stamp) = (options.fingerprint(&manifest)?, Path::new(DIST).join(STAMP));
    if fingerprint::is_done(&stamp, &wanted) {
        return Ok(());
    }
    // First: a network that does not fit shall cost neither a build nor the present client.
    let choice = options.choice(&manifest)?;
    fingerprint::unless_done(&stamp, &wanted, || build(options, &manifest, &choice))
}

/// The client of [`DIST`], but tract runs segmenter and encoders, as it would if `separable` did not know them: for tests. All browsers get the
/// build for plain SIMD, so that each worker is built once.
///
/// # Errors
/// When there is no client yet, or a build fails.
pub(crate) fn ensure_by_tract() -> Result<()> {
    let options = Options { engine: Wanted::Tract, encoder_engine: Wanted::Tract, ..Options::of(Profile::Quick) };
    let manifest = options.manifest()?;
    let wanted = options.fingerprint(&manifest)?;
    let dist = Path::new(TRACT_DIST);
    fingerprint::unless_done(&dist.join(STAMP), &wanted, || {
        let (choice, encoder_engine) = options.choice(&manifest)?;
        if dist.exists() {
            fs::remove_dir_all(dist)?;
        }
        folder::copy(Path::new(DIST), dist, &[STAMP])?;
        let bindgen = Bindgen::new(Profile::Quick)?;
        let mut list = segmenter::read_list(dist)?;
        let build = segmenter::worker(&bindgen, &choice, WORKERS[0], dist)?;
        list.extend(WORKERS.map(|(name, _)| (name.to_owned(), build.clone())));
        let build = segmenter::encoder(&bindgen, encoder_engine, WORKERS[0], dist)?;
        let encoder = list.get_mut("encoder").and_then(serde_json::Value::as_object_mut);
        let encoder = encoder.context("the client's list has no encoder: build the client again")?;
        encoder.extend(WORKERS.map(|(name, _)| (name.to_owned(), build.clone())));
        encoder.insert("engine".to_owned(), serde_json::to_value(encoder_engine)?);
        segmenter::add_network(&mut list, &choice, &manifest.street2fashion, dist)?;
        segmenter::write_list(&list, dist)?;
        service_worker::place(dist)?;
        step("Compress the client by tract", || compress::folder(dist, Profile::Quick))
    })
}

fn build(options: &Options, manifest: &Manifest, (choice, encoder_engine): &(Choice, NetworkEngine)) -> Result<()> {
    let bindgen = Bindgen::new(options.profile)?;
    let dist = Path::new(DIST);
    styles::write_page()?;
    bundle::place(&bindgen, dist)?;
    let mut list = serde_json::Map::new();
    let mut encoder = serde_json::Map::new();
    for build in WORKERS {
        // One after the other: the segmenter's program shall not contain what only the encoder needs.
        list.insert(build.0.to_owned(), segmenter::worker(&bindgen, choice, build, dist)?);
        encoder.insert(build.0.to_owned(), segmenter::encoder(&bindgen, *encoder_engine, build, dist)?);
    }
    segmenter::add_network(&mut list, choice, &manifest.street2fashion, dist)?;
    for (name, network) in [("query", &manifest.fashion2shop.query), ("article", &manifest.fashion_dna)] {
        encoder.insert(name.to_owned(), segmenter::network(name, network, &options.models, dist)?);
    }
    encoder.insert("engine".to_owned(), serde_json::to_value(encoder_engine)?);
    list.insert("encoder".to_owned(), encoder.into());
    segmenter::write_list(&list, dist)?;
    privacy::place(dist)?;
    widget::place(dist)?;
    admin::place(dist)?;
    service_worker::place(dist)?;
    step("Compress the client", || compress::folder(dist, options.profile))
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
