//! `cargo xtask build`: server, demo and client.

use std::path::PathBuf;

use anyhow::Result;

use crate::client::{self, Options};
use crate::{demo, native};

/// Builds server, demo and client. `selection` are arguments of `cargo build`, at least [`native::SERVED`]. Returns the folder of the native
/// programs.
///
/// # Errors
/// When a build fails.
pub(crate) fn all(options: &Options, selection: &[&str]) -> Result<PathBuf> {
    let programs = native::build(options.profile, selection)?;
    demo::ensure(&programs)?;
    client::ensure(options)?;
    Ok(programs)
}
