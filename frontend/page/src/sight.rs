//! What is in sight. In: elements. Out: a call for each that comes into the window, or a signal.

use js_sys::Array;
use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// How far inside the window an element's edge has to be: one that ends at the window's edge is not seen.
const MARGIN: &str = "-24px";

/// Tells which of the watched elements come into sight, until it is dropped.
pub(crate) struct Sight {
    observer: IntersectionObserver,
    /// The browser calls it.
    _see: Closure<dyn FnMut(Array)>,
}

impl Sight {
    /// None if the browser refuses. `options` say what counts as in sight.
    pub(crate) fn new(options: &IntersectionObserverInit, see: impl Fn(&Element) + 'static) -> Option<Self> {
        let act = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            for entry in entries.iter().map(JsCast::unchecked_into::<IntersectionObserverEntry>) {
                if entry.is_intersecting() {
                    see(&entry.target());
                }
            }
        });
        let observer = IntersectionObserver::new_with_options(act.as_ref().unchecked_ref(), options).ok()?;
        Some(Self { observer, _see: act })
    }

    /// Also watches this element.
    pub(crate) fn watch(&self, element: &Element) {
        self.observer.observe(element);
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Becomes true when a part of the element is in the window, and stays so; at once in browsers that cannot tell.
///
/// The browser's own `loading="lazy"` begins more than a screen away: on a phone, it would fetch pictures that many visitors never see.
pub(crate) fn seen<E>(node: NodeRef<E>) -> Signal<bool>
where
    E: ElementType,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let is_seen = RwSignal::new(false);
    node.on_load(move |element| {
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        let see = move |_: &Element| {
            is_seen.try_set(true);
        };
        match Sight::new(&options, see) {
            Some(sight) => {
                sight.watch(element.as_ref());
                // Until the component is unmounted.
                StoredValue::new_local(sight);
            }
            None => is_seen.set(true),
        }
    });
    is_seen.into()
}
