//! What runs the segmenter in the browser: `separable` for networks that it knows, tract for any other.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use image::{GrayImage, ImageFormat, RgbImage};
use serde_json::Value;
use stl_tests::{
    Browser, Server, binaries, encoded, foreign, iou, labelled_photos, other_client, other_models, root, validation_ids,
};
use stl_types::Manifest;
use stl_types::manifest::NetworkSpec;
use tempfile::{NamedTempFile, TempDir};

/// The client in which tract runs the shipped segmenter.
const BY_TRACT: &str = "target/client-tract";

/// Largest share of a photo's pixels that only one of the engines keeps. They differ along the outline, where a probability is within a few
/// thousandths of ½.
const MAX_DIFFERENCE: f64 = 0.0005;

/// Least intersection over union of a drawn person with what the small network cuts out.
const LEAST_IOU: f64 = 0.75;

/// Photos of people that both engines cut out, if the data is present.
const PHOTOS: usize = 4;

/// A drawn look and its label map.
fn drawn(index: usize) -> (RgbImage, GrayImage) {
    let drawn = garment_renderer::DrawnLook::new(1, index, &garment_renderer::Catalogue::new(1, 480)).render();
    (drawn.image, drawn.labels)
}

fn shipped() -> Result<(Vec<u8>, NetworkSpec)> {
    let spec = Manifest::parse(&std::fs::read_to_string(root().join("models/manifest.toml"))?)?.street2fashion;
    Ok((std::fs::read(root().join("models").join(&spec.file))?, spec))
}

/// A lossless file: both engines get the same pixels.
fn png(picture: RgbImage) -> Result<NamedTempFile> {
    let file = tempfile::Builder::new().suffix(".png").tempfile()?;
    std::fs::write(file.path(), encoded(picture, ImageFormat::Png)?)?;
    Ok(file)
}

fn text(folder: &TempDir) -> Result<&str> {
    folder.path().to_str().context("a folder whose name is UTF-8")
}

/// Which pixels of each picture are kept by a client.
async fn kept(client: &str, pictures: &[NamedTempFile]) -> Result<Vec<Vec<bool>>> {
    let server = Server::start_with(&["--client", client])?;
    let browser = Browser::start(None).await?;
    let mut all = Vec::new();
    for picture in pictures {
        browser.open(&format!("{}/?sw=off", server.origin)).await?;
        browser.choose(picture.path()).await?;
        let cutout = browser.picture("cutout").await?;
        all.push(cutout.pixels().map(|pixel| pixel.0 != [255; 3]).collect());
    }
    browser.close().await?;
    Ok(all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_cut_out_the_same() -> Result<()> {
    let mut pictures = vec![png(drawn(0).0)?, png(drawn(1).0)?];
    let photos = labelled_photos(&validation_ids()?)?.unwrap_or_default();
    for photo in photos.into_iter().take(PHOTOS) {
        pictures.push(png(photo.photo)?);
    }
    let (separable, tract) = (kept("dist", &pictures).await?, kept(BY_TRACT, &pictures).await?);
    for (at, (ours, theirs)) in separable.iter().zip(&tract).enumerate() {
        assert_eq!(ours.len(), theirs.len(), "picture {at}");
        assert!(ours.iter().filter(|kept| **kept).count() > 5_000, "a person is in picture {at}");
        let differing = ours.iter().zip(theirs).filter(|(a, b)| a != b).count() as f64 / ours.len() as f64;
        println!("picture {at}: {differing:.6} of {} pixels differ", ours.len());
        assert!(differing <= MAX_DIFFERENCE, "picture {at}: {differing:.6} of the pixels differ, {MAX_DIFFERENCE} may");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_separable_does_not_know_does_the_whole_journey() -> Result<()> {
    let (onnx, spec) = foreign()?;
    let (client, models) = (other_client(BY_TRACT, &onnx, &spec)?, other_models(&onnx, &spec)?);
    let server = Server::start_with(&["--client", text(&client)?, "--models", text(&models)?])?;
    let browser = Browser::start(None).await?;
    browser.open(&format!("{}/?sw=off", server.origin)).await?;
    let (look, labels) = drawn(0);
    let file = png(look)?;
    browser.choose(file.path()).await?;
    let cutout = browser.picture("cutout").await?;
    let found = iou(cutout.pixels().map(|pixel| pixel.0 != [255; 3]), labels.pixels().map(|label| label.0[0] != 0));
    println!("IoU of the drawn person: {found:.3}");
    assert!(found >= LEAST_IOU, "IoU {found:.3}");
    // It knows no face, so the page does not promise to remove one.
    browser.find("receipt").await?;
    assert_eq!(browser.run("return document.querySelector('[data-testid=hide-person]')").await?, Value::Null);
    let offered = "return [...document.querySelectorAll('[data-garment]')].map(choice => choice.dataset.garment)";
    assert_eq!(browser.run(offered).await?, serde_json::json!(["all", "part"]), "no garments");
    // Without garments, every category is searched with the whole person.
    let shown = browser.results().await?;
    assert_eq!(shown.len(), 8, "a row for each category");
    assert!(shown.iter().all(|row| !row.products.is_empty()));
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_their_face_removed_sees_first_that_it_is_not() -> Result<()> {
    let (onnx, spec) = foreign()?;
    let client = other_client(BY_TRACT, &onnx, &spec)?;
    let server = Server::start_with(&["--client", text(&client)?])?;
    let browser = Browser::start(None).await?;
    let page = format!("{}/?sw=off", server.origin);
    browser.open(&page).await?;
    // As with a network of before that knew faces.
    let chosen =
        "for (const name of ['hides-person', 'sends-at-once']) localStorage.setItem(`shop-the-look.${name}`, 'yes')";
    browser.run(chosen).await?;
    browser.open(&page).await?;
    let file = png(drawn(0).0)?;
    browser.choose(file.path()).await?;
    browser.find("send").await?;
    let removed = browser.run("return document.querySelector('[data-testid=removed]').textContent").await?;
    assert!(!removed.to_string().contains("face"), "{removed}");
    browser.close().await
}

/// What a worker says after its first message, with the files that the client lists.
async fn loaded(client: &TempDir) -> Result<(Value, String)> {
    let server = Server::start_with(&["--client", text(client)?])?;
    let browser = Browser::start(None).await?;
    browser.open(&format!("{}/?sw=off", server.origin)).await?;
    let file = png(drawn(0).0)?;
    browser.choose(file.path()).await?;
    let (code, _) = browser.error().await?;
    let load = "window.said = null;
        fetch('/segmenter/segmenter.json').then(answer => answer.json()).then(({simd, model, network}) => {
            const worker = new Worker(simd.script);
            worker.onmessage = ({data}) => { if (data.type !== 'progress') window.said = data; };
            worker.postMessage({type: 'load', wasm: simd.wasm, model, network});
        });";
    browser.run(load).await?;
    let said = browser.wait_for("return window.said", "an answer of the worker").await?;
    browser.close().await?;
    Ok((said, code))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrupted_network_fails_when_it_is_loaded_and_the_message_says_why() -> Result<()> {
    let (onnx, spec) = foreign()?;
    let client = other_client(BY_TRACT, &onnx[..onnx.len() / 2], &spec)?;
    let (said, code) = loaded(&client).await?;
    assert_eq!(
        (said["type"].as_str(), said["code"].as_str(), &*code),
        (Some("failed"), Some("broken"), "worker-failed")
    );
    let message = said["message"].as_str().unwrap_or_default();
    assert!(message.contains("the network foreign.onnx cannot be loaded"), "{message}");

    let (onnx, spec) = shipped()?;
    let packed = separable::pack(&onnx)?.write();
    let (said, code) = loaded(&other_client("dist", &packed[..packed.len() / 2], &spec)?).await?;
    assert_eq!((said["code"].as_str(), &*code), (Some("broken"), "worker-failed"));
    let message = said["message"].as_str().unwrap_or_default();
    assert!(message.contains("the packed network ends after"), "{message}");

    // Changed on the way: the hash is not the announced one.
    let client = other_client("dist", &packed, &spec)?;
    for entry in std::fs::read_dir(client.path().join("segmenter"))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("other-")) {
            let mut changed = packed.clone();
            changed[packed.len() / 2] ^= 1;
            std::fs::write(path, changed)?;
        }
    }
    let (said, _) = loaded(&client).await?;
    let message = said["message"].as_str().unwrap_or_default();
    assert!(said["type"] == "failed" && message.contains("expected a file with the SHA-256"), "{said}");
    Ok(())
}

/// What `cargo xtask build --client` says of a folder of networks that it refuses.
fn refusal(models: &Path, engine: &str) -> Result<String> {
    let output = Command::new(binaries().join("xtask"))
        .args(["build", "--client", "--segmenter-engine", engine, "--models"])
        .arg(models)
        .output()
        .context("xtask was not built")?;
    anyhow::ensure!(!output.status.success(), "expected a refusal of {}", models.display());
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_network_that_does_not_fit_its_manifest_fails_at_the_build() -> Result<()> {
    let before = std::fs::metadata(root().join("dist/index.html"))?.modified()?;
    // tract computes two channels, not six.
    let (onnx, spec) = foreign()?;
    let other = NetworkSpec { output: vec![1, 6, 48, 32], ..spec.clone() };
    let said = refusal(other_models(&onnx, &other)?.path(), "auto")?;
    assert!(said.contains("tract runs the segmenter foreign.onnx in browsers: separable cannot pack it ("), "{said}");
    assert!(said.contains("expected an output [1, 6, 48, 32], got [1, 2, 96, 64]"), "{said}");
    // The file has another input.
    let other = NetworkSpec { input: [1, 3, 192, 128], output: vec![1, 2, 192, 128], ..spec.clone() };
    let said = refusal(other_models(&onnx, &other)?.path(), "tract")?;
    assert!(said.contains("expected an input [1, 3, 192, 128], got [1, 3, 96, 64]"), "{said}");
    // The manifest contradicts itself.
    let other = NetworkSpec { output: vec![1, 3, 96, 64], ..spec.clone() };
    let said = refusal(other_models(&onnx, &other)?.path(), "auto")?;
    assert!(said.contains("does not fit this program: expected an output"), "{said}");
    // `separable` is told to run what it does not know.
    let said = refusal(other_models(&onnx, &spec)?.path(), "separable")?;
    assert!(said.contains("separable cannot pack foreign.onnx"), "{said}");
    // A network that `separable` knows.
    let (onnx, spec) = shipped()?;
    let other = NetworkSpec { input: [1, 3, 288, 256], output: vec![1, 17, 144, 128], ..spec };
    let said = refusal(other_models(&onnx, &other)?.path(), "auto")?;
    assert!(said.contains("expected a network [3, 288, 256] → [17, 144, 128], got [3, 288, 192]"), "{said}");
    let after = std::fs::metadata(root().join("dist/index.html"))?.modified()?;
    assert_eq!(before, after, "nothing was built");
    Ok(())
}
