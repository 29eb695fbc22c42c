//! The way to pixels that every browser has: decode a file at its full size, draw it smaller, read that. In: a `Blob`. Out: a [`Frame`].

use js_sys::Reflect;
use stl_types::Size;
use stl_types::limits::MAX_WORK_SIDE;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, ImageBitmap, ImageBitmapOptions, ImageOrientation, OffscreenCanvas, OffscreenCanvasRenderingContext2d,
};

use crate::frame::Frame;
use crate::message;

/// Decodes a file upright (EXIF orientation applied), on white where it is transparent, its long side at most
/// [`MAX_WORK_SIDE`].
///
/// # Errors
/// The browser's message when it cannot decode the file.
pub(super) async fn decode(file: &Blob) -> Result<Frame, String> {
    let bitmap = bitmap(file).await.map_err(|error| describe(&error))?;
    let size = Size { width: bitmap.width(), height: bitmap.height() }.bounded(MAX_WORK_SIDE);
    let pixels = draw(&bitmap, size).map_err(|error| describe(&error));
    // A 50-megapixel bitmap holds 200 MB, which would otherwise wait for the garbage collector.
    bitmap.close();
    Frame::new(size, pixels?).map_err(|error| error.to_string())
}

async fn bitmap(file: &Blob) -> Result<ImageBitmap, JsValue> {
    let options = ImageBitmapOptions::new();
    options.set_image_orientation(ImageOrientation::FromImage);
    let promise = message::scope().create_image_bitmap_with_blob_and_image_bitmap_options(file, &options)?;
    JsFuture::from(promise).await?.dyn_into()
}

fn draw(bitmap: &ImageBitmap, size: Size) -> Result<Vec<u8>, JsValue> {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let canvas = OffscreenCanvas::new(size.width, size.height)?;
    let options = js_sys::Object::new();
    // Keeps the canvas out of graphics memory: its pixels are read once and never shown.
    Reflect::set(&options, &"willReadFrequently".into(), &true.into())?;
    let context: OffscreenCanvasRenderingContext2d = canvas
        .get_context_with_context_options("2d", &options)?
        .ok_or_else(|| JsValue::from_str("the browser has no 2D canvas in workers"))?
        .dyn_into()?;
    Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into())?;
    context.set_fill_style_str("white");
    context.fill_rect(0.0, 0.0, width, height);
    context.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height)?;
    Ok(context.get_image_data(0.0, 0.0, width, height)?.data().0)
}

fn describe(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
