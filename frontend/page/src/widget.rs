//! The program as a widget in a shop's page. In: the root of a shadow tree, and what the loader (`frontend/widget`) read from
//! the element's attributes. Out: the mounted page, and events on the element.
//!
//! No event carries a picture: the shop's page learns nothing that shows the visitor.

#![expect(unreachable_pub, reason = "what is exported to JavaScript must be `pub`")]

mod events;

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use leptos::mount::mount_to;
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, HtmlElement};

use crate::app::app;
use crate::host::Host;
use crate::journey::Journey;
use crate::search_params::SearchParams;
use crate::server;

/// The attribute `send` of an element from which no picture is sent.
const NUMBERS: &str = "numbers";

/// What the loader passes.
#[derive(Debug, Deserialize)]
struct Options {
    /// The server's address.
    api: String,
    /// The language of the page around it.
    #[serde(default)]
    lang: Option<String>,
    /// `numbers` if no picture shall be sent.
    #[serde(default)]
    send: Option<String>,
    /// The shop's name of a variant, which events carry.
    #[serde(default)]
    variant: String,
    /// The shop's name of the market that is searched.
    #[serde(default)]
    market: String,
    #[serde(flatten)]
    params: SearchParams,
}

/// A mounted widget, for the loader.
#[wasm_bindgen]
pub struct WidgetHandle {
    /// Unmounts when dropped.
    _mounted: Box<dyn Any>,
    host: Host,
    journey: Journey,
}

/// Mounts the page into `root`.
///
/// # Errors
/// When the options are not those of a loader of this version.
#[wasm_bindgen(js_name = mountWidget)]
pub fn mount_widget(root: HtmlElement, options: JsValue) -> Result<WidgetHandle, JsError> {
    let Options { api, lang, send, variant, market, params } = serde_wasm_bindgen::from_value(options)?;
    server::set(&api);
    server::set_market(&market);
    let started = Rc::new(Cell::new(None));
    let mounted = mount_to(root.clone(), {
        let started = Rc::clone(&started);
        move || {
            let host = Host::element(root, lang, params, send.as_deref() == Some(NUMBERS), variant);
            app(host, move |journey| {
                events::report(host, journey);
                started.set(Some((host, journey)));
            })
        }
    });
    let (host, journey) = started.get().ok_or_else(|| JsError::new("the widget was not mounted"))?;
    Ok(WidgetHandle { _mounted: Box::new(mounted), host, journey })
}

#[wasm_bindgen]
impl WidgetHandle {
    /// Searches with a photo.
    pub fn search(&self, photo: Blob) {
        self.journey.choose(photo);
    }

    /// Takes other categories and limits, from the next search on.
    ///
    /// # Errors
    /// When the options are not those of a loader of this version.
    pub fn configure(&self, options: JsValue) -> Result<(), JsError> {
        let Options { params, .. } = serde_wasm_bindgen::from_value(options)?;
        self.host.set_params(params);
        Ok(())
    }

    /// Takes the page out of its element, ends its worker and forgets photo and answer.
    pub fn unmount(self) {}
}
