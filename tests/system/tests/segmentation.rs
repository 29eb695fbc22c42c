//! The shipped segmenter on labelled photos that it was not trained on.

use anyhow::Result;
use stl_tests::{LabelledPhoto, iou, labelled_photos, root, validation_ids};
use stl_types::{Class, Manifest, Size};
use stl_vision::{OnnxNetwork, Pixels, Segmenter};

/// Least mean foreground IoU of the shipped network.
const FLOOR: f64 = 0.94;

fn segmenter() -> Result<Segmenter> {
    let manifest = Manifest::parse(&std::fs::read_to_string(root().join("models/manifest.toml"))?)?;
    let onnx = std::fs::read(root().join("models").join(&manifest.street2fashion.file))?;
    Ok(Segmenter::from_onnx(&onnx, &manifest.street2fashion)?)
}

#[test]
fn foreground_iou_on_the_validation_photos() -> Result<()> {
    let Some(photos) = labelled_photos(&validation_ids()?)? else { return Ok(()) };
    let segmenter = segmenter()?;
    let mut ious = Vec::new();
    for photo in &photos {
        let size = Size { width: photo.photo.width(), height: photo.photo.height() };
        let mask = segmenter.segment(Pixels::new(size, photo.photo.as_raw())?)?.mask()?;
        ious.push(iou(
            mask.as_slice().iter().map(|&alpha| alpha > 0),
            photo.labels.pixels().map(|label| label.0[0] != 0),
        ));
    }
    ious.sort_by(f64::total_cmp);
    let mean = ious.iter().sum::<f64>() / ious.len() as f64;
    println!(
        "{} photos: mean foreground IoU {mean:.4}, tenth percentile {:.3}, worst {:.3}",
        ious.len(),
        ious[ious.len() / 10],
        ious[0]
    );
    assert!(mean >= FLOOR, "mean foreground IoU {mean:.4} on {} validation photos", ious.len());
    Ok(())
}

#[test]
fn drawn_looks_are_parsed_into_what_is_worn() -> Result<()> {
    let segmenter = segmenter()?;
    let catalogue = garment_renderer::Catalogue::new(1, 480);
    let (mut ious, mut hits, mut garments) = (Vec::new(), 0, 0);
    for index in 0..24 {
        let look = garment_renderer::DrawnLook::new(11, index, &catalogue);
        let drawn = look.render();
        let size = Size { width: drawn.image.width(), height: drawn.image.height() };
        let segmentation = segmenter.segment(Pixels::new(size, drawn.image.as_raw())?)?;
        let mask = segmentation.mask()?;
        ious.push(iou(
            mask.as_slice().iter().map(|&alpha| alpha > 0),
            drawn.labels.pixels().map(|label| label.0[0] != 0),
        ));
        let classes = segmentation.class_map();
        for class in Class::ALL.into_iter().filter(|class| class.category().is_some()) {
            let truth = drawn.labels.pixels().map(|label| label.0[0] == class as u8);
            if truth.clone().filter(|&worn| worn).count() * 50 > classes.len() {
                garments += 1;
                hits += u32::from(iou(classes.iter().map(|&seen| seen == class as u8), truth) >= 0.5);
            }
        }
    }
    let mean = ious.iter().sum::<f64>() / ious.len() as f64;
    println!(
        "24 drawn looks: mean foreground IoU {mean:.4}; {hits} of {garments} large garments parsed with IoU ≥ 0.5"
    );
    assert!(mean >= FLOOR, "mean foreground IoU {mean:.4}");
    assert!(f64::from(hits) >= 0.6 * f64::from(garments), "{hits} of {garments} garments");
    Ok(())
}

/// Number of photos on which the packed network is compared with the plain one.
const COMPARED: usize = 50;

/// Largest share of a photo's pixels that only one of the two runtimes keeps. They differ along the outline, where a probability is
/// within a few thousandths of ½.
const MAX_DIFFERENCE: f64 = 0.0005;

#[test]
fn the_packed_network_cuts_out_what_tract_cuts_out() -> Result<()> {
    let Some(photos) = labelled_photos(&validation_ids()?)? else { return Ok(()) };
    assert!(photos.len() >= COMPARED, "expected {COMPARED} photos, got {}", photos.len());
    let manifest = Manifest::parse(&std::fs::read_to_string(root().join("models/manifest.toml"))?)?;
    let spec = &manifest.street2fashion;
    let onnx = std::fs::read(root().join("models").join(&spec.file))?;
    let plain = OnnxNetwork::load(&onnx, spec)?;
    // As in the browser, and as the server and the program run it.
    let packed = Segmenter::new(separable::pack(&onnx)?, spec)?;
    for segmenter in [packed, segmenter()?] {
        assert_cuts_out_alike(&segmenter, &plain, &photos[..COMPARED])?;
    }
    Ok(())
}

fn assert_cuts_out_alike(segmenter: &Segmenter, plain: &OnnxNetwork, photos: &[LabelledPhoto]) -> Result<()> {
    let mut apart = Vec::new();
    for photo in photos {
        let size = Size { width: photo.photo.width(), height: photo.photo.height() };
        let pixels = Pixels::new(size, photo.photo.as_raw())?;
        let ours = segmenter.segment_once(pixels)?.mask()?;
        let theirs = segmenter.segment_by(pixels, |input| anyhow::Ok(plain.run(input)?))?.mask()?;
        let differing = ours.as_slice().iter().zip(theirs.as_slice()).filter(|(a, b)| (**a > 0) != (**b > 0)).count();
        apart.push(differing as f64 / size.area() as f64);
    }
    let max = apart.iter().copied().fold(0.0, f64::max);
    println!(
        "{COMPARED} photos: {:.5} of the pixels differ on average, {max:.5} at most",
        apart.iter().sum::<f64>() / COMPARED as f64
    );
    assert!(max <= MAX_DIFFERENCE, "{max:.5} of a photo's pixels differ, {MAX_DIFFERENCE} may");
    Ok(())
}
