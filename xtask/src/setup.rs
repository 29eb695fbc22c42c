//! `cargo xtask setup`: installs everything that building and testing need.

use anyhow::Result;

use crate::browsers::{self, Browser};
use crate::{machines, python, tools, wasm_target};

/// Installs everything.
///
/// # Errors
/// When a program is missing and cannot be installed; says what to do.
pub(crate) fn everything() -> Result<()> {
    wasm_target::ensure()?;
    tools::wasm_bindgen()?;
    tools::esbuild()?;
    tools::cargo_deny()?;
    python::ensure()?;
    browsers::vulkan()?;
    tools::axe()?;
    machines::ensure()?;
    if let Err(error) = machines::promtool() {
        eprintln!("SKIPPED: the alerts' rules are not checked here: {error:#}");
    }
    Browser::ensure()?;
    Browser::ensure_firefox()?;
    Browser::ensure_webkit().map(drop)
}
