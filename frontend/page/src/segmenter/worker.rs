//! A running worker. In: messages to post. Out: its messages and its death.

use js_sys::{Reflect, Uint8Array};
use stl_types::worker::{FromWorker, ToWorker};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ErrorEvent, Event, MessageEvent, Worker};

use crate::browser::{ObjectUrl, script_importing};
use crate::server;

/// A worker; dropping it ends it.
pub(crate) struct WorkerHandle {
    worker: Worker,
    _script: Option<ObjectUrl>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

/// What comes from a worker.
#[derive(Debug)]
pub(crate) enum WorkerEvent {
    /// A message, with the pictures that may come beside it.
    Message(FromWorker, Option<Pictures>),
    /// Its script could not be loaded, or it threw.
    Died(String),
}

/// What comes beside a `cutout` message.
#[derive(Debug)]
pub(crate) struct Pictures {
    /// The cutout, a PNG.
    pub(crate) cutout: Blob,
    /// Its garments, a PNG.
    pub(crate) regions: Blob,
    /// What of the photo is kept, `(H, W)`, 0 = removed.
    pub(crate) mask: Uint8Array,
}

impl WorkerHandle {
    /// Starts the worker of a script.
    ///
    /// # Errors
    /// When the browser refuses to start one.
    pub(crate) fn start(script: &str, receive: impl Fn(WorkerEvent) + Clone + 'static) -> Result<Self, JsValue> {
        let imported = if server::is_foreign_page() { Some(script_importing(script)?) } else { None };
        let worker = Worker::new(imported.as_ref().map_or(script, ObjectUrl::as_str))?;
        let on_message = Closure::new({
            let receive = receive.clone();
            move |event: MessageEvent| receive(read(&event.data()))
        });
        let on_error = Closure::new(move |event: Event| {
            // A script that cannot be fetched causes an event without a message.
            let reason = event.dyn_ref::<ErrorEvent>().map_or_else(|| "not loaded".to_owned(), ErrorEvent::message);
            receive(WorkerEvent::Died(reason));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, _script: imported, _on_message: on_message, _on_error: on_error })
    }

    /// Posts a message, with a JavaScript value beside it under a name.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub(crate) fn post(&self, message: &ToWorker, beside: Option<(&str, &JsValue)>) -> Result<(), JsValue> {
        let value = serde_wasm_bindgen::to_value(message)?;
        if let Some((name, beside)) = beside {
            Reflect::set(&value, &name.into(), beside)?;
        }
        self.worker.post_message(&value)
    }
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn read(data: &JsValue) -> WorkerEvent {
    fn beside<T: JsCast>(data: &JsValue, name: &str) -> Option<T> {
        Reflect::get(data, &name.into()).ok()?.dyn_into().ok()
    }
    let pictures = || {
        Some(Pictures {
            cutout: beside(data, "cutout")?,
            regions: beside(data, "regions")?,
            mask: beside(data, "mask")?,
        })
    };
    match serde_wasm_bindgen::from_value(data.clone()) {
        Ok(message) => WorkerEvent::Message(message, pictures()),
        Err(error) => WorkerEvent::Died(format!("an unreadable message: {error}")),
    }
}
