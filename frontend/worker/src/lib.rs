//! The worker that cuts the person out of a photo, in the visitor's browser.
//!
//! `file → Frame → Person → Cutout → message`: a `segment` message enters ([`stl_types::worker::ToWorker`]), a `cutout`
//! or `failed` message leaves. The last photo's person stays for `compose` messages. `loader.js` downloads this program and the network, and hands both over here.

pub mod cutout;
mod decode;
mod message;

use std::cell::RefCell;

use stl_types::Size;
use stl_types::limits::MAX_CUTOUT_SIDE;
use stl_types::worker::{CutoutParams, CutoutTimings, FromWorker, ToWorker, WorkerFault};
use stl_vision::{Pixels, Segmenter};
use wasm_bindgen::prelude::*;

use cutout::{Cutout, CutoutError, Person};

/// The network, ready to cut people out.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CutoutWorker {
    segmenter: Segmenter,
    input: Size,
    last: RefCell<Option<Person>>,
    /// What [`Self::tune`] has timed: milliseconds and tile.
    times_ms: RefCell<Vec<(f64, usize)>>,
}

/// Rounds over the tiles: the least of three times excludes busy moments.
const ROUNDS: usize = 3;

#[wasm_bindgen]
impl CutoutWorker {
    /// Loads a packed network ([`separable::Network::read`]) as the manifest's entry (JSON) describes it.
    ///
    /// # Errors
    /// When the network is not what the entry says.
    #[wasm_bindgen(constructor)]
    pub fn new(network: &[u8], spec: JsValue) -> Result<Self, JsError> {
        console_error_panic_hook::set_once();
        let spec: stl_types::manifest::NetworkSpec = serde_wasm_bindgen::from_value(spec)?;
        let segmenter = Segmenter::new(separable::Network::read(network)?, &spec)?;
        Ok(Self { segmenter, input: spec.input_size(), last: RefCell::default(), times_ms: RefCell::default() })
    }

    /// Segments a grey picture, so that the browser's optimising compiler sees the code before a visitor's photo does.
    ///
    /// # Errors
    /// When running fails.
    #[wasm_bindgen(js_name = warmUp)]
    pub fn warm_up(&self) -> Result<(), JsError> {
        let grey = vec![127; self.input.area() as usize * 4];
        self.segmenter.segment(Pixels::new(self.input, &grey)?)?.mask()?;
        Ok(())
    }

    /// Milliseconds of one run of the network alone, on grey.
    ///
    /// # Errors
    /// When running fails.
    #[wasm_bindgen(js_name = runMs)]
    pub fn run_ms(&self) -> Result<f64, JsError> {
        let grey = vec![0.0; self.input.area() as usize * 3];
        let started = message::now_ms();
        self.segmenter.logits(&grey)?;
        Ok(message::now_ms() - started)
    }

    /// Times one of the segmenter's tiles and, after the last, chooses the fastest; returns whether there is more to time. Called
    /// while nobody waits: the fastest tile differs between machines.
    ///
    /// # Errors
    /// When running fails.
    pub fn tune(&self) -> Result<bool, JsError> {
        let mut times = self.times_ms.borrow_mut();
        let tile = Segmenter::TILES[times.len() % Segmenter::TILES.len()];
        self.segmenter.set_tile(tile);
        // The first run makes the buffers.
        self.run_ms()?;
        times.push((self.run_ms()?, tile));
        let is_over = times.len() >= Segmenter::TILES.len() * ROUNDS;
        if is_over && let Some(&(_, fastest)) = times.iter().min_by(|a, b| a.0.total_cmp(&b.0)) {
            self.segmenter.set_tile(fastest);
        }
        Ok(!is_over)
    }

    /// Answers a `segment` or `compose` message with a `cutout` or `failed` message.
    ///
    /// # Errors
    /// When the message is another one, or the answer cannot be posted.
    pub async fn answer(&self, message: JsValue) -> Result<(), JsError> {
        let (id, outcome) = match message::read(&message)? {
            ToWorker::Segment { id, params } => (id, self.segmented(&message::file(&message)?, params).await),
            ToWorker::Compose { id, params } => (id, self.composed(params, message::mask(&message).as_deref())),
            ToWorker::Load { .. } => return Err(JsError::new("expected a `segment` or `compose` message")),
        };
        match outcome {
            Ok((cutout, timings)) => {
                let Cutout { png, regions, size, coverage, face_share, mask, garments } = cutout;
                let head = FromWorker::Cutout {
                    id,
                    width: size.width,
                    height: size.height,
                    coverage,
                    face_share,
                    garments,
                    timings,
                };
                message::post(&head, &[("cutout", &png), ("regions", &regions)], Some(&mask))
            }
            Err((code, message)) => message::post(&FromWorker::Failed { id: Some(id), code, message }, &[], None),
        }
    }
}

type Outcome = Result<(Cutout, CutoutTimings), (WorkerFault, String)>;

impl CutoutWorker {
    async fn segmented(&self, file: &web_sys::Blob, params: CutoutParams) -> Outcome {
        // One photo at a time: the former one's pixels go before the next one's come.
        self.last.replace(None);
        let started = message::now_ms();
        let photo = decode::decode(file).await.map_err(|error| (WorkerFault::Undecodable, error))?;
        let decoded = message::now_ms();
        // Scaled down before anything else: mask and cutout are made at the size that is sent, and what comes after
        // the cut only packs pixels, so nothing can mix background back into them.
        let frame = photo.bounded(MAX_CUTOUT_SIDE).map_err(fault)?;
        let person = Person::find(frame, &self.segmenter).map_err(fault)?;
        let segmented = message::now_ms();
        let cutout = person.cutout(params, None).map_err(fault)?;
        self.last.replace(Some(person));
        let timings = CutoutTimings {
            decode_ms: decoded - started,
            segment_ms: segmented - decoded,
            encode_ms: message::now_ms() - segmented,
        };
        Ok((cutout, timings))
    }

    /// Another cutout of the last photo.
    fn composed(&self, params: CutoutParams, kept: Option<&[u8]>) -> Outcome {
        let started = message::now_ms();
        let last = self.last.borrow();
        let person = last.as_ref().ok_or_else(|| (WorkerFault::Broken, "expected a photo first".to_owned()))?;
        let cutout = person.cutout(params, kept).map_err(fault)?;
        Ok((cutout, CutoutTimings { encode_ms: message::now_ms() - started, ..CutoutTimings::default() }))
    }
}

fn fault(error: CutoutError) -> (WorkerFault, String) {
    let code = match error {
        CutoutError::NoPerson { .. } => WorkerFault::NoPerson,
        CutoutError::NothingLeft => WorkerFault::NothingLeft,
        _ => WorkerFault::Broken,
    };
    (code, error.to_string())
}
