//! What is about to be seen. In: an element. Out: a signal, once the visitor has scrolled near it.
//!
//! The browser's own `loading="lazy"` begins more than a screen away: on a phone, it would fetch pictures that many visitors never see.

use js_sys::Array;
use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// How far outside the window an element counts as near: about two rows of text, so that a picture is there when one scrolls on.
const MARGIN: &str = "120px";

/// Becomes true when the element is shown or near the window, and stays so; at once in browsers that cannot tell.
pub(crate) fn near<E>(node: NodeRef<E>) -> Signal<bool>
where
    E: ElementType,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let is_near = RwSignal::new(false);
    node.on_load(move |element| {
        let seen = Closure::<dyn FnMut(Array, IntersectionObserver)>::new(
            move |entries: Array, observer: IntersectionObserver| {
                if entries.iter().any(|entry| entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting()) {
                    observer.disconnect();
                    is_near.try_set(true);
                }
            },
        );
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        match IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options) {
            Ok(observer) => {
                observer.observe(element.as_ref());
                // Lives as long as the component.
                let watch = StoredValue::new_local((observer, seen));
                on_cleanup(move || {
                    let _ = watch.try_with_value(|(observer, _)| observer.disconnect());
                });
            }
            Err(_) => is_near.set(true),
        }
    });
    is_near.into()
}
