//! `cargo xtask cluster`: a shop on several processes of this machine.

use std::process::Command;

use anyhow::Result;

use crate::client::{self, Options};
use crate::{build, demo, machines, native, shell};

/// The packages of a cluster, as arguments of `cargo build`.
const CLUSTER: [&str; 7] =
    ["--package", "shop-the-look", "--package", "garment-renderer", "--package", "stl-cluster", "--bins"];

/// Builds what has changed and runs PostgreSQL, object storage, two workers and three servers behind HAProxy until interrupted.
///
/// # Errors
/// When something cannot be installed or built, or ends with an error.
pub(crate) fn run(port: u16, options: &Options) -> Result<()> {
    machines::ensure()?;
    build::all(options, &native::SERVED)?;
    let programs = native::build(options.profile, &CLUSTER)?;
    demo::ensure(&programs)?;
    shell::run(
        Command::new(programs.join("cluster"))
            .args([demo::FEED, &port.to_string()])
            .env("SHOP_THE_LOOK_CLIENT", client::DIST)
            .env("SHOP_THE_LOOK_MODELS", &options.models),
    )
}
