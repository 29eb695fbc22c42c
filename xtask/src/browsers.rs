//! The browsers of the tests, with their drivers, and a graphics driver. Installs what is missing.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::install::{apt_install, cargo_tool};
use crate::shell::{on_path, step};

/// Firefox's WebDriver, from crates.io.
const GECKODRIVER: &str = "0.37.1";

/// A browser and its driver.
pub(crate) struct Browser {
    /// The browser.
    pub(crate) program: PathBuf,
    /// Its WebDriver.
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Finds Chromium and chromedriver, or installs Debian's.
    ///
    /// # Errors
    /// When they are missing and cannot be installed; names the command.
    pub(crate) fn ensure() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        step("Install Chromium and its driver", || apt_install(&["chromium", "chromium-driver"]))?;
        Self::find().context("Chromium was installed, but PATH has no browser or no driver")
    }

    /// Finds Firefox or installs Debian's, and builds geckodriver, which Debian does not have.
    ///
    /// # Errors
    /// When one is missing and cannot be installed; names the command.
    pub(crate) fn ensure_firefox() -> Result<Self> {
        let mac = "/Applications/Firefox.app/Contents/MacOS/firefox";
        let find = || ["firefox-esr", "firefox", mac].into_iter().find_map(on_path);
        if find().is_none() {
            step("Install Firefox", || apt_install(&["firefox-esr"]))?;
        }
        let program = find().context("Firefox was installed, but PATH does not have it")?;
        Ok(Self { program, driver: cargo_tool("geckodriver", "geckodriver", GECKODRIVER, &[])?.join("geckodriver") })
    }

    fn find() -> Option<Self> {
        let mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
        let program = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", mac]
            .into_iter()
            .find_map(on_path)?;
        Some(Self { program, driver: on_path("chromedriver")? })
    }
}

/// Installs Mesa's Vulkan drivers unless there is a Vulkan driver. Mesa emulates a graphics processor for the tests.
///
/// # Errors
/// When no driver can be installed.
pub(crate) fn vulkan() -> Result<()> {
    let has_driver = |folder: &str| fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    let is_there = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].into_iter().any(has_driver);
    // Metal and Direct3D are parts of their systems.
    if is_there || !cfg!(target_os = "linux") {
        return Ok(());
    }
    step("Install Mesa's Vulkan drivers", || apt_install(&["libvulkan1", "mesa-vulkan-drivers"]))
}
