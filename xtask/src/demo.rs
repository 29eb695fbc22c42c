//! The demo: drawn products and looks, imported like any shop's feed. In: `garment-renderer`. Out: a catalogue and sample looks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

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
const LOOKS_FOLDER: &str = "target/demo/looks";

/// The pictures of the sample looks.
pub(crate) const LOOK_IMAGES: &str = "target/demo/looks/images";

const FEED: &str = "target/demo/feed";

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
    let import = fingerprint::of(&[&drawing], &IMPORTER)?;
    fingerprint::unless_done(&Path::new(CATALOGUE).join(".stamp"), &import, || {
        step("Import the demo's products", || {
            // Standard output is for the command's own output, for example a benchmark's JSON.
            run(Command::new(programs.join("shop-the-look"))
                .args(["catalogue", "import", FEED, "--catalogue", CATALOGUE])
                .stdout(std::io::stderr()))
        })
    })
}

/// Copies the sample looks to the client's folder.
///
/// # Errors
/// When a file is missing or cannot be copied.
pub(crate) fn place_samples(dist: &Path) -> Result<()> {
    let looks = Path::new(LOOKS_FOLDER);
    let samples = dist.join("samples");
    fs::create_dir_all(&samples)?;
    let listed = fs::read_to_string(looks.join("looks.jsonl")).context("the sample looks are missing")?;
    let mut samples_list = Vec::new();
    for line in listed.lines() {
        let look: serde_json::Value = serde_json::from_str(line)?;
        let image = looks.join(look["image"].as_str().context("a look without image")?);
        let bytes = fs::read(&image).with_context(|| format!("{} cannot be read", image.display()))?;
        let name = format!("look-{}.jpg", fingerprint::short(&bytes));
        fs::write(samples.join(&name), bytes)?;
        samples_list.push(serde_json::json!({
            "image": format!("/samples/{name}"),
            "caption": look["caption"],
            "products": look["products"],
        }));
    }
    let path: PathBuf = samples.join("samples.json");
    fs::write(&path, serde_json::to_vec(&samples_list)?)
        .with_context(|| format!("{} cannot be written", path.display()))
}
