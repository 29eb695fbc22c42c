//! What visitors send. In: a drawn look. Out: bodies of `POST /api/v1/search`.

use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use stl_encoder::numbers::{Encoder, of_person};
use stl_tests::{binaries, encoded, look};
use stl_types::Manifest;

/// Separates the parts of a form; no file contains it.
const BOUNDARY: &str = "the-look-ends-here";

/// The body of a search.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its media type.
    pub content_type: String,
    /// The body itself.
    pub bytes: Vec<u8>,
}

/// A drawn look's cutout and its regions, as PNG.
///
/// # Errors
/// When the program cannot segment it.
pub fn segmented_look() -> Result<[Vec<u8>; 2]> {
    let scratch = tempfile::tempdir()?;
    let (photo, out) = (scratch.path().join("look.png"), scratch.path().join("segmented"));
    std::fs::write(&photo, encoded(look(), image::ImageFormat::Png)?)?;
    let status = Command::new(binaries().join("shop-the-look"))
        .args(["segment", "--classes", "--models", "models", "--out"])
        .args([&out, &photo])
        .current_dir(stl_tests::root())
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "the look cannot be segmented: {status}");
    Ok([std::fs::read(out.join("look.png"))?, std::fs::read(out.join("look.classes.png"))?])
}

/// What the page sends if no picture shall be sent.
///
/// # Errors
/// When the query encoder cannot be read or run.
pub fn numbers(cutout: &[u8], regions: &[u8]) -> Result<Body> {
    let folder = stl_tests::root().join("models");
    let spec = Manifest::parse(&std::fs::read_to_string(folder.join("manifest.toml"))?)?.fashion2shop.query;
    let query = Encoder::new(&std::fs::read(folder.join(&spec.file))?, spec)?;
    let bytes = serde_json::to_vec(&of_person(&query, cutout, regions)?)?;
    Ok(Body { content_type: "application/json".to_owned(), bytes })
}

/// A form as the page sends it.
#[must_use]
pub fn form(cutout: &[u8], regions: &[u8]) -> Body {
    let mut bytes = Vec::new();
    for (part, file) in [("cutout", cutout), ("regions", regions)] {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{part}.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        bytes.extend(head.as_bytes());
        bytes.extend(file);
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    Body { content_type: format!("multipart/form-data; boundary={BOUNDARY}"), bytes }
}
