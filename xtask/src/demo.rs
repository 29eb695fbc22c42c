//! The demo: products and looks drawn by the atelier, imported as any shop's feed would be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::fingerprint;
use crate::shell::{run, step};

/// Seed of the demo's products. Training uses other seeds.
const SEED: &str = "1";

/// Products of the demo: sixty for each category, so that fifty cards can be shown of every one.
const PRODUCTS: &str = "480";

/// Sample looks: as many as the page shows.
const LOOKS: &str = "6";

/// Where the demo's catalogue stands.
pub(crate) const CATALOGUE: &str = "target/demo/catalogue";

/// Where the sample looks stand, as the atelier wrote them.
const LOOKS_FOLDER: &str = "target/demo/looks";

/// Their pictures.
pub(crate) const LOOK_IMAGES: &str = "target/demo/looks/images";

const FEED: &str = "target/demo/feed";

const ATELIER: [&str; 3] = ["shared/garment-renderer/src", "shared/garment-renderer/Cargo.toml", "shared/types/src"];

/// Draws feed and looks unless they stand, and imports the feed unless its catalogue stands.
///
/// # Errors
/// When drawing or importing fails.
pub(crate) fn ensure(binaries: &Path) -> Result<()> {
    let drawing = fingerprint::of(&[SEED, PRODUCTS, LOOKS], &ATELIER)?;
    fingerprint::unless_done(&Path::new(LOOKS_FOLDER).join(".stamp"), &drawing, || {
        step("Draw the demo's products and looks", || {
            fs::remove_dir_all(FEED).ok();
            fs::remove_dir_all(LOOKS_FOLDER).ok();
            let atelier = || Command::new(binaries.join("garment-renderer"));
            run(atelier().args(["products", "--out", FEED, "--count", PRODUCTS, "--seed", SEED]))?;
            run(atelier().args(["looks", "--out", LOOKS_FOLDER, "--count", LOOKS, "--seed", SEED]).args([
                "--products-seed",
                SEED,
                "--products-count",
                PRODUCTS,
            ]))
        })
    })?;
    let import = fingerprint::of(&[&drawing], &["models/manifest.toml", "backend/server/src"])?;
    fingerprint::unless_done(&Path::new(CATALOGUE).join(".stamp"), &import, || {
        step("Import the demo's products", || {
            // Standard output is for what was asked for, such as a benchmark's JSON.
            run(Command::new(binaries.join("shop-the-look"))
                .args(["catalogue", "import", FEED, "--catalogue", CATALOGUE])
                .stdout(std::io::stderr()))
        })
    })
}

/// Copies the sample looks to where the page asks for them.
///
/// # Errors
/// When a file is missing or cannot be copied.
pub(crate) fn place_samples(dist: &Path) -> Result<()> {
    let looks = Path::new(LOOKS_FOLDER);
    let samples = dist.join("samples");
    fs::create_dir_all(&samples)?;
    let listed = fs::read_to_string(looks.join("looks.jsonl")).context("the sample looks were not drawn")?;
    let mut answer = Vec::new();
    for line in listed.lines() {
        let look: serde_json::Value = serde_json::from_str(line)?;
        let image = looks.join(look["image"].as_str().context("a look without image")?);
        let bytes = fs::read(&image).with_context(|| format!("{} cannot be read", image.display()))?;
        let name = format!("look-{}.jpg", fingerprint::short(&bytes));
        fs::write(samples.join(&name), bytes)?;
        answer.push(serde_json::json!({
            "image": format!("/samples/{name}"),
            "caption": look["caption"],
            "products": look["products"],
        }));
    }
    let path: PathBuf = samples.join("samples.json");
    fs::write(&path, serde_json::to_vec(&answer)?).with_context(|| format!("{} cannot be written", path.display()))
}
