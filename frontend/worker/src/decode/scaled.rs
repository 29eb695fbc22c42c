//! JPEGs decoded to bytes in one step, large ones at a half, a quarter or an eighth of their size: the format allows that by leaving frequencies out.
//! A photo of 12 megapixels takes a third of the time so, and a sixteenth of the memory. In: a `Blob`. Out: a [`Frame`].
//!
//! WebCodecs' `ImageDecoder` does it in Chromium. Nothing requires that it decodes at the desired size or leaves pixels as they are stored, so
//! [`is_available`] tries it on a small file. In other browsers a canvas is between file and bytes ([`super::canvas`]).

use std::cell::Cell;

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use stl_types::Size;
use stl_types::limits::{MAX_CUTOUT_SIDE, MAX_WORK_SIDE};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::frame::Frame;
use crate::jpeg::{HEAD_BYTES, JpegHead};
use crate::message;

/// 16×8 pixels as stored, the left half red, the right half blue; to be shown turned by a quarter.
const TURNED: &[u8] = include_bytes!("scaled/turned.jpg");

/// Least difference of red and blue in each pixel of that; the file has 170.
const LEAST_CONTRAST: u8 = 100;

/// Parts of the size that decoders compute fastest, the smallest first. Also a picture that is decoded whole comes faster so than from a canvas.
const PARTS: [u32; 4] = [8, 4, 2, 1];

/// Least size of a decoded picture, as a ratio to what is made of it. Resampled to nearly the same size it is blurred: colours differ by .96 of 255
/// from those of the file decoded whole where 650 pixels become 640, and by .4 to .65 where 750 or more do.
const OVER: (u32, u32) = (7, 6);

const MEDIA_TYPE: &str = "image/jpeg";

/// Milliseconds after which a decoder is taken for one that never answers: a photo of 12 megapixels takes 28 (`docs/performance.md`).
const DECODER_MS: i32 = 5000;

#[wasm_bindgen]
extern "C" {
    // web-sys has both only with its unstable interfaces.
    type ImageDecoder;
    #[wasm_bindgen(constructor, catch)]
    fn new(init: &JsValue) -> Result<ImageDecoder, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn decode(this: &ImageDecoder) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &ImageDecoder);

    type VideoFrame;
    #[wasm_bindgen(method, catch, js_name = allocationSize)]
    fn allocation_size(this: &VideoFrame, options: &JsValue) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch, js_name = copyTo)]
    fn copy_to(this: &VideoFrame, to: &Uint8Array, options: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, js_name = close)]
    fn close_frame(this: &VideoFrame);
}

/// Whether this browser decodes at a part of the size and gives the pixels as they are stored.
pub async fn is_available() -> bool {
    let turned = Uint8Array::from(TURNED);
    for part in [1, 2] {
        let size = part_of(Size { width: 16, height: 8 }, part);
        let Ok(rgba) = pixels(&turned, size).await else { return false };
        let is_expected = |(at, pixel): (usize, &[u8])| {
            let is_left = at as u32 % size.width < size.width / 2;
            (pixel[0] > pixel[2]) == is_left && pixel[0].abs_diff(pixel[2]) > LEAST_CONTRAST
        };
        if !rgba.chunks_exact(4).enumerate().all(is_expected) {
            return false;
        }
    }
    true
}

/// Decodes a JPEG that is larger than the cutout that is sent, upright and as large as that; `None` if it is another file, or the browser fails.
/// If the browser's decoder does not answer, it is not tried again: `can_scale` becomes false.
pub(super) async fn decode(file: &Blob, can_scale: &Cell<bool>) -> Option<Frame> {
    // A file that another app has shared may have no type.
    if !matches!(&*file.type_(), MEDIA_TYPE | "") {
        return None;
    }
    let bytes = Uint8Array::new(&JsFuture::from(file.array_buffer()).await.ok()?);
    let head = JpegHead::read(&bytes.subarray(0, HEAD_BYTES.min(bytes.length() as usize) as u32).to_vec())?;
    // In the two steps of all other files, which round.
    let size = head.size.bounded(MAX_WORK_SIDE).bounded(MAX_CUTOUT_SIDE);
    if size == head.size {
        return None;
    }
    let is_enough = |&part: &u32| {
        let Size { width, height } = part_of(head.size, part);
        part == 1 || width * OVER.1 >= size.width * OVER.0 && height * OVER.1 >= size.height * OVER.0
    };
    let part = PARTS.into_iter().find(is_enough)?;
    let decoded = part_of(head.size, part);
    let pixels = pixels(&bytes, decoded).await.inspect_err(|error| {
        if error.is_undefined() {
            can_scale.set(false);
        }
    });
    let frame = Frame::new(decoded, pixels.ok()?).ok()?;
    // The last column and row may stand for less than `part` of the file's.
    let covered = [head.size.width, head.size.height].map(|side| f64::from(side) / f64::from(part));
    Some(frame.scaled_from(covered, size).ok()?.upright(head.orientation))
}

/// Columns and rows that a decoder makes of `size`: it rounds up.
const fn part_of(size: Size, part: u32) -> Size {
    Size { width: size.width.div_ceil(part), height: size.height.div_ceil(part) }
}

/// Pixels as they are stored, RGBA, `(H, W, 4)` row-major, of a JPEG that is decoded at `size`.
///
/// # Errors
/// When the browser cannot do it, or another size comes out; `undefined` if it does not answer.
async fn pixels(jpeg: &Uint8Array, size: Size) -> Result<Vec<u8>, JsValue> {
    let decoder = ImageDecoder::new(&object(&[
        ("type", MEDIA_TYPE.into()),
        ("data", jpeg.into()),
        ("desiredWidth", size.width.into()),
        ("desiredHeight", size.height.into()),
    ])?)?;
    let decoded = match decoder.decode() {
        Ok(decoded) => in_time(&decoded).await,
        Err(error) => Err(error),
    };
    // Before any error: what it holds would otherwise wait for the garbage collector.
    decoder.close();
    let frame: VideoFrame = Reflect::get(&decoded?, &"image".into())?.unchecked_into();
    let copied = copied(&frame, size, &object(&[("format", "RGBX".into())])?).await;
    frame.close_frame();
    copied
}

/// A plain object with these properties.
fn object(properties: &[(&str, JsValue)]) -> Result<JsValue, JsValue> {
    let entries: Array = properties.iter().map(|(name, value)| Array::of2(&(*name).into(), value)).collect();
    Ok(Object::from_entries(&entries)?.into())
}

async fn copied(frame: &VideoFrame, size: Size, options: &JsValue) -> Result<Vec<u8>, JsValue> {
    // Of the stored picture, also where it is to be shown turned.
    let part = Reflect::get(frame, &"visibleRect".into())?;
    let side = |name: &str| Ok::<_, JsValue>(Reflect::get(&part, &name.into())?.as_f64());
    let bytes = size.area() as f64 * 4.0;
    let is_expected = side("width")? == Some(f64::from(size.width))
        && side("height")? == Some(f64::from(size.height))
        && frame.allocation_size(options)? == bytes;
    if !is_expected {
        return Err("expected another size".into());
    }
    let pixels = Uint8Array::new_with_length(bytes as u32);
    in_time(&frame.copy_to(&pixels, options)?).await?;
    Ok(pixels.to_vec())
}

/// What a promise resolves to.
///
/// # Errors
/// What it is rejected with; `undefined` if it is not settled within [`DECODER_MS`].
async fn in_time(promise: &Promise) -> Result<JsValue, JsValue> {
    let scope = message::scope();
    let mut timer = None;
    let late = Promise::new(&mut |_, reject| {
        timer = scope.set_timeout_with_callback_and_timeout_and_arguments_0(&reject, DECODER_MS).ok();
    });
    let settled = JsFuture::from(Promise::race(&Array::of2(promise, &late))).await;
    if let Some(timer) = timer {
        scope.clear_timeout_with_handle(timer);
    }
    settled
}
