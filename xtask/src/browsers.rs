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
        if firefox().is_none() {
            step("Install Firefox", || apt_install(&["firefox-esr"]))?;
        }
        let program = firefox().context("Firefox was installed, but PATH does not have it")?;
        Ok(Self { program, driver: cargo_tool("geckodriver", "geckodriver", GECKODRIVER, &[])?.join("geckodriver") })
    }

    /// Finds WebKitGTK's browser and driver, or installs Debian's, with a screen in memory. `None` where there is no such package.
    ///
    /// # Errors
    /// When they are missing and cannot be installed; names the command.
    pub(crate) fn ensure_webkit() -> Result<Option<Self>> {
        if !cfg!(target_os = "linux") {
            return Ok(None);
        }
        if Self::find_webkit().is_none() {
            step("Install WebKit and its driver", || apt_install(&["webkit2gtk-driver", "xvfb"]))?;
        }
        Self::find_webkit().context("WebKit was installed, but its browser, driver or screen is not found").map(Some)
    }

    /// WebKitGTK's browser and driver, if there is a screen for them.
    pub(crate) fn find_webkit() -> Option<Self> {
        on_path("Xvfb").and(Some(Self { program: webkit()?, driver: on_path("WebKitWebDriver")? }))
    }

    /// Chromium and chromedriver.
    pub(crate) fn find() -> Option<Self> {
        let mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
        let program = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", mac]
            .into_iter()
            .find_map(on_path)?;
        Some(Self { program, driver: on_path("chromedriver")? })
    }
}

/// Firefox.
pub(crate) fn firefox() -> Option<PathBuf> {
    let mac = "/Applications/Firefox.app/Contents/MacOS/firefox";
    ["firefox-esr", "firefox", mac].into_iter().find_map(on_path)
}

/// WebKitGTK's small browser, which is beside its library: `/usr/lib/PLATFORM/webkit2gtk-VERSION/MiniBrowser` of Debian, or without the
/// platform.
fn webkit() -> Option<PathBuf> {
    let beneath = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    ["/usr/lib", "/usr/libexec", "/usr/lib64"]
        .into_iter()
        .map(PathBuf::from)
        .flat_map(|folder| beneath(folder.clone()).chain([folder]))
        .flat_map(beneath)
        .filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("webkit2gtk-")))
        .map(|folder| folder.join("MiniBrowser"))
        .find(|program| program.is_file())
}

/// Whether there is a Vulkan driver. Metal and Direct3D are parts of their systems.
pub(crate) fn has_vulkan() -> bool {
    let has_driver = |folder: &str| fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    !cfg!(target_os = "linux") || ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].into_iter().any(has_driver)
}

/// Installs Mesa's Vulkan drivers unless there is a Vulkan driver. Mesa emulates a graphics processor for the tests.
///
/// # Errors
/// When no driver can be installed.
pub(crate) fn vulkan() -> Result<()> {
    if has_vulkan() {
        return Ok(());
    }
    step("Install Mesa's Vulkan drivers", || apt_install(&["libvulkan1", "mesa-vulkan-drivers"]))
}
