//! The page without a connection. In: the browser's events. Out: whether there is a connection, and a service worker that keeps
//! the page and the segmenter on this device.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::wire::paths;
use wasm_bindgen_futures::JsFuture;

use crate::browser;
use crate::state::Loading;

/// Whether the device reports a connection; follows its changes.
pub(crate) fn is_online() -> RwSignal<bool> {
    let online = RwSignal::new(browser::is_online());
    let window = window().into();
    browser::listen(&window, ev::online, move |_| online.set(true));
    browser::listen(&window, ev::offline, move |_| online.set(false));
    online
}

/// Registers the service worker, unless the address has `?sw=off`. Not before the segmenter is loaded (or will not be): both
/// want the same files, and the visitor waits only for the segmenter; the service worker then finds them in the browser's cache.
pub(crate) fn keep_when_loaded(loading: RwSignal<Loading>) {
    if browser::query_parameter("sw").as_deref() == Some("off") {
        return;
    }
    let is_over = Memo::new(move |_| loading.with(|loading| !matches!(loading, Loading::Underway { .. })));
    Effect::new(move |was_over: Option<bool>| {
        let is_over = is_over.get();
        if is_over && was_over != Some(true) {
            register();
        }
        // Once: a worker that is started again is not loaded for the first time.
        is_over || was_over == Some(true)
    });
}

fn register() {
    let workers = window().navigator().service_worker();
    // Unencrypted pages and some private windows have none.
    if !window().is_secure_context() || workers.is_undefined() {
        return;
    }
    let registered = workers.register(paths::SERVICE_WORKER);
    spawn_local(async move {
        if let Err(error) = JsFuture::from(registered).await {
            leptos::logging::warn!("the page is not kept for times without a connection: {error:?}");
        }
    });
}
