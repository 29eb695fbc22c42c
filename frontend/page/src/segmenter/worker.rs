//! A running worker, of the segmenter or the encoder. In: messages to post. Out: its messages and its death.

use std::marker::PhantomData;

use js_sys::{Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ErrorEvent, Event, MessageEvent, Worker};

use crate::browser::{ObjectUrl, script_importing};
use crate::server;

/// A worker that posts messages `M`; dropping it ends it.
pub(crate) struct WorkerHandle<M> {
    worker: Worker,
    _script: Option<ObjectUrl>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
    _posts: PhantomData<M>,
}

/// What comes from a worker.
#[derive(Debug)]
pub(crate) enum WorkerEvent<M> {
    /// A message, with the pictures that may come beside it.
    Message(M, Option<Pictures>),
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

impl<M: DeserializeOwned + 'static> WorkerHandle<M> {
    /// Starts the worker of a script.
    ///
    /// # Errors
    /// When the browser refuses to start one.
    pub(crate) fn start(script: &str, receive: impl Fn(WorkerEvent<M>) + Clone + 'static) -> Result<Self, JsValue> {
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
        Ok(Self { worker, _script: imported, _on_message: on_message, _on_error: on_error, _posts: PhantomData })
    }

    /// Posts a message, with JavaScript values beside it under their names.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub(crate) fn post(&self, message: &impl Serialize, beside: &[(&str, &JsValue)]) -> Result<(), JsValue> {
        let value = serde_wasm_bindgen::to_value(message)?;
        for &(name, beside) in beside {
            Reflect::set(&value, &name.into(), beside)?;
        }
        self.worker.post_message(&value)
    }
}

impl<M> Drop for WorkerHandle<M> {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn read<M: DeserializeOwned>(data: &JsValue) -> WorkerEvent<M> {
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
