//! `cargo xtask serve`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::{build, client, demo, native, shell};

/// What to serve.
pub(crate) struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub(crate) port: u16,
    /// The folder of a catalogue; the demo's if `None`.
    pub(crate) catalogue: Option<PathBuf>,
    /// Whether to build first.
    pub(crate) build: bool,
    /// How to build.
    pub(crate) client: client::Options,
}

/// Builds what has changed, imports the demo catalogue at the first start, and serves until interrupted.
///
/// # Errors
/// When a build fails, or the server ends with an error.
pub(crate) fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let programs = if options.build {
        build::all(&options.client, &native::SERVED)?
    } else {
        native::folder(options.client.profile)
    };
    let server = programs.join("shop-the-look");
    if !server.is_file() || !Path::new(client::DIST).join("index.html").is_file() {
        bail!("there is no build yet: run without --no-build");
    }
    let catalogue = options.catalogue.clone().unwrap_or_else(|| demo::CATALOGUE.into());
    if !catalogue.is_dir() {
        bail!(
            "there is no catalogue in {}: create one with `shop-the-look catalogue import FEED --catalogue {}`",
            catalogue.display(),
            catalogue.display()
        );
    }
    eprintln!("✓ ready to serve after {:.1} s", start.elapsed().as_secs_f32());
    shell::run(
        Command::new(server)
            .args(["serve", "--client", client::DIST, "--port", &options.port.to_string()])
            .arg("--models")
            .arg(&options.client.models)
            .arg("--catalogue")
            .arg(catalogue),
    )
}
