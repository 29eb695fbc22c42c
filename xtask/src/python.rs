//! Python environments of the training code and of the benchmarks' peers. In: a list of requirements. Out: a `bin` folder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::fingerprint;
use crate::install::{apt_install, cache};
use crate::shell::{probe, run, step};

/// The packages of the training code.
const TRAINING: &str = "models/training/requirements.txt";

/// The packages of the peers of `cargo xtask bench matching`.
const PEERS: &str = "tests/benches/peers/requirements.txt";

/// The packages of the peers of `cargo xtask bench encoders`.
const ENCODERS: &str = "tests/benches/peers/encoders.txt";

/// The training code's environment.
///
/// # Errors
/// When Python is missing or packages cannot be installed.
pub(crate) fn ensure() -> Result<PathBuf> {
    environment(TRAINING, "Set up Python and PyTorch (3 GB, once)")
}

/// The library of ONNX Runtime in the training code's environment.
///
/// # Errors
/// When the environment cannot be created, or does not contain it.
pub(crate) fn onnxruntime() -> Result<PathBuf> {
    let python = ensure()?.join("python");
    let folder = "import onnxruntime, pathlib; print(pathlib.Path(onnxruntime.__file__).parent / 'capi')";
    let folder = probe(python, &["-c", folder]).context("onnxruntime cannot be imported")?;
    let is_library = |name: &str| {
        name.starts_with("libonnxruntime.so") || name.starts_with("libonnxruntime.") && name.ends_with("dylib")
    };
    let entries = fs::read_dir(folder.trim())?.flatten().map(|entry| entry.path());
    let mut libraries = entries.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_library));
    libraries.next().with_context(|| format!("{} contains no libonnxruntime", folder.trim()))
}

/// The environment with faiss and usearch.
///
/// # Errors
/// When Python is missing or packages cannot be installed.
pub(crate) fn ensure_peers() -> Result<PathBuf> {
    environment(PEERS, "Set up Python with faiss and usearch (once)")
}

/// The environment with ONNX Runtime.
///
/// # Errors
/// When Python is missing or packages cannot be installed.
pub(crate) fn ensure_encoders() -> Result<PathBuf> {
    environment(ENCODERS, "Set up Python with ONNX Runtime (once)")
}

/// The `bin` folder of an environment, which is named by the content of its requirements. Creates it if it is missing.
fn environment(requirements: &str, what: &str) -> Result<PathBuf> {
    let environment = cache()?.join(format!("python-{}", fingerprint::short(&fs::read(requirements)?)));
    let done = environment.join("complete");
    let fingerprint = fingerprint::of(&[], &[requirements])?;
    let bin = environment.join("bin");
    fingerprint::unless_done(&done, &fingerprint, || {
        step(what, || {
            if probe("python3", &["-c", "import ensurepip, venv"]).is_none() {
                apt_install(&["python3", "python3-venv"])?;
            }
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
            run(Command::new(bin.join("pip")).args(["install", "--quiet", "--requirement", requirements]))
        })
    })?;
    Ok(bin)
}
