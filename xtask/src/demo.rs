//! The demo: drawn products and looks, imported like any shop's feed. In: `garment-renderer`. Out: a catalogue with sample looks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::fingerprint;
use crate::shell::{run, step};

/// The seed of the demo's products and looks. Training uses other seeds.
const SEED: &str = "1";

/// Number of products: sixty for each category, more than the fifty cards that a category shows.
const PRODUCTS: &str = "480";

/// Number of sample looks that the page shows.
const LOOKS: &str = "6";

/// The demo's catalogue.
pub(crate) const CATALOGUE: &str = "target/demo/catalogue";

/// The sample looks, as `garment-renderer` writes them.
pub(crate) const LOOKS_FOLDER: &str = "target/demo/looks";

/// The pictures of the sample looks.
pub(crate) const LOOK_IMAGES: &str = "target/demo/looks/images";

/// The feed of the demo's products.
pub(crate) const FEED: &str = "target/demo/feed";

/// Changes of these files draw the demo again.
const RENDERER: [&str; 3] = ["shared/garment-renderer/src", "shared/garment-renderer/Cargo.toml", "shared/types/src"];

/// Changes of these files import the demo again.
const IMPORTER: [&str; 4] = ["models/manifest.toml", "backend/server/src", "shared/types/src", "shared/vision/src"];

/// Draws feed and looks and imports the feed, each unless it is up to date.
///
/// # Errors
/// When drawing or importing fails.
pub(crate) fn ensure(programs: &Path) -> Result<()> {
    let drawing = fingerprint::of(&[SEED, PRODUCTS, LOOKS], &RENDERER)?;
    fingerprint::unless_done(&Path::new(LOOKS_FOLDER).join(".stamp"), &drawing, || {
        step("Draw the demo's products and looks", || {
            fs::remove_dir_all(FEED).ok();
            fs::remove_dir_all(LOOKS_FOLDER).ok();
            let renderer = || Command::new(programs.join("garment-renderer"));
            run(renderer().args(["products", "--out", FEED, "--count", PRODUCTS, "--seed", SEED]))?;
            run(renderer().args(["looks", "--out", LOOKS_FOLDER, "--count", LOOKS, "--seed", SEED]).args([
                "--products-seed",
                SEED,
                "--products-count",
                PRODUCTS,
            ]))
        })
    })?;
    let import = fingerprint::of(&[&drawing, "looks in the catalogue"], &IMPORTER)?;
    fingerprint::unless_done(&Path::new(CATALOGUE).join(".stamp"), &import, || {
        step("Import the demo's products", || {
            // Standard output is for the command's own output, for example a benchmark's JSON.
            run(Command::new(programs.join("shop-the-look"))
                .args(["catalogue", "import", FEED, "--catalogue", CATALOGUE])
                .stdout(std::io::stderr()))?;
            place_looks()
        })
    })
}

/// A sample look.
pub(crate) struct Look {
    pub(crate) photo: PathBuf,
    /// The ids of the products that are worn in it.
    pub(crate) worn: Vec<String>,
}

impl Look {
    /// The first one that was drawn.
    ///
    /// # Errors
    /// When none was.
    pub(crate) fn first() -> Result<Self> {
        let list = Path::new(LOOKS_FOLDER).join("looks.jsonl");
        let text = fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
        let look: Value = serde_json::from_str(text.lines().next().unwrap_or_default())
            .with_context(|| format!("{}: its first line is no JSON", list.display()))?;
        let (image, worn) =
            look["image"].as_str().zip(look["products"].as_object()).context("the first look is none")?;
        let worn = worn.values().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Self { photo: Path::new(LOOKS_FOLDER).join(image), worn })
    }
}

/// Copies the sample looks to the catalogue's folder, where the server finds them.
fn place_looks() -> Result<()> {
    let (from, to) = (Path::new(LOOKS_FOLDER), Path::new(CATALOGUE).join("looks"));
    fs::create_dir_all(to.join("images"))?;
    let list = "looks.jsonl";
    fs::copy(from.join(list), to.join(list)).context("the sample looks are missing")?;
    for entry in fs::read_dir(LOOK_IMAGES)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join("images").join(entry.file_name()))?;
    }
    Ok(())
}
