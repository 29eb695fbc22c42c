//! Client of the worker. In: a photo's file, or other parameters for the last photo. Out: a [`Cutout`], or what there is to choose from.
//!
//! The worker starts when the page opens and loads while the visitor chooses. It has one photo at a time; a newer one
//! replaces the one that waits. If it dies, the waiting request fails, and the next photo starts another worker.

mod queue;
pub(crate) mod worker;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;
use js_sys::Uint8Array;
use leptos::prelude::{RwSignal, Set, StoredValue, TimeoutHandle, WithUntracked, set_timeout_with_handle};
use leptos::task::spawn_local;
use stl_types::Size;
use stl_types::wire::{SegmenterBuild, SegmenterFile, SegmenterFiles};
use stl_types::worker::{CutoutParams, FromWorker, Stage, ToWorker, WorkerFault};
use web_sys::Blob;

use crate::browser::{ObjectUrl, WasmLevel, wasm_level};
use crate::failure::{Failure, Fault, Retry};
use crate::state::{Crowd, Cutout, Loading, Made, Nobody};
use crate::{api, server};
use queue::LatestQueue;
use worker::{Pictures, WorkerEvent, WorkerHandle};

/// A photo takes half a second on a present phone, a percent of the download not much longer on a slow network: after a minute
/// without a message the worker is taken for dead.
const WATCHDOG: Duration = Duration::from_secs(60);

const WORKER_FAILED: Failure = Failure::new(Fault::Worker, Retry::CutOut);

/// The worker and the request that waits for it.
#[derive(Clone)]
pub(crate) struct SegmenterClient {
    inner: Rc<RefCell<Inner>>,
    loading: RwSignal<Loading>,
}

#[derive(Default)]
struct Inner {
    worker: Option<WorkerHandle<FromWorker>>,
    /// Counts the workers, so that events of an earlier one are ignored.
    generation: u32,
    queue: LatestQueue<Request>,
    watchdog: Option<TimeoutHandle>,
}

struct Request {
    source: CutoutSource,
    params: CutoutParams,
    answer: oneshot::Sender<Result<Made, Failure>>,
}

/// What a cutout is made of.
#[derive(Clone)]
pub(crate) enum CutoutSource {
    /// A photo.
    Photo(Blob),
    /// The last photo, with its mask as the visitor edited it.
    LastPhoto(Option<Uint8Array>),
}

/// A newer photo took this one's place.
#[derive(Debug)]
pub(crate) struct Replaced;

/// Worker, watchdog and closures hold each other: dropping this releases them.
struct EndsWorker(SegmenterClient);

impl Drop for EndsWorker {
    fn drop(&mut self) {
        self.0.watch(None);
        let mut inner = self.0.inner.borrow_mut();
        inner.generation += 1;
        inner.queue.abandon();
        inner.worker = None;
    }
}

impl SegmenterClient {
    /// Starts a worker, which ends with the calling component; `loading` shows how far it is.
    pub(crate) fn start(loading: RwSignal<Loading>) -> Self {
        let segmenter = Self { inner: Rc::default(), loading };
        StoredValue::new_local(EndsWorker(segmenter.clone()));
        segmenter.start_worker();
        segmenter
    }

    /// Cuts the person out, as soon as the worker is ready.
    ///
    /// # Errors
    /// `Replaced` when a newer photo comes first; otherwise the inner result says why there is nothing.
    pub(crate) async fn cut_out(
        &self,
        source: CutoutSource,
        params: CutoutParams,
    ) -> Result<Result<Made, Failure>, Replaced> {
        if self.loading.with_untracked(|loading| matches!(loading, Loading::Failed(_))) {
            self.start_worker();
        }
        let (answer, receiver) = oneshot::channel();
        let next = self.inner.borrow_mut().queue.submit(Request { source, params, answer });
        self.post(next);
        receiver.await.map_err(|_| Replaced)
    }

    fn start_worker(&self) {
        let generation = {
            let mut inner = self.inner.borrow_mut();
            inner.generation += 1;
            inner.queue.pause();
            inner.generation
        };
        self.loading.set(Loading::Underway { stage: Stage::Download, done: 0.0 });
        let segmenter = self.clone();
        spawn_local(async move {
            let level = wasm_level();
            if level == WasmLevel::Unsupported {
                return segmenter.fail(generation, Failure::new(Fault::Unsupported, Retry::Never));
            }
            let Ok(files) = api::segmenter_files().await else {
                return segmenter.fail(generation, Failure::unreachable(Retry::CutOut));
            };
            segmenter.load(generation, files, level);
        });
    }

    fn load(&self, generation: u32, files: SegmenterFiles, level: WasmLevel) {
        // The widget may have been removed while the list was on its way.
        if self.inner.borrow().generation != generation {
            return;
        }
        let SegmenterFiles { simd, relaxed_simd, model, network, .. } = files;
        let build = if level == WasmLevel::RelaxedSimd { relaxed_simd } else { simd };
        let SegmenterBuild { script, wasm } = build;
        let segmenter = self.clone();
        let worker = WorkerHandle::start(&server::address(&script), move |event| segmenter.receive(generation, event));
        let [wasm, model] = [wasm, model].map(|file| SegmenterFile { url: server::address(&file.url), ..file });
        let load = ToWorker::Load { wasm, model, network: Box::new(network) };
        match worker.and_then(|worker| worker.post(&load, &[]).map(|()| worker)) {
            Ok(worker) => {
                self.inner.borrow_mut().worker = Some(worker);
                self.set_watchdog(generation);
            }
            Err(_) => self.fail(generation, WORKER_FAILED),
        }
    }

    fn receive(&self, generation: u32, event: WorkerEvent<FromWorker>) {
        if self.inner.borrow().generation != generation {
            return;
        }
        match event {
            WorkerEvent::Message(FromWorker::Progress { stage, done, total }, _) => {
                self.set_watchdog(generation);
                self.loading.set(Loading::Underway { stage, done: if total > 0.0 { done / total } else { 0.0 } });
            }
            WorkerEvent::Message(FromWorker::Ready { timings }, _) => {
                leptos::logging::log!("segmenter ready: {timings:?}");
                self.watch(None);
                self.loading.set(Loading::Ready);
                let next = self.inner.borrow_mut().queue.resume();
                self.post(next);
            }
            WorkerEvent::Message(
                FromWorker::Cutout {
                    id,
                    width,
                    height,
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
                },
                Some(Pictures { cutout: png, regions, mask }),
            ) => {
                let url = Rc::new(ObjectUrl::new(&png));
                let cutout = Cutout {
                    png,
                    regions,
                    mask,
                    url,
                    width,
                    height,
                    coverage,
                    face_share,
                    other_worn_share,
                    subject,
                    people,
                    turns,
                    hides_person,
                    can_hide_person,
                    garments,
                    timings,
                };
                self.finish(id, Ok(Made::Cutout(Box::new(cutout))));
            }
            WorkerEvent::Message(FromWorker::People { id, width, height, people }, _) => {
                self.finish(id, Ok(Made::Crowd(Crowd { size: Size { width, height }, people })));
            }
            WorkerEvent::Message(FromWorker::Nobody { id, cause, has_thing, turns }, _) => {
                self.finish(id, Ok(Made::Nobody(Nobody { cause, has_thing, turns })));
            }
            WorkerEvent::Message(FromWorker::Failed { id: Some(id), code, message }, _) => {
                leptos::logging::warn!("no cut-out: {message}");
                match code {
                    WorkerFault::NothingLeft => self.finish(id, Err(Failure::of_photo(Fault::NothingLeft))),
                    WorkerFault::Undecodable => self.finish(id, Err(Failure::of_photo(Fault::Undecodable))),
                    WorkerFault::Broken | WorkerFault::Unreachable => self.fail(generation, WORKER_FAILED),
                }
            }
            WorkerEvent::Message(FromWorker::Failed { id: None, code: WorkerFault::Unreachable, message }, _) => {
                leptos::logging::error!("the worker's files did not arrive: {message}");
                self.fail(generation, Failure::unreachable(Retry::CutOut));
            }
            WorkerEvent::Message(message, _) => {
                leptos::logging::error!("the worker failed: {message:?}");
                self.fail(generation, WORKER_FAILED);
            }
            WorkerEvent::Died(reason) => {
                leptos::logging::error!("the worker died: {reason}");
                self.fail(generation, WORKER_FAILED);
            }
        }
    }

    /// Gives a request to the worker and sets the watchdog.
    fn post(&self, id: Option<u32>) {
        let Some(id) = id else { return };
        let generation = self.inner.borrow().generation;
        let posted = {
            let inner = self.inner.borrow();
            inner.queue.running(id).zip(inner.worker.as_ref()).is_some_and(|(request, worker)| {
                let params = request.params;
                let posted = match &request.source {
                    CutoutSource::Photo(file) => worker.post(&ToWorker::Segment { id, params }, &[("file", file)]),
                    CutoutSource::LastPhoto(Some(mask)) => {
                        worker.post(&ToWorker::Compose { id, params }, &[("mask", mask)])
                    }
                    CutoutSource::LastPhoto(None) => worker.post(&ToWorker::Compose { id, params }, &[]),
                };
                posted.is_ok()
            })
        };
        if !posted {
            return self.fail(generation, WORKER_FAILED);
        }
        self.set_watchdog(generation);
    }

    /// From now on the worker has [`WATCHDOG`] for its next message.
    fn set_watchdog(&self, generation: u32) {
        let segmenter = self.clone();
        let bark = move || segmenter.receive(generation, WorkerEvent::Died("no answer in time".to_owned()));
        self.watch(set_timeout_with_handle(bark, WATCHDOG).ok());
    }

    fn watch(&self, watchdog: Option<TimeoutHandle>) {
        if let Some(former) = std::mem::replace(&mut self.inner.borrow_mut().watchdog, watchdog) {
            former.clear();
        }
    }

    fn finish(&self, id: u32, result: Result<Made, Failure>) {
        self.watch(None);
        let (request, next) = self.inner.borrow_mut().queue.finished(id);
        if let Some(request) = request {
            // Without a receiver nobody waits for this photo: a newer one replaced it.
            let _ = request.answer.send(result);
        }
        self.post(next);
    }

    /// Ends the worker and fails the waiting request.
    fn fail(&self, generation: u32, failure: Failure) {
        self.watch(None);
        let (worker, request) = {
            let mut inner = self.inner.borrow_mut();
            if inner.generation != generation {
                return;
            }
            inner.generation += 1;
            (inner.worker.take(), inner.queue.abandon())
        };
        // This may run inside the worker's own event handler: its closures must outlive the call.
        spawn_local(async move { drop(worker) });
        self.loading.set(Loading::Failed(failure.clone()));
        if let Some(request) = request {
            let _ = request.answer.send(Err(failure));
        }
    }
}
