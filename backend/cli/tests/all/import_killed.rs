//! An import that is killed at any moment leaves one whole version, and the next one ends where an undisturbed one does.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use stl_server::catalogue::{Assortments, Store, features};

use crate::support::{BLUE, line, models, png, rectangle, write_feed};

/// Imports that are killed.
const KILLS: u32 = 60;

/// Imports of a market that are killed.
const MARKET_KILLS: u32 = 20;

/// An import of the feed into a market; without a name, into a catalogue without markets.
fn importing(root: &Path, catalogue: &str, market: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    command.args(["catalogue", "import", "feed", "--catalogue", catalogue, "--models"]).arg(models);
    if !market.is_empty() {
        command.args(["--market", market]);
    }
    command.current_dir(root).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Products of each market and the features of all: what a version says, whatever its number.
fn content(catalogue: &Path) -> (Assortments, Vec<f32>) {
    let (published, assortments) =
        Store::open(catalogue).and_then(|mut store| store.read_markets()).expect("a catalogue");
    let articles = assortments.each_once();
    let read = features::read(&catalogue.join(published.features_file), models().fashion_dna_sha256());
    let features = read.expect("whole features").features;
    assert!(features.ids.iter().eq(articles.iter().map(|article| &article.id)), "of one version");
    for article in articles {
        let picture = catalogue.join("images").join(format!("{}.jpg", article.picture_sha256));
        assert!(image::open(&picture).is_ok(), "{} is whole", picture.display());
    }
    (assortments, features.values().to_vec())
}

fn copied(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to.join("images")).expect("a folder");
    for folder in ["", "images"] {
        for entry in fs::read_dir(from.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                fs::copy(&path, to.join(folder).join(path.file_name().expect("a name"))).expect("copied");
            }
        }
    }
}

#[test]
fn nothing_is_half_done_after_any_kill() {
    kill_imports("", &[], KILLS);
}

#[test]
fn a_market_whose_import_is_killed_leaves_all_markets_whole() {
    kill_imports("fr", &["de", "it"], MARKET_KILLS);
}

/// Kills imports of a market beside which the catalogue has `others`.
fn kill_imports(market: &str, others: &[&str], kills: u32) {
    let root = tempfile::tempdir().expect("a folder");
    let (feed, at) = (root.path().join("feed"), |name: &str| root.path().join(name));
    write_feed(&feed);
    for name in others.iter().chain([&market]) {
        assert!(importing(root.path(), "former", name).status().expect("run").success(), "{name}");
    }
    let former = content(&at("former"));
    // The new feed: other pictures, other titles, more and fewer products.
    let list = feed.join("products.jsonl");
    let lines = fs::read_to_string(&list).expect("a feed");
    let mut lines: Vec<String> = lines.lines().skip(5).map(|line| line.replace("Article", "Piece")).collect();
    for number in 0..40 {
        let name = format!("images/new-{number}.png");
        fs::write(feed.join(&name), png(&rectangle(200 + number, 300, BLUE))).expect("written");
        lines.push(line(&format!("new-{number}"), &name, "skirts"));
    }
    fs::write(&list, lines.join("\n")).expect("written");
    copied(&at("former"), &at("undisturbed"));
    let begin = Instant::now();
    assert!(importing(root.path(), "undisturbed", market).status().expect("run").success());
    let usual = begin.elapsed();
    let expected = content(&at("undisturbed"));
    assert_ne!(former, expected);
    for name in others {
        let of = |content: &(Assortments, Vec<f32>)| content.0.clone().into_market(name).expect("a market");
        assert_eq!(of(&former), of(&expected), "{name} is as it was");
    }

    copied(&at("former"), &at("here"));
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let (mut former_left, mut new_left) = (0, 0);
    for _ in 0..kills {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let moment = usual.mul_f64((state >> 11) as f64 / (1_u64 << 53) as f64 * 1.1);
        let mut process = importing(root.path(), "here", market).spawn().expect("run");
        std::thread::sleep(moment);
        process.kill().expect("killed");
        process.wait().expect("ended");
        let found = content(&at("here"));
        if found == expected {
            new_left += 1;
            copied(&at("former"), &at("here"));
        } else {
            assert!(found == former, "neither the former nor the new version");
            former_left += 1;
        }
    }
    eprintln!("{kills} kills within {usual:?}: {former_left} left the former version, {new_left} the new one");
    assert!(importing(root.path(), "here", market).status().expect("run").success());
    assert_eq!(content(&at("here")), expected);
    let names = |folder: &str| {
        let entries = fs::read_dir(at(folder)).expect("a folder");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("here/images"), names("undisturbed/images"));
    assert!(usual > Duration::from_millis(50), "long enough to be killed at different moments");
}
