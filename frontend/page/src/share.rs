//! A photo that another app has shared with the installed page. In: the page's address. Out: the photo, once.
//!
//! The service worker (`service-worker.js`, which has the same names) kept it on this device and led here.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CacheStorage, Response};

use crate::browser;

/// Set when the page was opened by sharing.
const PARAMETER: &str = "shared";
/// Where the photo is kept.
const CACHE: &str = "shop-the-look-shared";
const PHOTO: &str = "/shared-photo";

/// The shared photo was not there: no service worker took it, or the device had no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missed;

/// Whether the page was opened by sharing a photo; true once.
pub(crate) fn was_shared() -> bool {
    let was_shared = browser::query_parameter(PARAMETER).is_some();
    if was_shared {
        browser::forget_query_parameter(PARAMETER);
    }
    was_shared
}

/// Takes the photo and deletes it. Deletes also a photo that an earlier share left behind.
///
/// # Errors
/// When there is none.
pub(crate) async fn take() -> Result<Blob, Missed> {
    let caches = web_sys::window().and_then(|window| window.caches().ok()).filter(|caches| !caches.is_undefined());
    let caches = caches.ok_or(Missed)?;
    let photo = kept(&caches).await;
    // Rejected only where nothing can have been kept.
    let _ = JsFuture::from(caches.delete(CACHE)).await;
    photo.map_err(|_| Missed)
}

async fn kept(caches: &CacheStorage) -> Result<Blob, JsValue> {
    let found = JsFuture::from(caches.match_with_str(PHOTO)).await?;
    // Read whole before it is deleted.
    JsFuture::from(found.dyn_into::<Response>()?.blob()?).await?.dyn_into()
}
