//! `cargo xtask serve` and `build`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::shell::{self, cargo, step};
use crate::{Profile, client, demo};

/// What to serve, and how.
pub(crate) struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub(crate) port: u16,
    /// A catalogue's folder, instead of the demo.
    pub(crate) catalogue: Option<PathBuf>,
    /// Whether to build first.
    pub(crate) build: bool,
    /// How to build.
    pub(crate) profile: Profile,
}

/// Builds what changed, loads the demo catalogue on the first start, serves until interrupted.
///
/// # Errors
/// When a build fails, or the server ends with an error.
pub(crate) fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let binaries = if options.build { build(options.profile, &SERVED)? } else { binaries(options.profile) };
    let server = binaries.join("shop-the-look");
    if !server.is_file() || !Path::new(client::DIST).join("index.html").is_file() {
        bail!("nothing was built yet: leave out --no-build");
    }
    let catalogue = options.catalogue.clone().unwrap_or_else(|| demo::CATALOGUE.into());
    if !catalogue.is_dir() {
        bail!(
            "there is no catalogue at {}: make one with `shop-the-look catalogue import FEED --catalogue {}`",
            catalogue.display(),
            catalogue.display()
        );
    }
    eprintln!("✓ ready to serve after {:.1} s", start.elapsed().as_secs_f32());
    shell::run(
        Command::new(server)
            .args(["serve", "--client", client::DIST, "--models", "models", "--port", &options.port.to_string()])
            .arg("--catalogue")
            .arg(catalogue),
    )
}

/// What `cargo build` makes for serving.
pub(crate) const SERVED: [&str; 5] = ["--package", "shop-the-look", "--package", "garment-renderer", "--bins"];

/// Builds server, demo and client; returns the folder of the native binaries. `selection` tells cargo what to build:
/// at least [`SERVED`].
///
/// # Errors
/// When a build fails.
pub(crate) fn build(profile: Profile, selection: &[&str]) -> Result<PathBuf> {
    let binaries = build_server(profile, selection)?;
    demo::ensure(&binaries)?;
    client::ensure(profile)?;
    Ok(binaries)
}

/// Builds what `selection` tells cargo; returns the folder of the native binaries.
///
/// # Errors
/// When the build fails.
pub(crate) fn build_server(profile: Profile, selection: &[&str]) -> Result<PathBuf> {
    step("Build the server", || {
        let mut command = cargo();
        command.args(["build", "--locked"]).args(selection);
        if profile == Profile::Release {
            command.arg("--release");
        }
        shell::run(&mut command)
    })?;
    Ok(binaries(profile))
}

fn binaries(profile: Profile) -> PathBuf {
    Path::new("target").join(if profile == Profile::Release { "release" } else { "debug" })
}
