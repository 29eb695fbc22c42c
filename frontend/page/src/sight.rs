//! What is seen. In: an element. Out: a signal, once the visitor has scrolled to it.
//!
//! The browser's own `loading="lazy"` begins more than a screen away: on a phone, it would fetch pictures that many visitors never see.

use js_sys::Array;
use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// How far inside the window an element's edge has to be: one that ends at the window's edge is not seen.
const MARGIN: &str = "-24px";

/// Becomes true when a part of the element is in the window, and stays so; at once in browsers that cannot tell.
pub(crate) fn seen<E>(node: NodeRef<E>) -> Signal<bool>
where
    E: ElementType,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let is_seen = RwSignal::new(false);
    node.on_load(move |element| {
        let look = Closure::<dyn FnMut(Array, IntersectionObserver)>::new(
            move |entries: Array, observer: IntersectionObserver| {
                if entries.iter().any(|entry| entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting()) {
                    observer.disconnect();
                    is_seen.try_set(true);
                }
            },
        );
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        match IntersectionObserver::new_with_options(look.as_ref().unchecked_ref(), &options) {
            Ok(observer) => {
                observer.observe(element.as_ref());
                // Lives as long as the component.
                let watch = StoredValue::new_local((observer, look));
                on_cleanup(move || {
                    let _ = watch.try_with_value(|(observer, _)| observer.disconnect());
                });
            }
            Err(_) => is_seen.set(true),
        }
    });
    is_seen.into()
}
