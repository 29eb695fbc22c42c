//! The sample looks of the demo's catalogue. In: its folder. Out: looks and their pictures.

use anyhow::{Context as _, Result};
use stl_types::wire::SampleLook;

use crate::root;

/// Folder of the sample looks.
const FOLDER: &str = "target/demo/catalogue/looks";

/// The sample looks, in the page's order. `image` is a path in their folder.
///
/// # Errors
/// When the demo was not imported.
pub fn samples() -> Result<Vec<SampleLook>> {
    let list = root().join(FOLDER).join("looks.jsonl");
    let text = std::fs::read_to_string(&list).with_context(|| format!("{} is missing", list.display()))?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// The picture file of a sample look.
///
/// # Errors
/// When it cannot be read.
pub fn picture_of(sample: &SampleLook) -> Result<Vec<u8>> {
    Ok(std::fs::read(root().join(FOLDER).join(&sample.image))?)
}
