//! A screenshot of a feed: the person is cut out of its large picture, and nothing of avatars and captions beside it. Natively, with the code
//! of the browser's worker.

use anyhow::Result;
use image::imageops::{FilterType, replace, resize};
use image::{Rgb, RgbImage};
use stl_tests::{iou, look, root};
use stl_types::{Manifest, Size};
use stl_vision::{Pixels, Segmenter, Sight};

/// Rows above and below the picture: together 38 % of a screen of 19.5:9.
const ABOVE: u32 = 120;
const BELOW: u32 = 280;

/// The picture is resampled for the network as it is alone, but for a row at its edges.
const LEAST_IOU: f64 = 0.95;

/// A feed in a dark scheme: twice an avatar, the picture, and a caption.
fn feed(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let mut screen = RgbImage::from_pixel(width, ABOVE + height + BELOW, Rgb([18, 18, 20]));
    replace(&mut screen, picture, 0, i64::from(ABOVE));
    let avatar = resize(picture, 36, 48, FilterType::Triangle);
    for y in [60, ABOVE + height + 60] {
        replace(&mut screen, &avatar, 24, i64::from(y));
    }
    for (x, y, pixel) in screen.enumerate_pixels_mut() {
        let is_line = (ABOVE + height + 130..ABOVE + height + 230).contains(&y) && y % 16 < 9;
        if is_line && (24..440).contains(&x) && (x / 3 * 7 + y / 3 * 5) % 11 < 4 {
            *pixel = Rgb([235, 235, 235]);
        }
    }
    screen
}

fn seen(segmenter: &Segmenter, photo: &RgbImage) -> Result<Sight> {
    let size = Size { width: photo.width(), height: photo.height() };
    Ok(segmenter.look(Pixels::new(size, photo.as_raw())?)?)
}

#[test]
fn in_a_screenshot_of_a_feed_the_person_of_its_picture_is_seen_and_nobody_beside() -> Result<()> {
    let manifest = Manifest::parse(&std::fs::read_to_string(root().join("models/manifest.toml"))?)?;
    let onnx = std::fs::read(root().join("models").join(&manifest.street2fashion.file))?;
    let segmenter = Segmenter::from_onnx(&onnx, &manifest.street2fashion)?;
    let picture = look();
    let (alone, in_feed) = (seen(&segmenter, &picture)?, seen(&segmenter, &feed(&picture))?);
    assert!(alone.is_anybody() && in_feed.is_anybody());
    assert_eq!(in_feed.people.count(), alone.people.count(), "avatars are nobody");

    let width = picture.width() as usize;
    let kept =
        |sight: &Sight| -> Vec<bool> { sight.everybody.mask.as_slice().iter().map(|&alpha| alpha > 0).collect() };
    let (alone, in_feed) = (kept(&alone), kept(&in_feed));
    let (above, rest) = in_feed.split_at(ABOVE as usize * width);
    let (inside, below) = rest.split_at(alone.len());
    assert_eq!(below.len(), BELOW as usize * width);
    assert!(above.iter().chain(below).all(|kept| !kept), "nothing beside the picture is kept");
    let overlap = iou(alone.iter().copied(), inside.iter().copied());
    println!("IoU with the cutout of the picture alone: {overlap:.4}");
    assert!(overlap >= LEAST_IOU, "{overlap}");
    Ok(())
}
