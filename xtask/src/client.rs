//! The client. In: the sources in `frontend` and `shared`. Out: `dist`: page, privacy page, both builds of the workers, networks, widget and service
//! worker, all compressed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use stl_types::manifest::NetworkSpec;

use crate::project::Profile;
use crate::shell::{prepend_path, run, step};
use crate::wasm_target::{self, TARGET, Toolchain};
use crate::worker::{WASM_TARGET_DIR, WORKERS, rustflags};
use crate::{fingerprint, privacy, service_worker, styles, tools, widget};

/// The client's folder.
pub(crate) const DIST: &str = "dist";

/// Changes of these files build the client again.
const INPUTS: [&str; 28] = [
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
    "models/fashion-dna.onnx",
    "models/fashion2shop-query.onnx",
    "models/manifest.toml",
    "models/street2fashion.onnx",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
];

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

/// The compiler flags of the visitors' page; without a release's optimisation, what they add would make tests' pages slow. Views lose their types where components meet: the code of a view is compiled once, and not
/// again for each place that holds one. The page's module is a tenth smaller.
const PAGE_RUSTFLAGS: &str = "--cfg erase_components";

/// Builds the client unless it is up to date.
///
/// # Errors
/// When a tool is missing or a build fails.
pub(crate) fn ensure(profile: Profile) -> Result<()> {
    let wanted = fingerprint::of(&[profile.wasm()], &INPUTS)?;
    fingerprint::unless_done(&Path::new(DIST).join(".stamp"), &wanted, || build(profile))
}

fn build(profile: Profile) -> Result<()> {
    let toolchain = wasm_target::ensure()?;
    let trunk = tools::trunk()?;
    let bindgen = tools::wasm_bindgen()?;
    styles::write_page()?;
    step("Build the page", || {
        let mut command = Command::new(trunk.join("trunk"));
        command.args(["build", "--offline", "--skip-version-check", "--cargo-profile", profile.page(), "--dist", DIST]);
        toolchain.apply(&mut command)?;
        // Trunk takes wasm-bindgen from PATH if its version is the locked one. It cannot parse NO_COLOR=1.
        prepend_paths(&mut command, toolchain, &bindgen)?;
        command.env("CARGO_TARGET_DIR", WASM_TARGET_DIR).env_remove("NO_COLOR");
        if profile == Profile::Release {
            command.env("RUSTFLAGS", PAGE_RUSTFLAGS);
        }
        run(&mut command)
    })?;
    if profile == Profile::Release {
        step("Optimise the page's module", || optimise(&page_module()?, "-Oz"))?;
    }
    let segmenter = Path::new(DIST).join("segmenter");
    fs::create_dir_all(&segmenter)?;
    let (mut listed, mut encoder) = (serde_json::Map::new(), serde_json::Map::new());
    for build @ (name, features) in WORKERS {
        // One after the other: the segmenter's program shall not contain what only the encoder needs.
        for (program, listed) in PROGRAMS.into_iter().zip([&mut listed, &mut encoder]) {
            let made = step(&format!("Build {} ({features})", program.0), || {
                worker(toolchain, &bindgen, profile, program, build, &segmenter)
            })?;
            listed.insert(name.to_owned(), made);
        }
    }
    let manifest = stl_types::Manifest::parse(&fs::read_to_string("models/manifest.toml")?)?;
    let packed = step("Pack the network", || packed(&manifest.street2fashion))?;
    listed.insert("model".to_owned(), file(&segmenter, "street2fashion", "bin", &packed)?);
    listed.insert("network".to_owned(), serde_json::to_value(&manifest.street2fashion)?);
    encoder.insert("query".to_owned(), network(&segmenter, "query", &manifest.fashion2shop.query)?);
    encoder.insert("article".to_owned(), network(&segmenter, "article", &manifest.fashion_dna)?);
    listed.insert("encoder".to_owned(), encoder.into());
    fs::write(segmenter.join("segmenter.json"), serde_json::to_vec(&listed)?)?;
    privacy::place(Path::new(DIST))?;
    widget::place(Path::new(DIST))?;
    service_worker::place(Path::new(DIST))?;
    step("Compress the client", || compress_folder(Path::new(DIST), profile))
}

fn prepend_paths(command: &mut Command, toolchain: Toolchain, bindgen: &Path) -> Result<()> {
    match toolchain {
        Toolchain::Default => prepend_path(command, [bindgen])?,
        Toolchain::Debian => prepend_path(command, [bindgen, Path::new("/usr/bin")])?,
    };
    Ok(())
}

/// The workers: package, file name in `dist`, and what stands behind wasm-bindgen's glue in the script.
const PROGRAMS: [(&str, &str, [&str; 2]); 2] = [
    ("stl-worker", "worker", ["frontend/worker/fetch.js", "frontend/worker/loader.js"]),
    ("stl-encoder", "encoder", ["frontend/worker/fetch.js", "frontend/encoder/loader.js"]),
];

/// Builds a worker for some WebAssembly features.
fn worker(
    toolchain: Toolchain,
    bindgen: &Path,
    profile: Profile,
    (package, stem, loader): (&str, &str, [&str; 2]),
    (name, features): (&str, &str),
    segmenter: &Path,
) -> Result<serde_json::Value> {
    run(toolchain
        .cargo()?
        .args(["build", "--locked", "--package", package, "--target", TARGET, "--profile", profile.wasm()])
        .args(["--target-dir", WASM_TARGET_DIR])
        .env("RUSTFLAGS", rustflags(features)))?;
    let library = package.replace('-', "_");
    let built = Path::new(WASM_TARGET_DIR).join(TARGET).join(profile.wasm()).join(format!("{library}.wasm"));
    let out = Path::new(WASM_TARGET_DIR).join("bindgen").join(name);
    run(Command::new(bindgen.join("wasm-bindgen"))
        .args(["--target", "no-modules", "--no-typescript", "--out-dir"])
        .arg(&out)
        .arg(&built))?;
    let wasm = out.join(format!("{library}_bg.wasm"));
    if profile == Profile::Release {
        step(&format!("Optimise {package}"), || optimise(&wasm, "-O3"))?;
    }
    let wasm = fs::read(wasm)?;
    let mut script = fs::read(out.join(format!("{library}.js")))?;
    for part in loader {
        script.extend(fs::read(part)?);
    }
    let stem = format!("{stem}-{}", name.replace('_', "-"));
    Ok(serde_json::json!({
        "script": place(segmenter, &stem, "js", &script)?,
        "wasm": file(segmenter, &stem, "wasm", &wasm)?,
    }))
}

/// The bytes of a network's file.
fn onnx(network: &NetworkSpec) -> Result<Vec<u8>> {
    let path = Path::new("models").join(&network.file);
    fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Street2Fashion as the worker reads it.
fn packed(network: &NetworkSpec) -> Result<Vec<u8>> {
    Ok(separable::pack(&onnx(network)?)?.write())
}

/// A network as the encoder reads it, and its manifest entry.
fn network(segmenter: &Path, stem: &str, network: &NetworkSpec) -> Result<serde_json::Value> {
    // Served compressed, like everything with this ending.
    Ok(serde_json::json!({ "file": file(segmenter, stem, "bin", &onnx(network)?)?, "network": network }))
}

/// Writes a file named by its content. Returns its URL, size and hash.
fn file(segmenter: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<serde_json::Value> {
    let url = place(segmenter, stem, extension, bytes)?;
    Ok(serde_json::json!({ "url": url, "bytes": bytes.len(), "sha256": fingerprint::whole(bytes) }))
}

/// The page's WebAssembly, which Trunk has named by its content. wasm-opt makes the same of the same, so the name stays.
fn page_module() -> Result<PathBuf> {
    let entries = fs::read_dir(DIST)?.collect::<std::io::Result<Vec<_>>>()?;
    let paths = entries.into_iter().map(|entry| entry.path());
    let mut modules = paths.filter(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    modules.next().with_context(|| format!("expected the page's WebAssembly in {DIST}, found none"))
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

/// Writes a file named by its content. Returns its URL.
fn place(segmenter: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
    let name = format!("{stem}-{}.{extension}", fingerprint::short(bytes));
    let path: PathBuf = segmenter.join(&name);
    fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(format!("/segmenter/{name}"))
}

/// Writes `FILE.br` and `FILE.gz` beside every file that compresses.
fn compress_folder(folder: &Path, profile: Profile) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            compress_folder(&path, profile)?;
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if ["html", "js", "ts", "css", "json", "wasm", "bin", "svg", "webmanifest"].contains(&extension) {
            compress(&path, extension, profile)?;
        }
    }
    Ok(())
}

fn compress(path: &Path, extension: &str, profile: Profile) -> Result<()> {
    let bytes = fs::read(path)?;
    let beside = |added: &str| path.with_extension(format!("{extension}.{added}"));
    // Quality 11 takes a minute for the worker. That is worth it for visitors, not for tests, which measure bytes all the same.
    let quality = if profile == Profile::Release { 11 } else { 9 };
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 1 << 16, quality, 24);
    brotli.write_all(&bytes)?;
    fs::write(beside("br"), brotli.into_inner())?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    gzip.write_all(&bytes)?;
    fs::write(beside("gz"), gzip.finish()?)?;
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
