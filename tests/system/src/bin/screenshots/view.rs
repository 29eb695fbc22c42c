//! What a window shows becomes a file. In: a browser. Out: `PREFIX-VIEW.png` in a folder.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use stl_tests::Browser;

/// Name and Blink's number of a colour scheme.
pub(crate) const SCHEMES: [(&str, u32); 2] = [("light", 1), ("dark", 0)];

/// A window of one size and colour scheme.
pub(crate) struct View {
    pub(crate) browser: Browser,
    /// What its files' names begin with.
    pub(crate) prefix: String,
    pub(crate) folder: PathBuf,
}

impl View {
    /// Writes what the window shows.
    ///
    /// # Errors
    /// When the browser does not respond, or the file cannot be written.
    pub(crate) async fn take(&self, name: &str) -> Result<()> {
        // Until pictures are loaded and transitions have ended.
        tokio::time::sleep(Duration::from_millis(1200)).await;
        let file = self.folder.join(format!("{}-{name}.png", self.prefix));
        Ok(std::fs::write(file, self.browser.screenshot().await?)?)
    }
}
