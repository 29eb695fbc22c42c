//! The files in `dist/segmenter`: workers and networks. In: sources and networks. Out: these files, named by their content, and their list.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use stl_types::manifest::NetworkSpec;
use stl_types::wire::NetworkEngine;

use super::engine::{Choice, read_network};
use super::wasm::{Bindgen, Glue, Program};
use crate::fingerprint;
use crate::project::Profile;
use crate::shell::step;

/// Of the client.
const FOLDER: &str = "segmenter";

/// The list, in this folder.
const LIST: &str = "segmenter.json";

/// What stands behind wasm-bindgen's script, for both workers.
const FETCH: &str = "frontend/worker/fetch.js";

/// Builds the segmenter's worker for some WebAssembly features, with the engine that was chosen.
///
/// # Errors
/// When the build fails.
pub(super) fn worker(bindgen: &Bindgen, choice: &Choice, build: (&str, &str), dist: &Path) -> Result<Value> {
    placed(
        bindgen,
        &program(bindgen.profile, "stl-worker", choice.engine),
        build,
        ("worker", "frontend/worker/loader.js"),
        dist,
    )
}

/// Builds the encoder's worker for some WebAssembly features, with the engine that was chosen.
///
/// # Errors
/// When the build fails.
pub(super) fn encoder(bindgen: &Bindgen, engine: NetworkEngine, build: (&str, &str), dist: &Path) -> Result<Value> {
    let program = program(bindgen.profile, "stl-encoder", engine);
    placed(bindgen, &program, build, ("encoder", "frontend/encoder/loader.js"), dist)
}

/// A worker with an engine.
fn program(profile: Profile, package: &'static str, engine: NetworkEngine) -> Program<'static> {
    match engine {
        NetworkEngine::Separable => Program { package, features: "", profile: profile.wasm(), level: Some("-O3") },
        // wasm-opt -Oz makes tract's module an eighth smaller, and its compressed copy, which visitors load, 4 % larger.
        NetworkEngine::Tract => Program { package, features: "tract", profile: profile.tract(), level: None },
    }
}

fn placed(
    bindgen: &Bindgen,
    program: &Program<'_>,
    build: (&str, &str),
    (stem, loader): (&str, &str),
    dist: &Path,
) -> Result<Value> {
    let Glue { wasm, mut script, .. } =
        step(&format!("Build {} ({})", program.package, build.1), || bindgen.worker(program, build))?;
    for part in [FETCH, loader] {
        script.extend(fs::read(part)?);
    }
    let stem = format!("{stem}-{}", build.0.replace('_', "-"));
    Ok(json!({ "script": place(dist, &stem, "js", &script)?, "wasm": file(dist, &stem, "wasm", &wasm)? }))
}

/// Adds the segmenter's network to the list, as its engine reads it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn add_network(
    list: &mut Map<String, Value>,
    choice: &Choice,
    network: &NetworkSpec,
    dist: &Path,
) -> Result<()> {
    // Served compressed, like everything with this ending.
    list.insert("model".to_owned(), file(dist, "street2fashion", "bin", &choice.file)?);
    list.insert("network".to_owned(), serde_json::to_value(network)?);
    list.insert("engine".to_owned(), serde_json::to_value(choice.engine)?);
    Ok(())
}

/// A network as the encoder reads it, and its manifest entry.
///
/// # Errors
/// When it is not the manifest's, or cannot be written.
pub(super) fn network(stem: &str, network: &NetworkSpec, models: &Path, dist: &Path) -> Result<Value> {
    Ok(json!({ "file": file(dist, stem, "bin", &read_network(models, network)?)?, "network": network }))
}

/// The list of a client that was built.
///
/// # Errors
/// When there is none.
pub(super) fn read_list(dist: &Path) -> Result<Map<String, Value>> {
    let path = dist.join(FOLDER).join(LIST);
    let list = fs::read(&path).with_context(|| format!("{} cannot be read: build the client first", path.display()))?;
    Ok(serde_json::from_slice(&list)?)
}

/// Writes the list.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_list(list: &Map<String, Value>, dist: &Path) -> Result<()> {
    Ok(fs::write(dist.join(FOLDER).join(LIST), serde_json::to_vec(list)?)?)
}

/// Writes a file named by its content. Returns its URL, size and hash.
fn file(dist: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<Value> {
    let url = place(dist, stem, extension, bytes)?;
    Ok(json!({ "url": url, "bytes": bytes.len(), "sha256": fingerprint::whole(bytes) }))
}

/// Writes a file named by its content. Returns its URL.
fn place(dist: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
    let name = format!("{stem}-{}.{extension}", fingerprint::short(bytes));
    let folder = dist.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let path = folder.join(&name);
    fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(format!("/{FOLDER}/{name}"))
}
