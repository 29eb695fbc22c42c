//! `adapt` and `evaluate catalogue` on a drawn shop whose pictures of people have other colours than its products: red and blue of each
//! garment are swapped. Whoever learns that finds far more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use garment_renderer::feed::ProductLine;
use garment_renderer::{Catalogue, DrawnLook, Product, render_product};
use image::{ImageFormat, RgbImage};
use serde_json::Value;
use stl_server::catalogue::store::StoredAdaptation;
use stl_server::catalogue::{Catalogue as Loaded, Store};
use stl_types::Class;
use tempfile::TempDir;

use crate::support::{ON_PROCESSOR, encoded, models};

/// Products: 30 of each category.
const PRODUCTS: usize = 240;
/// People who wear them.
const LOOKS: usize = 160;

/// What the looks show.
#[derive(Clone, Copy, PartialEq)]
enum Looks {
    /// The products in their colours.
    True,
    /// With red and blue swapped.
    Recoloured,
}

/// A drawn shop: a feed with looks as further pictures, and the catalogue that was imported from it and whose looks are encoded.
struct Shop {
    root: TempDir,
}

static RECOLOURED: LazyLock<Shop> = LazyLock::new(|| {
    let shop = Shop::new(Looks::Recoloured);
    let measured = shop.run(&["evaluate", "catalogue"]);
    eprintln!("{}{}", text(&measured.stdout), text(&measured.stderr));
    shop
});

impl Shop {
    fn new(looks: Looks) -> Self {
        let shop = Self { root: tempfile::tempdir().expect("a folder") };
        let feed = shop.root.path().join("feed");
        fs::create_dir_all(feed.join("images")).expect("a folder");
        let catalogue = Catalogue::new(5, PRODUCTS);
        let products: Vec<Product> = (0..PRODUCTS).map(|at| catalogue.product(at)).collect();
        let mut further = vec![Vec::new(); PRODUCTS];
        for number in 0..LOOKS {
            let look = DrawnLook::new(77, number, &catalogue);
            let name = format!("images/{}.jpg", look.id());
            fs::write(feed.join(&name), encoded(&drawn(&look, looks).into(), ImageFormat::Jpeg)).expect("written");
            for product in look.products() {
                let place = products.iter().position(|known| known.id == product.id).expect("of the shop");
                further[place].push(name.clone());
            }
        }
        let mut lines = Vec::new();
        for (product, further) in products.iter().zip(further) {
            let line = ProductLine::from(product);
            let picture = encoded(&render_product(product).into(), ImageFormat::Jpeg);
            fs::write(feed.join(&line.image_link), picture).expect("written");
            let mut line = serde_json::to_value(line).expect("JSON");
            line["additional_image_link"] = further.into();
            lines.push(line.to_string());
        }
        fs::write(feed.join("products.jsonl"), lines.join("\n")).expect("written");
        let imported = shop.run(&["catalogue", "import", "feed"]);
        assert!(imported.status.success(), "{}", text(&imported.stderr));
        shop
    }

    /// A copy of its catalogue, and its feed.
    fn copied(&self) -> Self {
        let copy = Self { root: tempfile::tempdir().expect("a folder") };
        for folder in ["feed", "feed/images", "catalogue", "catalogue/images"] {
            fs::create_dir_all(copy.root.path().join(folder)).expect("a folder");
            for entry in fs::read_dir(self.root.path().join(folder)).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_file() {
                    fs::copy(&path, copy.root.path().join(folder).join(path.file_name().expect("a name")))
                        .expect("copied");
                }
            }
        }
        copy
    }

    fn command(&self, words: &[&str]) -> Command {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let mut command = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
        command.args(words).current_dir(self.root.path()).env("SHOP_THE_LOOK_MODELS", models);
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("run")
    }

    fn catalogue(&self) -> PathBuf {
        self.root.path().join("catalogue")
    }

    /// Adapts, and returns what it measured.
    fn adapt(&self, words: &[&str]) -> Value {
        let output = self.run(&[&["adapt", "--json", "figures.json"], words].concat());
        assert!(matches!(output.status.code(), Some(0 | 2)), "{}", text(&output.stderr));
        eprintln!("{}", text(&output.stdout));
        serde_json::from_slice(&fs::read(self.root.path().join("figures.json")).expect("figures")).expect("JSON")
    }

    fn adaptation(&self) -> Option<StoredAdaptation> {
        Store::open(&self.catalogue()).and_then(|store| store.adaptation()).expect("a database")
    }

    fn version(&self) -> u64 {
        Store::open(&self.catalogue()).and_then(|store| store.published()).expect("published").version
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn drawn(look: &DrawnLook, looks: Looks) -> RgbImage {
    let picture = look.render();
    let mut image = picture.image;
    let is_garment = |label: u8| label > Class::Skin as u8 && label < Class::OtherWorn as u8;
    for (pixel, label) in image.pixels_mut().zip(picture.labels.pixels()) {
        if looks == Looks::Recoloured && is_garment(label.0[0]) {
            pixel.0.swap(0, 2);
        }
    }
    image
}

#[test]
fn a_match_learns_serves_and_is_undone() {
    let shop = RECOLOURED.copied();
    let before = shop.version();
    let dry = shop.adapt(&["--dry-run"]);
    assert_eq!((&dry["outcome"]["outcome"], shop.version()), (&"would-be-published".into(), before), "{dry}");
    assert_eq!(shop.adaptation(), None);

    let figures = shop.adapt(&[]);
    assert_eq!(figures["outcome"]["outcome"], "published", "{figures}");
    assert_eq!((&figures["found"]["encoded"], &figures["gain"]), (&0.into(), &dry["gain"]), "kept, and deterministic");
    let gain = |end: &str| figures["gain"][end].as_f64().expect("a number");
    assert!(gain("low") > 0.0 && gain("value") > 0.05, "{}", figures["gain"]);
    let counts =
        ["training", "validation", "held_out"].map(|split| figures[split]["articles"].as_u64().expect("a number"));
    assert!(counts[0] > counts[1] + counts[2] && counts[1] > 5 && counts[2] > 5, "{counts:?}");
    assert_eq!(shop.version(), before + 1);
    let loaded = Loaded::load(&shop.catalogue(), &models(), ON_PROCESSOR).expect("a catalogue");
    let adapted = loaded.adapted.expect("an adapted match");
    assert!(adapted.version == before + 1 && adapted.top_10_adapted > adapted.top_10_shipped, "{adapted:?}");
    let stats = text(&shop.run(&["catalogue", "stats"]).stdout);
    assert!(stats.contains(&format!("match: adapted in version {}", before + 1)), "{stats}");
    let table = text(&shop.run(&["evaluate", "catalogue"]).stdout);
    assert!(table.contains("  shipped  ") && table.contains("whole person  all "), "{table}");

    // Prices, deletions and imports keep it.
    fs::write(shop.root.path().join("changes.tsv"), "id\tprice\natl-5-000001\t1 EUR\n").expect("written");
    shop.run(&["catalogue", "update", "changes.tsv"]);
    let first = Store::open(&shop.catalogue()).and_then(|mut store| store.read()).expect("articles").1[0].id.clone();
    assert!(shop.run(&["catalogue", "delete", &first]).status.success());
    assert!(shop.run(&["catalogue", "import", "feed"]).status.success());
    assert_eq!(shop.adaptation().map(|stored| stored.version), Some(before + 1));
    let files = || {
        let names = fs::read_dir(shop.catalogue()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let (version, adapted) = (shop.version(), before + 1);
    assert!(files().contains(&format!("rows-{version}-{adapted}.bin")), "{:?}", files());

    // Nothing is gained once more, and the shipped match comes back.
    assert_eq!(shop.adapt(&[])["outcome"]["outcome"], "not-better-than-served");
    assert!(shop.run(&["adapt", "--undo"]).status.success());
    assert_eq!((shop.adaptation(), shop.version()), (None, version + 1));
    assert!(Loaded::load(&shop.catalogue(), &models(), ON_PROCESSOR).expect("a catalogue").adapted.is_none());
    assert_eq!(shop.run(&["adapt", "--undo"]).status.code(), Some(2), "nothing to undo");
    assert!(shop.run(&["catalogue", "verify"]).status.success());
}

#[test]
fn two_catalogues_adapt_apart_and_what_is_found_already_gains_nothing_worse() {
    let (recoloured, true_ones) = (RECOLOURED.copied(), Shop::new(Looks::True));
    let of_recoloured = recoloured.adapt(&[]);
    let of_true = true_ones.adapt(&[]);
    assert_eq!(of_recoloured["outcome"]["outcome"], "published");
    let value = of_true["gain"]["value"].as_f64().expect("a number");
    assert!(value > -0.03, "the true colours are not found worse: {}", of_true["gain"]);
    let weights = |shop: &Shop| shop.adaptation().map(|stored| stored.weights);
    assert_ne!(weights(&recoloured), weights(&true_ones));
}

#[test]
fn wrong_pictures_among_the_right_ones_do_no_harm() {
    let shop = RECOLOURED.copied();
    let path = shop.root.path().join("feed/products.jsonl");
    let lines = fs::read_to_string(&path).expect("a feed");
    let mut rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    // Every tenth product has the pictures of the next but one.
    for number in (0..rows.len() - 2).step_by(10) {
        rows[number]["additional_image_link"] = rows[number + 2]["additional_image_link"].clone();
    }
    fs::write(&path, rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")).expect("written");
    assert!(shop.run(&["catalogue", "import", "feed"]).status.success());
    let figures = shop.adapt(&[]);
    assert!(figures["gain"]["value"].as_f64().expect("a number") > 0.0, "{}", figures["gain"]);
}

#[test]
fn a_hostile_feed_stays_bounded_and_is_told() {
    let shop = RECOLOURED.copied();
    let path = shop.root.path().join("feed/products.jsonl");
    let lines = fs::read_to_string(&path).expect("a feed");
    let mut rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let all: Vec<String> = rows
        .iter()
        .filter_map(|row| Some(row["additional_image_link"].as_array()?.first()?.as_str()?.to_owned()))
        .collect();
    // One picture for all products, and nearly all pictures for one.
    for row in &mut rows {
        row["additional_image_link"] = vec![all[0].clone()].into();
    }
    rows[0]["additional_image_link"] = all.iter().cycle().take(3000).cloned().collect::<Vec<_>>().into();
    fs::write(&path, rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")).expect("written");
    let imported = shop.run(&["catalogue", "import", "feed"]);
    assert!(text(&imported.stderr).contains("1 row with more than 10 further pictures"), "{}", text(&imported.stderr));
    let output = shop.run(&["adapt"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{said}{}", text(&output.stderr));
    assert!(said.contains("1 picture left out: more than 6 products show them"), "{said}");
    assert!(said.contains("expected at least 100, got 1"), "{said}");
    assert_eq!(shop.adaptation(), None);

    // Nobody at all.
    for row in &mut rows {
        row.as_object_mut().expect("an object").remove("additional_image_link");
    }
    fs::write(&path, rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")).expect("written");
    assert!(shop.run(&["catalogue", "import", "feed"]).status.success());
    let output = shop.run(&["adapt"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("additional_image_link"), "{}", text(&output.stderr));
}

#[test]
fn killed_at_any_moment_it_changes_nothing_or_all() {
    let shop = RECOLOURED.copied();
    let before = Store::open(&shop.catalogue()).and_then(|store| store.publication()).expect("published");
    for milliseconds in [100, 600, 1500, 3000, 6000] {
        let mut process = shop.command(&["adapt"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("run");
        std::thread::sleep(Duration::from_millis(milliseconds));
        process.kill().expect("killed");
        process.wait().expect("ended");
        let store = Store::open(&shop.catalogue()).expect("a database");
        let after = store.publication().expect("published");
        match store.adaptation().expect("read") {
            None => assert_eq!(after, before),
            Some(stored) => {
                assert_eq!(stored.version, after.version);
                assert!(Loaded::load(&shop.catalogue(), &models(), ON_PROCESSOR).expect("whole").adapted.is_some());
                shop.run(&["adapt", "--undo"]);
                return;
            }
        }
        assert!(Loaded::load(&shop.catalogue(), &models(), ON_PROCESSOR).expect("whole").adapted.is_none());
    }
    assert_eq!(shop.adapt(&[])["outcome"]["outcome"], "published", "the next one ends as an undisturbed one does");
}
