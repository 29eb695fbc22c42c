//! A try of an image. In: the image and the demo. Out: nothing, or what is wrong with it.
//!
//! Containers run it where they can be started. Else its files are mounted, and namespaces do what a container would.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::engine::Engine;
use super::said::Said;
use crate::demo::{self, Look};
use crate::project::root;
use crate::shell::{bounded, probe, run};

/// Of the demo's products every tenth is imported, so that all categories are there.
const EVERY: usize = 10;
/// Seconds for everything: an import of some fifty pictures and a few searches.
const TRIAL_S: u32 = 300;
/// What the namespaces take.
const ALONE: [&str; 9] = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "sh", "-c"];

/// Uses an image.
///
/// # Errors
/// When it is not what it should be.
pub(super) fn check(engine: &Engine, image: &str) -> Result<()> {
    let said = Said::checked(&engine.settings(image)?)?;
    let folder = tempfile::tempdir()?;
    prepare(folder.path(), &said)?;
    match engine.try_to_run(image) {
        Ok(()) => script(image, folder.path(), &engine.words()),
        Err(error) if engine.can_mount() && may_be_alone() => {
            eprintln!("  no container starts here, so its files are used in namespaces: {error:#}");
            let mounted = engine.mount(image)?;
            script(&mounted.folder.to_string_lossy(), folder.path(), &[])
        }
        Err(error) => {
            eprintln!(
                "SKIPPED: the image was built and says what it should, but was not used: no container starts here \
                 ({error:#}), and namespaces take podman or buildah, root, with leave to mount, and iproute2"
            );
            Ok(())
        }
    }
}

fn may_be_alone() -> bool {
    probe("unshare", &[&ALONE[..], &["mount -t tmpfs tmpfs /mnt && ip link set lo up"]].concat()).is_some()
}

fn script(image: &str, folder: &Path, engine: &[String]) -> Result<()> {
    write_lines(&folder.join("config/engine"), engine)?;
    run(bounded(TRIAL_S, "bash").arg(root().join("xtask/src/release/image/trial.sh")).arg(image).arg(folder))
}

/// Writes what the script reads.
fn prepare(folder: &Path, said: &Said) -> Result<()> {
    let look = Look::first()?;
    let (config, files) = (folder.join("config"), folder.join("files"));
    fs::create_dir(&config)?;
    for (name, words) in said.lines() {
        write_lines(&config.join(name), words)?;
    }
    write_lines(&folder.join("worn"), &look.worn)?;
    feed(Path::new(demo::FEED), &look.worn, &files.join("feed"))?;
    fs::copy(&look.photo, files.join("photo.jpg")).with_context(|| format!("{} is missing", look.photo.display()))?;
    // The image's user reads them.
    run(Command::new("chmod").args(["-R", "a+rX"]).arg(&files))
}

/// Copies a part of a feed of JSON lines, in which these products are, with its pictures.
fn feed(from: &Path, wanted: &[String], into: &Path) -> Result<()> {
    let list = from.join("products.jsonl");
    let text = fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let mut chosen = String::new();
    for (index, line) in text.lines().enumerate() {
        let product: Value =
            serde_json::from_str(line).with_context(|| format!("{}: line {} is no JSON", list.display(), index + 1))?;
        let field = |name: &str| product[name].as_str().with_context(|| format!("a product has no {name}"));
        if index % EVERY > 0 && !wanted.iter().any(|id| *id == product["id"]) {
            continue;
        }
        chosen.push_str(line);
        chosen.push('\n');
        let picture = field("image_link")?;
        let to = into.join(picture);
        fs::create_dir_all(to.parent().unwrap_or(into))?;
        fs::copy(from.join(picture), to).with_context(|| format!("{picture} is missing"))?;
    }
    fs::write(into.join("products.jsonl"), chosen).context("the feed cannot be written")
}

fn write_lines(file: &Path, lines: &[String]) -> Result<()> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_feed_has_every_tenth_product_and_those_that_are_worn() {
        let (from, into) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        fs::create_dir(from.path().join("images")).expect("made");
        let mut lines = String::new();
        for number in 0..25 {
            fs::write(from.path().join(format!("images/{number}.jpg")), "").expect("written");
            lines += &format!("{{\"id\":\"p-{number}\",\"image_link\":\"images/{number}.jpg\"}}\n");
        }
        fs::write(from.path().join("products.jsonl"), lines).expect("written");
        feed(from.path(), &["p-3".to_owned()], into.path()).expect("copied");
        let copied = fs::read_to_string(into.path().join("products.jsonl")).expect("read");
        let numbers: Vec<usize> = (0..25).filter(|number| copied.contains(&format!("\"p-{number}\""))).collect();
        assert_eq!(numbers, [0, 3, 10, 20]);
        let there: Vec<usize> =
            (0..25).filter(|number| into.path().join(format!("images/{number}.jpg")).exists()).collect();
        assert_eq!(there, numbers);
    }
}
