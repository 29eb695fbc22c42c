//! The worker that cuts the person out of a photo, in the visitor's browser.
//!
//! `file → Frame → Mask → Cutout → message`: a `segment` message enters ([`stl_shared::worker::ToWorker`]), a `cutout`
//! or `failed` message leaves. `loader.js` downloads this program and the network, and hands both over here.

pub mod cutout;
mod decode;
mod message;

use stl_shared::limits::MAX_CUTOUT_SIDE;
use stl_shared::worker::{CutoutTimings, FromWorker, ToWorker, WorkerFault};
use stl_shared::{Manifest, Size};
use stl_vision::{Pixels, Segmenter};
use wasm_bindgen::prelude::*;

use cutout::{Cutout, CutoutError};

/// The network, ready to cut people out.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CutoutWorker {
    segmenter: Segmenter,
    input: Size,
}

#[wasm_bindgen]
impl CutoutWorker {
    /// Loads the network of an ONNX file as the manifest (TOML) describes it.
    ///
    /// # Errors
    /// When the manifest does not fit this program, or tract cannot load the network.
    #[wasm_bindgen(constructor)]
    pub fn new(onnx: &[u8], manifest: &str) -> Result<Self, JsError> {
        console_error_panic_hook::set_once();
        let network = Manifest::parse(manifest)?.street2fashion;
        Ok(Self { segmenter: Segmenter::load(onnx, &network)?, input: network.input_size() })
    }

    /// Segments a grey picture, so that the browser's optimising compiler sees the code before a visitor's photo does.
    ///
    /// # Errors
    /// When running fails.
    #[wasm_bindgen(js_name = warmUp)]
    pub fn warm_up(&self) -> Result<(), JsError> {
        let grey = vec![127; self.input.area() as usize * 3];
        self.segmenter.segment(Pixels::new(self.input, &grey)?)?.mask()?;
        Ok(())
    }

    /// Answers a `segment` message with a `cutout` or `failed` message.
    ///
    /// # Errors
    /// When the message is another one, or the answer cannot be posted.
    pub async fn answer(&self, message: JsValue) -> Result<(), JsError> {
        let (ToWorker::Segment { id }, file) = message::read(&message)? else {
            return Err(JsError::new("expected a `segment` message"));
        };
        match self.cut_out(&file).await {
            Ok((cutout, timings)) => {
                let Size { width, height } = cutout.size;
                let head = FromWorker::Cutout { id, width, height, coverage: cutout.coverage, timings };
                message::post(&head, &[("cutout", &cutout.png), ("regions", &cutout.regions)])
            }
            Err((code, message)) => message::post(&FromWorker::Failed { id: Some(id), code, message }, &[]),
        }
    }
}

impl CutoutWorker {
    async fn cut_out(&self, file: &web_sys::Blob) -> Result<(Cutout, CutoutTimings), (WorkerFault, String)> {
        let started = message::now_ms();
        let photo = decode::decode(file).await.map_err(|error| (WorkerFault::Undecodable, error))?;
        let decoded = message::now_ms();
        // Scaled down before anything else: mask and cut-out are made at the size that is sent, and what comes after
        // the cut only packs pixels, so nothing can mix background back into them.
        let frame = photo.bounded(MAX_CUTOUT_SIDE).map_err(fault)?;
        let (mask, regions) = frame.segment(&self.segmenter).map_err(fault)?;
        let segmented = message::now_ms();
        let cutout = Cutout::new(frame, &mask, &regions).map_err(fault)?;
        let timings = CutoutTimings {
            decode_ms: decoded - started,
            segment_ms: segmented - decoded,
            encode_ms: message::now_ms() - segmented,
        };
        Ok((cutout, timings))
    }
}

fn fault(error: CutoutError) -> (WorkerFault, String) {
    let code = match error {
        CutoutError::NoPerson { .. } => WorkerFault::NoPerson,
        _ => WorkerFault::Broken,
    };
    (code, error.to_string())
}
