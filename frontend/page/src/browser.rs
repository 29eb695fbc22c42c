//! Small functions of the browser that Rust does not have.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array, WebAssembly};
use leptos::ev::EventDescriptor;
use leptos::prelude::StoredValue;
use stl_types::Size;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Event, EventTarget, HtmlElement, Url};

use crate::server;

/// Prefix of the names under which choices are remembered.
const STORAGE: &str = "shop-the-look";

/// Longest wait for two frames.
const FRAMES_MS: i32 = 200;

/// A URL for a blob, revoked when dropped.
#[derive(Debug)]
pub(crate) struct ObjectUrl(String);

impl ObjectUrl {
    /// Makes a URL; an empty one if the browser refuses.
    pub(crate) fn new(blob: &Blob) -> Self {
        Self(Url::create_object_url_with_blob(blob).unwrap_or_default())
    }

    /// The URL, `blob:…`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for ObjectUrl {
    fn drop(&mut self) {
        // Fails for a URL that never was one, and then there is nothing to free.
        let _ = Url::revoke_object_url(&self.0);
    }
}

/// A script that runs the one at `address`, which may be of another origin: a worker's own script may not.
///
/// # Errors
/// When the browser refuses a blob.
pub(crate) fn script_importing(address: &str) -> Result<ObjectUrl, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("text/javascript");
    let script = format!("importScripts({});", serde_json::Value::from(address));
    Ok(ObjectUrl::new(&Blob::new_with_str_sequence_and_options(&Array::of1(&script.into()), &options)?))
}

/// Calls `act` for every event of a kind, until the calling component is unmounted.
pub(crate) fn listen<E>(target: &EventTarget, event: E, act: impl Fn(E::EventType) + 'static)
where
    E: EventDescriptor,
    E::EventType: JsCast,
{
    let act = Closure::new(move |event: Event| act(event.unchecked_into()));
    let name = event.name().into_owned();
    // Fails only for a callback that is not a function.
    let _ = target.add_event_listener_with_callback(&name, act.as_ref().unchecked_ref());
    StoredValue::new_local(Listener { target: target.clone(), name, act });
}

/// Listens until it is dropped.
struct Listener {
    target: EventTarget,
    name: String,
    act: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(&self.name, self.act.as_ref().unchecked_ref());
    }
}

/// A file's bytes.
///
/// # Errors
/// When the file has vanished or may not be read.
pub(crate) async fn bytes_of(file: &Blob) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(file.array_buffer()).await?).to_vec())
}

/// Milliseconds since the page was opened.
pub(crate) fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Whether the device reports a connection; true if it does not know.
pub(crate) fn is_online() -> bool {
    cfg!(not(target_arch = "wasm32")) || web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// The visitor's languages, the best first, as BCP 47 tags.
pub(crate) fn languages() -> Vec<String> {
    let languages = web_sys::window().map(|window| window.navigator().languages());
    languages
        .into_iter()
        .flat_map(|languages| languages.iter().collect::<Vec<_>>())
        .filter_map(|tag| tag.as_string())
        .collect()
}

/// Sets the `lang` attribute of an element, or of the document.
pub(crate) fn set_language(element: Option<HtmlElement>, tag: &str) {
    let document = || web_sys::window().and_then(|window| window.document());
    let root = element.map(Into::into).or_else(|| document().and_then(|document| document.document_element()));
    if let Some(root) = root {
        let _ = root.set_attribute("lang", tag);
    }
}

/// A choice that was stored on this device; none in a shop's page, whose storage belongs to the shop.
pub(crate) fn remembered(name: &str) -> Option<String> {
    if !remembers() {
        return None;
    }
    web_sys::window()?.local_storage().ok()??.get_item(&format!("{STORAGE}.{name}")).ok()?
}

/// Stores a choice on this device, or deletes it. Does nothing if the browser refuses.
pub(crate) fn remember(name: &str, value: Option<&str>) {
    if !remembers() {
        return;
    }
    let Some(Ok(Some(storage))) = web_sys::window().map(|window| window.local_storage()) else { return };
    let name = format!("{STORAGE}.{name}");
    let _ = match value {
        Some(value) => storage.set_item(&name, value),
        None => storage.remove_item(&name),
    };
}

/// The value of a parameter in the page's URL.
pub(crate) fn query_parameter(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// Whether the page's URL names a place in the page.
pub(crate) fn has_fragment() -> bool {
    web_sys::window().and_then(|window| window.location().hash().ok()).is_some_and(|hash| !hash.is_empty())
}

/// Removes a parameter from the URL in the address bar, so that a reload does not find it again.
pub(crate) fn forget_query_parameter(name: &str) {
    let Some(window) = web_sys::window() else { return };
    let Some(url) = window.location().href().ok().and_then(|href| Url::new(&href).ok()) else { return };
    url.search_params().delete(name);
    if let Ok(history) = window.history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&url.href()));
    }
}

/// Whether the page is hidden: another tab or program covers it, or the screen is off.
pub(crate) fn is_hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

/// The size of a picture if this browser can decode it, whatever its format.
pub(crate) async fn decoded_size(file: &Blob) -> Option<Size> {
    let bitmap = JsFuture::from(web_sys::window()?.create_image_bitmap_with_blob(file).ok()?).await.ok()?;
    let bitmap: web_sys::ImageBitmap = bitmap.dyn_into().ok()?;
    let size = Size { width: bitmap.width(), height: bitmap.height() };
    // It may hold 200 MB, which would otherwise wait for the garbage collector.
    bitmap.close();
    Some(size)
}

/// Whether the page is the program's own: only then it saves looks on the device and names a product in the page's URL.
pub(crate) fn remembers() -> bool {
    !server::is_foreign_page()
}

/// What the present step of the browser's history carries beside its URL. It survives a reload and is in no link.
pub(crate) fn step_state() -> Option<String> {
    web_sys::window()?.history().ok()?.state().ok()?.as_string()
}

/// Makes a step of the browser's history, which its back button undoes: the page's path, without some of its parameters and without a
/// fragment, and what the step carries. Does nothing if path, parameters and state are as they were.
pub(crate) fn push_entry(path: &str, dropped: &[&str], state: Option<&str>) {
    let Some(window) = web_sys::window().filter(|_| remembers()) else { return };
    let Some(url) = window.location().href().ok().and_then(|href| Url::new(&href).ok()) else { return };
    let is_same = url.pathname() == path && dropped.iter().all(|name| !url.search_params().has(name));
    if is_same && step_state().as_deref() == state {
        return;
    }
    url.set_pathname(path);
    for name in dropped {
        url.search_params().delete(name);
    }
    url.set_hash("");
    if let Ok(history) = window.history() {
        let state = state.map_or(JsValue::NULL, JsValue::from);
        let _ = history.push_state_with_url(&state, "", Some(&url.href()));
    }
}

/// What was stored until the tab is closed; none in a shop's page.
pub(crate) fn remembered_in_tab(name: &str) -> Option<String> {
    tab_storage()?.get_item(&format!("{STORAGE}.{name}")).ok()?
}

/// Stores something until the tab is closed, or deletes it. Does nothing if the browser refuses.
pub(crate) fn remember_in_tab(name: &str, value: Option<&str>) {
    let Some(storage) = tab_storage() else { return };
    let name = format!("{STORAGE}.{name}");
    // What does not fit is not kept, and the former one would be wrong.
    let _ = storage.remove_item(&name);
    if let Some(value) = value {
        let _ = storage.set_item(&name, value);
    }
}

fn tab_storage() -> Option<web_sys::Storage> {
    remembers().then(|| web_sys::window()?.session_storage().ok()?).flatten()
}

/// The whole address of a path of this page's server, in the market that is shown.
pub(crate) fn whole_address(path: &str) -> Option<String> {
    Some(server::in_market(web_sys::window()?.location().origin().ok()? + path))
}

/// How an address was shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// By the device's share dialog, or the visitor closed that dialog.
    Handed,
    /// It was copied to the clipboard.
    Copied,
    /// Neither is possible here.
    Refused,
}

/// Shares an address by the device's share dialog, else by the clipboard.
pub(crate) async fn share(title: &str, address: &str) -> Shared {
    let Some(navigator) = web_sys::window().map(|window| window.navigator()) else { return Shared::Refused };
    let data = Object::new();
    for (name, value) in [("title", title), ("url", address)] {
        let _ = Reflect::set(&data, &name.into(), &value.into());
    }
    if let Some(offered) = promise(&navigator, "share", &data) {
        return match JsFuture::from(offered).await {
            Err(error) if error_name(&error) != "AbortError" => copy(&navigator, address).await,
            _ => Shared::Handed,
        };
    }
    copy(&navigator, address).await
}

async fn copy(navigator: &JsValue, text: &str) -> Shared {
    // Unencrypted pages have no clipboard.
    let clipboard = Reflect::get(navigator, &"clipboard".into()).unwrap_or(JsValue::UNDEFINED);
    let Some(written) = promise(&clipboard, "writeText", &text.into()) else { return Shared::Refused };
    if JsFuture::from(written).await.is_ok() { Shared::Copied } else { Shared::Refused }
}

/// Calls a method that this browser may not have.
fn promise(object: &JsValue, method: &str, argument: &JsValue) -> Option<Promise> {
    let method: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    method.call1(object, argument).ok()?.dyn_into().ok()
}

fn error_name(error: &JsValue) -> String {
    Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}

/// Moves the focus to an element without scrolling to it.
pub(crate) fn focus_quietly(element: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
}

/// Scrolls to the page's top, where the photo is. A widget does not scroll the shop's page.
pub(crate) fn scroll_to_top() {
    if !server::is_foreign_page()
        && let Some(window) = web_sys::window()
    {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// How far the page is scrolled, in pixels. A widget does not scroll the shop's page.
pub(crate) fn scrolled() -> f64 {
    web_sys::window().filter(|_| remembers()).and_then(|window| window.scroll_y().ok()).unwrap_or(0.0)
}

/// Scrolls the page.
pub(crate) fn scroll_to(top: f64) {
    if let Some(window) = web_sys::window().filter(|_| remembers()) {
        window.scroll_to_with_x_and_y(0.0, top);
    }
}

/// Waits until the present state of the page is on the screen: two frames. A hidden page draws no frames, so this
/// waits for [`FRAMES_MS`] at most.
pub(crate) async fn shown() {
    let Some(window) = web_sys::window() else { return };
    let frames = Promise::new(&mut |resolve, _| {
        // If one of the two fails, the other resolves.
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, FRAMES_MS);
        let inner = window.clone();
        let next = Closure::once_into_js(move || drop(inner.request_animation_frame(&resolve)));
        let _ = window.request_animation_frame(next.unchecked_ref());
    });
    // It is never rejected.
    let _ = JsFuture::from(frames).await;
}

/// Waits for the next task, so that what follows is not part of this one.
pub(crate) async fn next_task() {
    let Some(window) = web_sys::window() else { return };
    let turn = Promise::new(&mut |resolve, _| {
        let _ = window.set_timeout_with_callback(&resolve);
    });
    // It is never rejected.
    let _ = JsFuture::from(turn).await;
}

/// What this browser's WebAssembly supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasmLevel {
    /// No SIMD, no canvas in workers, or no requests with a time limit.
    Unsupported,
    /// 128-bit SIMD.
    Simd,
    /// 128-bit SIMD with the relaxed instructions.
    RelaxedSimd,
}

/// A function that splats a zero and counts bits: `i8x16.splat`, `i8x16.popcnt`.
const SIMD_PROBE: &[u8] =
    &[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

/// The same with `i8x16.relaxed_swizzle`.
const RELAXED_SIMD_PROBE: &[u8] = &[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15,
    253, 128, 2, 11,
];

/// Asks the browser to validate a tiny module of each kind. `?simd=baseline` in the page's address chooses the build for older browsers.
pub(crate) fn wasm_level() -> WasmLevel {
    let validates = |module: &[u8]| WebAssembly::validate(&Uint8Array::from(module).into()).unwrap_or(false);
    let has_canvas = Reflect::has(&js_sys::global(), &"OffscreenCanvas".into()).unwrap_or(false);
    let has_timeouts = Reflect::get(&js_sys::global(), &"AbortSignal".into())
        .is_ok_and(|signal| Reflect::has(&signal, &"timeout".into()).unwrap_or(false));
    let has_relaxed = validates(RELAXED_SIMD_PROBE) && query_parameter("simd").as_deref() != Some("baseline");
    match (has_canvas && has_timeouts && validates(SIMD_PROBE), has_relaxed) {
        (false, _) => WasmLevel::Unsupported,
        (true, false) => WasmLevel::Simd,
        (true, true) => WasmLevel::RelaxedSimd,
    }
}
