//! A photo that the browser decodes at a part of its size is the photo that it decodes whole, whichever way it is stored.
#![cfg(target_arch = "wasm32")]

use std::cell::Cell;
use std::io::Cursor;

use image::{ImageFormat, RgbImage, imageops};
use js_sys::{Array, Uint8Array};
use stl_worker::decode::{can_scale, decode};
use stl_worker::frame::Frame;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Blob, BlobPropertyBag};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Largest mean difference of two colours, of 255: the one is filtered by leaving frequencies out, the other by the browser's canvas.
const TOLERANCE: f64 = 1.5;

/// A drawn person, both sides odd: half of it ends within a pixel.
fn photo() -> RgbImage {
    let look = image::load_from_memory(include_bytes!("../../../tests/fixtures/parity/look.png")).expect("a PNG");
    look.resize_exact(1201, 1601, imageops::FilterType::Triangle).into_rgb8()
}

/// A JPEG with EXIF's orientation, if it has one.
fn jpeg(stored: &RgbImage, orientation: Option<u8>) -> Blob {
    let mut file = Cursor::new(Vec::new());
    stored.write_to(&mut file, ImageFormat::Jpeg).expect("a JPEG");
    let mut file = file.into_inner();
    if let Some(orientation) = orientation {
        // TIFF header (big endian, first directory at 8), one entry: 0x0112 (orientation), SHORT, 1 value.
        let exif = [
            &b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
            &[orientation][..],
            &[0; 6],
        ]
        .concat();
        file.splice(2..2, exif);
    }
    let options = BlobPropertyBag::new();
    options.set_type("image/jpeg");
    Blob::new_with_u8_array_sequence_and_options(&Array::of1(&Uint8Array::from(&file[..])), &options).expect("a blob")
}

fn difference(a: &Frame, b: &Frame) -> f64 {
    assert_eq!(a.size(), b.size());
    let colours =
        |frame: &Frame| -> Vec<u8> { frame.rgba().chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect() };
    let (a, b) = (colours(a), colours(b));
    let sum: u64 = a.iter().zip(&b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

#[wasm_bindgen_test]
async fn a_part_of_the_size_gives_the_same_photo_in_each_orientation() {
    assert!(can_scale().await, "Chromium decodes at a part of the size");
    let upright = photo();
    let medium = imageops::resize(&upright, 901, 1201, imageops::FilterType::Triangle);
    let quarter = imageops::rotate270(&upright);
    for (orientation, stored) in [
        (None, upright.clone()),
        (None, medium),
        (Some(1), upright.clone()),
        (Some(2), imageops::flip_horizontal(&upright)),
        (Some(3), imageops::rotate180(&upright)),
        (Some(4), imageops::flip_vertical(&upright)),
        (Some(5), imageops::flip_vertical(&quarter)),
        (Some(6), quarter.clone()),
        (Some(7), imageops::flip_horizontal(&quarter)),
        (Some(8), imageops::rotate90(&upright)),
    ] {
        let file = jpeg(&stored, orientation);
        let whole = decode(&file, &Cell::new(false)).await.expect("a photo");
        let part = decode(&file, &Cell::new(true)).await.expect("a photo");
        assert_eq!((part.size().width, part.size().height), (480, 640), "orientation {orientation:?}");
        let apart = difference(&whole, &part);
        assert!(apart < TOLERANCE, "orientation {orientation:?}: {apart}");
        // The same bytes would be a photo that was decoded whole both times, as one of 901 columns is: half of them are too few.
        assert!(apart > 0.0 || stored.width() == 901, "orientation {orientation:?}: decoded whole");
    }
}

#[wasm_bindgen_test]
async fn a_small_photo_and_one_in_grey_are_decoded_whole() {
    let small = imageops::resize(&photo(), 480, 640, imageops::FilterType::Triangle);
    let grey = image::DynamicImage::from(photo()).into_luma8();
    let mut file = Cursor::new(Vec::new());
    grey.write_to(&mut file, ImageFormat::Jpeg).expect("a JPEG");
    let options = BlobPropertyBag::new();
    options.set_type("image/jpeg");
    let bytes = Uint8Array::from(&file.into_inner()[..]);
    let grey = Blob::new_with_u8_array_sequence_and_options(&Array::of1(&bytes), &options).expect("a blob");
    for file in [jpeg(&small, Some(6)), grey] {
        let whole = decode(&file, &Cell::new(false)).await.expect("a photo");
        let part = decode(&file, &Cell::new(true)).await.expect("a photo");
        assert_eq!(difference(&whole, &part), 0.0);
    }
}

#[wasm_bindgen_test]
async fn a_decoder_that_does_not_answer_is_closed_and_not_tried_again() {
    // Until it is closed, the browser's own decoder is another one.
    let silent = "const own = globalThis.ImageDecoder;
        globalThis.ImageDecoder = class {
            decode() { return new Promise(() => {}); }
            close() { globalThis.ImageDecoder = own; }
        };";
    let file = jpeg(&photo(), Some(6));
    let whole = decode(&file, &Cell::new(false)).await.expect("a photo");
    let can_be_tried = Cell::new(true);
    js_sys::eval(silent).expect("a script");
    let late = decode(&file, &can_be_tried).await.expect("a photo, by the canvas");
    assert_eq!(difference(&whole, &late), 0.0);
    assert!(!can_be_tried.get(), "the next photo does not wait for it");
    assert!(can_scale().await, "it is closed");
}
