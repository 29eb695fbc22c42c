//! The worker that cuts the person out of a photo, in the visitor's browser.
//!
//! `file → Frame → Scene → Person → Cutout → message`: a `segment` message enters ([`stl_types::worker::ToWorker`]), a `cutout`, `people`,
//! `nobody` or `failed` message leaves. The last photo's scene stays for `compose` messages. `loader.js` downloads this program and the network, and hands both over here.

pub mod cutout;
pub mod decode;
pub mod frame;
pub mod jpeg;
mod message;
pub mod scene;

use std::cell::{Cell, RefCell};

use stl_types::Size;
use stl_types::worker::{CutoutParams, CutoutTimings, FromWorker, Subject, ToWorker, WorkerFault};
use stl_vision::{Pixels, Segmenter};
use wasm_bindgen::prelude::*;

use cutout::{Cutout, CutoutError};
use scene::{Choice, Scene};

/// The network, ready to cut people out.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CutoutWorker {
    segmenter: Segmenter,
    input: Size,
    last: RefCell<Option<Scene>>,
    /// Whether the browser decodes a JPEG at a part of its size; [`Self::try_decoder`] tries it, and a photo for which it gives no answer ends it.
    can_scale: Cell<bool>,
    /// What [`Self::tune`] has timed: milliseconds and tile.
    times_ms: RefCell<Vec<(f64, usize)>>,
}

/// Rounds over the tiles: the least of three times excludes busy moments.
const ROUNDS: usize = 3;

#[wasm_bindgen]
impl CutoutWorker {
    /// Loads a network as the manifest's entry (JSON) describes it: a packed one ([`separable::Network::read`]), or with the feature
    /// `tract` an ONNX file.
    ///
    /// # Errors
    /// When the network is not what the entry says.
    #[wasm_bindgen(constructor)]
    pub fn new(network: &[u8], spec: JsValue) -> Result<Self, JsError> {
        console_error_panic_hook::set_once();
        let spec: stl_types::manifest::NetworkSpec = serde_wasm_bindgen::from_value(spec)?;
        #[cfg(feature = "tract")]
        let segmenter = Segmenter::by_tract(network, &spec)?;
        #[cfg(not(feature = "tract"))]
        let segmenter = Segmenter::new(separable::Network::read(network)?, &spec)?;
        let input = spec.input_size();
        Ok(Self {
            segmenter,
            input,
            last: RefCell::default(),
            can_scale: Cell::default(),
            times_ms: RefCell::default(),
        })
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

    /// Finds out whether the browser decodes JPEGs at a part of their size. Until then it decodes them whole.
    #[wasm_bindgen(js_name = tryDecoder)]
    pub async fn try_decoder(&self) {
        self.can_scale.set(decode::can_scale().await);
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

    /// Times one of the segmenter's tiles, if it has any, and, after the last, chooses the fastest; returns whether there is more to time. Called
    /// while nobody waits: the fastest tile differs between machines.
    ///
    /// # Errors
    /// When running fails.
    pub fn tune(&self) -> Result<bool, JsError> {
        let mut times = self.times_ms.borrow_mut();
        let tiles = self.segmenter.tiles();
        let Some(&tile) = times.len().checked_rem(tiles.len()).and_then(|at| tiles.get(at)) else { return Ok(false) };
        self.segmenter.set_tile(tile);
        // The first run makes the buffers.
        self.run_ms()?;
        times.push((self.run_ms()?, tile));
        let is_over = times.len() >= tiles.len() * ROUNDS;
        if is_over && let Some(&(_, fastest)) = times.iter().min_by(|a, b| a.0.total_cmp(&b.0)) {
            self.segmenter.set_tile(fastest);
        }
        Ok(!is_over)
    }

    /// Answers a `segment` or `compose` message with a `cutout`, `people`, `nobody` or `failed` message.
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
            Ok(Made::Cutout(cutout, subject, timings)) => {
                let (people, turns) =
                    self.last.borrow().as_ref().map_or((Vec::new(), None), |scene| (scene.people(), scene.turns()));
                // A garment has no upright.
                let turns = turns.filter(|_| subject != Subject::Garment);
                let Cutout { size, coverage, face_share, other_worn_share, hides_person, can_hide_person, .. } =
                    *cutout;
                let Cutout { png, regions, mask, garments, .. } = *cutout;
                let head = FromWorker::Cutout {
                    id,
                    width: size.width,
                    height: size.height,
                    coverage,
                    face_share,
                    other_worn_share,
                    hides_person,
                    can_hide_person,
                    subject,
                    people,
                    turns,
                    garments,
                    timings,
                };
                message::post(&head, &[("cutout", &png), ("regions", &regions)], Some(&mask))
            }
            Ok(Made::Choice(Choice::People(people), Size { width, height }, _)) => {
                message::post(&FromWorker::People { id, width, height, people }, &[], None)
            }
            Ok(Made::Choice(Choice::Nobody { cause, has_thing }, _, turns)) => {
                message::post(&FromWorker::Nobody { id, cause, has_thing, turns }, &[], None)
            }
            Err((code, message)) => message::post(&FromWorker::Failed { id: Some(id), code, message }, &[], None),
        }
    }
}

/// What comes of a photo.
enum Made {
    Cutout(Box<Cutout>, Subject, CutoutTimings),
    /// Of a photo of this size, which would show a person more clearly after so many turns.
    Choice(Choice, Size, Option<u8>),
}

type Outcome = Result<Made, (WorkerFault, String)>;

impl CutoutWorker {
    async fn segmented(&self, file: &web_sys::Blob, params: CutoutParams) -> Outcome {
        // One photo at a time: the former one's pixels go before the next one's come.
        self.last.replace(None);
        let started = message::now_ms();
        let decoding = decode::decode(file, &self.can_scale);
        let frame = decoding.await.map_err(|error| (WorkerFault::Undecodable, error))?;
        let decoded = message::now_ms();
        let mut scene = Scene::of(frame, &self.segmenter).map_err(fault)?;
        if let Some(subject) = params.subject {
            scene.choose(subject, &self.segmenter).map_err(fault)?;
        }
        let segmented = message::now_ms();
        let made = match scene.current() {
            Ok((subject, person)) => {
                let cutout = person.cutout(params, None).map_err(fault)?;
                let timings = CutoutTimings {
                    decode_ms: decoded - started,
                    segment_ms: segmented - decoded,
                    encode_ms: message::now_ms() - segmented,
                };
                Made::Cutout(Box::new(cutout), subject, timings)
            }
            Err(choice) => Made::Choice(choice, scene.frame().size(), scene.turns()),
        };
        self.last.replace(Some(scene));
        Ok(made)
    }

    /// Another cutout of the last photo.
    fn composed(&self, params: CutoutParams, kept: Option<&[u8]>) -> Outcome {
        let started = message::now_ms();
        let mut last = self.last.borrow_mut();
        let scene = last.as_mut().ok_or_else(|| (WorkerFault::Broken, "expected a photo first".to_owned()))?;
        if let Some(subject) = params.subject {
            scene.choose(subject, &self.segmenter).map_err(fault)?;
        }
        let (subject, person) =
            scene.current().map_err(|_| (WorkerFault::Broken, "expected a subject that is in the photo".to_owned()))?;
        let cutout = person.cutout(params, kept).map_err(fault)?;
        let timings = CutoutTimings { encode_ms: message::now_ms() - started, ..CutoutTimings::default() };
        Ok(Made::Cutout(Box::new(cutout), subject, timings))
    }
}

fn fault(error: CutoutError) -> (WorkerFault, String) {
    let code = match error {
        CutoutError::NothingLeft => WorkerFault::NothingLeft,
        _ => WorkerFault::Broken,
    };
    (code, error.to_string())
}
