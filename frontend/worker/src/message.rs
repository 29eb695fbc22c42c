//! Messages as JavaScript values. In: a message's `JsValue`. Out: a posted message.

use js_sys::{Array, Reflect, Uint8Array};
use stl_types::worker::{FromWorker, ToWorker};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, DedicatedWorkerGlobalScope};

/// The worker's global scope.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since the worker started.
pub(crate) fn now_ms() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}

/// The page's message.
///
/// # Errors
/// When it is none of [`ToWorker`].
pub(crate) fn read(message: &JsValue) -> Result<ToWorker, JsError> {
    Ok(serde_wasm_bindgen::from_value(message.clone())?)
}

/// The photo beside a message.
///
/// # Errors
/// When there is none.
pub(crate) fn file(message: &JsValue) -> Result<Blob, JsError> {
    let file = Reflect::get(message, &"file".into()).ok().and_then(|file| file.dyn_into().ok());
    file.ok_or_else(|| JsError::new("expected a Blob as `file`"))
}

/// The mask beside a message, if there is one.
pub(crate) fn mask(message: &JsValue) -> Option<Vec<u8>> {
    let mask: Uint8Array = Reflect::get(message, &"mask".into()).ok()?.dyn_into().ok()?;
    Some(mask.to_vec())
}

/// Posts a message, with PNGs beside it by their names, and a mask.
///
/// # Errors
/// When the browser refuses it.
pub(crate) fn post(message: &FromWorker, pngs: &[(&str, &[u8])], mask: Option<&[u8]>) -> Result<(), JsError> {
    let refused = |error: JsValue| JsError::new(&format!("the answer cannot be posted: {error:?}"));
    let value = serde_wasm_bindgen::to_value(message)?;
    for &(name, png) in pngs {
        Reflect::set(&value, &name.into(), png_blob(png).map_err(refused)?.as_ref()).map_err(refused)?;
    }
    let transferred = Array::new();
    if let Some(mask) = mask {
        let mask = Uint8Array::from(mask);
        transferred.push(&mask.buffer());
        Reflect::set(&value, &"mask".into(), &mask).map_err(refused)?;
    }
    scope().post_message_with_transfer(&value, &transferred).map_err(refused)
}

fn png_blob(png: &[u8]) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("image/png");
    Blob::new_with_u8_array_sequence_and_options(&Array::of1(&Uint8Array::from(png)), &options)
}
