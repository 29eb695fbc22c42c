//! A photo turned by the visitor. In: a picture file. Out: a JPEG.

use js_sys::Promise;
use stl_types::Size;
use stl_types::limits::MAX_WORK_SIDE;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement};

/// Quality of a photo that the visitor has turned: no loss that can be seen.
const TURNED_QUALITY: f64 = 0.95;

/// A picture file turned clockwise by quarters: a JPEG of at most [`MAX_WORK_SIDE`] pixels a side. `None` if the browser cannot decode it.
pub(crate) async fn turned(file: &Blob, quarters: u8) -> Option<Blob> {
    let window = web_sys::window()?;
    let bitmap = JsFuture::from(window.create_image_bitmap_with_blob(file).ok()?).await.ok()?;
    let bitmap: web_sys::ImageBitmap = bitmap.dyn_into().ok()?;
    let size = Size { width: bitmap.width(), height: bitmap.height() }.bounded(MAX_WORK_SIDE);
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let canvas: HtmlCanvasElement = window.document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    let is_upright = quarters.is_multiple_of(2);
    canvas.set_width(if is_upright { size.width } else { size.height });
    canvas.set_height(if is_upright { size.height } else { size.width });
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    // JPEG has no transparency: what is transparent becomes white, as everywhere.
    context.set_fill_style_str("white");
    context.fill_rect(0.0, 0.0, f64::from(canvas.width()), f64::from(canvas.height()));
    context.translate(f64::from(canvas.width()) / 2.0, f64::from(canvas.height()) / 2.0).ok()?;
    context.rotate(f64::from(quarters) * std::f64::consts::FRAC_PI_2).ok()?;
    let drawn = context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, -width / 2.0, -height / 2.0, width, height);
    bitmap.close();
    drawn.ok()?;
    encoded(&canvas, TURNED_QUALITY).await.ok()
}

/// What a canvas shows, as JPEG.
///
/// # Errors
/// When the browser refuses, e.g. without memory.
pub(crate) async fn encoded(canvas: &HtmlCanvasElement, quality: f64) -> Result<Blob, JsValue> {
    let encoded = Promise::new(&mut |resolve, reject| {
        if canvas.to_blob_with_type_and_encoder_options(&resolve, "image/jpeg", &quality.into()).is_err() {
            let _ = reject.call0(&JsValue::NULL);
        }
    });
    JsFuture::from(encoded).await?.dyn_into()
}
