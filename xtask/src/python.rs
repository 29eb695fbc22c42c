//! The Python environment of the training code.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::fingerprint;
use crate::shell::{probe, run, step};
use crate::tools::{apt_install, cache};

const REQUIREMENTS: &str = "models/training/requirements.txt";

/// The environment's `bin` folder, made when missing; named by the requirements' content.
///
/// # Errors
/// When Python is missing or packages cannot be installed.
pub(crate) fn ensure() -> Result<PathBuf> {
    let environment = cache()?.join(format!("python-{}", fingerprint::short(&fs::read(REQUIREMENTS)?)));
    let done = environment.join("complete");
    let fingerprint = fingerprint::of(&[], &[REQUIREMENTS])?;
    let bin = environment.join("bin");
    fingerprint::unless_done(&done, &fingerprint, || {
        step("Set up Python and PyTorch (3 GB, once)", || {
            if probe("python3", &["-c", "import ensurepip, venv"]).is_none() {
                apt_install(&["python3", "python3-venv"])?;
            }
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
            run(Command::new(bin.join("pip")).args(["install", "--quiet", "--requirement", REQUIREMENTS]))
        })
    })?;
    Ok(bin)
}
