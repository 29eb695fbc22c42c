//! Folders of networks and clients that differ from the shipped ones in the segmenter. In: its file. Out: temporary folders.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use stl_types::manifest::NetworkSpec;
use tempfile::TempDir;

use crate::root;

/// A small segmenter that `separable` does not know, and its manifest entry; see `tests/fixtures/networks/foreign.py`.
///
/// # Errors
/// When the file cannot be read.
pub fn foreign() -> Result<(Vec<u8>, NetworkSpec)> {
    let onnx = fs::read(root().join("tests/fixtures/networks/foreign.onnx"))?;
    let spec = json!({
        "file": "foreign.onnx",
        "sha256": stl_server::digest::Digest::of(&onnx).to_string(),
        "bytes": onnx.len(),
        "input": [1, 3, 96, 64],
        "output": [1, 2, 96, 64],
        "mean": [127.5, 127.5, 127.5],
        "std": [127.5, 127.5, 127.5],
        "pad": [127.0, 127.0, 127.0],
        "classes": ["background", "person"],
    });
    Ok((onnx, serde_json::from_value(spec)?))
}

/// The shipped networks with another segmenter.
///
/// # Errors
/// When a file cannot be read or written.
pub fn other_models(onnx: &[u8], spec: &NetworkSpec) -> Result<TempDir> {
    let (folder, shipped) = (tempfile::tempdir()?, root().join("models"));
    let manifest = fs::read_to_string(shipped.join("manifest.toml"))?;
    let (before, rest) = manifest.split_once("[street2fashion]").context("a segmenter in the manifest")?;
    let (_, after) = rest.split_once("\n[").context("a table behind it")?;
    // JSON's numbers, strings and lists are TOML's, too.
    let Value::Object(entry) = serde_json::to_value(spec)? else { anyhow::bail!("an entry is a table") };
    let lines = entry.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| format!("{key} = {value}\n"));
    let table: String = lines.collect();
    fs::write(folder.path().join("manifest.toml"), format!("{before}[street2fashion]\n{table}\n[{after}"))?;
    for entry in fs::read_dir(shipped)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "onnx" || extension == "safetensors") {
            fs::copy(&path, folder.path().join(path.file_name().unwrap_or_default()))?;
        }
    }
    fs::write(folder.path().join(&spec.file), onnx)?;
    Ok(folder)
}

/// A built client, relative to the repository, that reads another network as `spec` describes it. The file's hash is the announced one.
///
/// # Errors
/// When there is no such client, or a file cannot be written.
pub fn other_client(built: &str, network: &[u8], spec: &NetworkSpec) -> Result<TempDir> {
    let (folder, built) = (tempfile::tempdir()?, root().join(built));
    copy(&built, folder.path())
        .with_context(|| format!("{} is missing: run `cargo xtask build --tests`", built.display()))?;
    let path = folder.path().join("segmenter/segmenter.json");
    let mut list: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let sha256 = stl_server::digest::Digest::of(network).to_string();
    let name = format!("other-{}.bin", &sha256[..16]);
    fs::write(folder.path().join("segmenter").join(&name), network)?;
    list["model"] = json!({ "url": format!("/segmenter/{name}"), "bytes": network.len(), "sha256": sha256 });
    list["network"] = serde_json::to_value(spec)?;
    fs::write(&path, serde_json::to_vec(&list)?)?;
    for copy in ["br", "gz"] {
        // It would be served in place of the new list.
        fs::remove_file(path.with_extension(format!("json.{copy}"))).ok();
    }
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
