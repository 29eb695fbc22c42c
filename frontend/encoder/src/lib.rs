//! The worker that turns a cutout into numbers, for visitors who send no picture.
//!
//! `PNG files → Picture → garments → f(I) → NumbersSearch`: an `encode` message enters ([`stl_types::encoder::ToEncoder`]), a `numbers` or
//! `failed` message leaves. `loader.js` downloads this program and the networks, and hands them over here.

mod engine;
pub mod numbers;
mod picture;

pub use engine::EngineError;
pub use picture::PictureError;

use std::cell::RefCell;

use js_sys::{Reflect, Uint8Array};
use numbers::{Encoder, NumbersError, of_garment, of_person};
use stl_types::encoder::{FromEncoder, ToEncoder};
use stl_types::manifest::NetworkSpec;
use stl_types::wire::NumbersSearch;
use stl_types::worker::WorkerFault;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DedicatedWorkerGlobalScope};

/// The query encoder, ready to run, and FashionDNA once a garment alone was searched.
#[wasm_bindgen]
#[derive(Debug)]
pub struct EncoderWorker {
    query: Encoder,
    article: RefCell<Option<Encoder>>,
}

#[wasm_bindgen]
impl EncoderWorker {
    /// Reads the query encoder, an ONNX file, as the manifest's entry describes it.
    ///
    /// # Errors
    /// When the network is not what the entry says.
    #[wasm_bindgen(constructor)]
    pub fn new(onnx: &[u8], spec: JsValue) -> Result<Self, JsError> {
        console_error_panic_hook::set_once();
        Ok(Self { query: encoder(onnx, spec)?, article: RefCell::default() })
    }

    /// Runs the network once, so that the browser's optimising compiler sees the code before a visitor's cutout does.
    ///
    /// # Errors
    /// When running fails.
    #[wasm_bindgen(js_name = warmUp)]
    pub fn warm_up(&self) -> Result<(), JsError> {
        Ok(self.query.run_once()?)
    }

    /// Milliseconds of one run of the query encoder alone, on grey.
    ///
    /// # Errors
    /// When running fails.
    #[wasm_bindgen(js_name = runMs)]
    pub fn run_ms(&self) -> Result<f64, JsError> {
        let started = now_ms();
        self.query.run_once()?;
        Ok(now_ms() - started)
    }

    /// Reads FashionDNA.
    ///
    /// # Errors
    /// As for [`Self::new`].
    #[wasm_bindgen(js_name = addArticle)]
    pub fn add_article(&self, onnx: &[u8], spec: JsValue) -> Result<(), JsError> {
        self.article.replace(Some(encoder(onnx, spec)?));
        Ok(())
    }

    /// Answers an `encode` message with a `numbers` or `failed` message.
    ///
    /// # Errors
    /// When the message is another one, or the answer cannot be posted.
    pub async fn answer(&self, message: JsValue) -> Result<(), JsError> {
        let ToEncoder::Encode { id, article } = serde_wasm_bindgen::from_value(message.clone())? else {
            return Err(JsError::new("expected an `encode` message"));
        };
        let (cutout, regions) = (file(&message, "cutout").await?, file(&message, "regions").await?);
        let started = now_ms();
        let answer = match self.numbers(&cutout, &regions, article.is_some()) {
            Ok(search) => FromEncoder::Numbers {
                id,
                body: serde_json::to_string(&search)?,
                count: search.count(),
                ms: now_ms() - started,
            },
            Err(error) => {
                let code = match error {
                    NumbersError::Blank => WorkerFault::NothingLeft,
                    _ => WorkerFault::Broken,
                };
                FromEncoder::Failed { id: Some(id), code, message: error.to_string() }
            }
        };
        let refused = |error: JsValue| JsError::new(&format!("the answer cannot be posted: {error:?}"));
        scope().post_message(&serde_wasm_bindgen::to_value(&answer)?).map_err(refused)
    }
}

impl EncoderWorker {
    fn numbers(&self, cutout: &[u8], regions: &[u8], is_garment: bool) -> Result<NumbersSearch, NumbersError> {
        if !is_garment {
            return of_person(&self.query, cutout, regions);
        }
        let article = self.article.borrow();
        let article = article.as_ref().ok_or(NumbersError::NoArticle)?;
        of_garment(&self.query, article, cutout)
    }
}

fn encoder(onnx: &[u8], spec: JsValue) -> Result<Encoder, JsError> {
    let spec: NetworkSpec = serde_wasm_bindgen::from_value(spec)?;
    #[cfg(feature = "tract")]
    return Ok(Encoder::by_tract(onnx, spec)?);
    #[cfg(not(feature = "tract"))]
    Ok(Encoder::new(onnx, spec)?)
}

/// The bytes of a `Blob` beside a message.
async fn file(message: &JsValue, name: &str) -> Result<Vec<u8>, JsError> {
    let expected = |_| JsError::new(&format!("expected a Blob as `{name}`"));
    let blob: Blob = Reflect::get(message, &name.into()).and_then(JsCast::dyn_into).map_err(expected)?;
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(expected)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn now_ms() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}
