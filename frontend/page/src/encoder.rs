//! Client of the encoder's worker. In: a cutout. Out: its [`Numbers`], which are sent in its place.
//!
//! The worker starts with the first cutout that needs it: nobody else downloads its files.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;
use js_sys::Object;
use leptos::prelude::{StoredValue, TimeoutHandle, set_timeout_with_handle};
use leptos::task::spawn_local;
use stl_types::encoder::{FromEncoder, ToEncoder};
use stl_types::wire::{EncoderFiles, NetworkFile, SegmenterFile};
use stl_types::worker::{Subject, WorkerFault};
use web_sys::Blob;

use crate::browser::{WasmLevel, wasm_level};
use crate::failure::{Failure, Fault, Retry};
use crate::segmenter::worker::{WorkerEvent, WorkerHandle};
use crate::state::{Cutout, Numbers};
use crate::{api, server};

/// A cutout takes a tenth of a second, a part of the download not much longer on a slow network: after a minute without a message the
/// worker is taken for dead.
const PATIENCE: Duration = Duration::from_secs(60);

const WORKER_FAILED: Failure = Failure::new(Fault::Worker, Retry::Search);

/// Gets the worker's answer, or why there is none.
type Waiting = oneshot::Sender<Result<FromEncoder, Failure>>;

/// The worker, once something was to be encoded.
#[derive(Clone, Default)]
pub(crate) struct EncoderClient {
    inner: Rc<RefCell<Inner>>,
}

#[derive(Default)]
struct Inner {
    worker: Option<Running>,
    /// Counts the workers, so that events of an earlier one are ignored.
    generation: u32,
    next_id: u32,
    /// Who waits for the worker to be ready (without an id), or for an answer.
    waiting: Vec<(Option<u32>, Waiting)>,
    /// The last request and its cutout: who asks for the same waits for the same.
    last: Option<(u32, Blob)>,
    watchdog: Option<TimeoutHandle>,
}

struct Running {
    worker: WorkerHandle<FromEncoder>,
    article: NetworkFile,
    /// It has sent a message: its script is there.
    has_begun: bool,
    is_ready: bool,
}

/// Worker, watchdog and closures hold each other: dropping this releases them.
struct EndsWorker(EncoderClient);

impl Drop for EndsWorker {
    fn drop(&mut self) {
        self.0.end(None);
    }
}

impl EncoderClient {
    /// A client whose worker ends with the calling component.
    pub(crate) fn new() -> Self {
        let client = Self::default();
        StoredValue::new_local(EndsWorker(client.clone()));
        client
    }

    /// The numbers of a cutout.
    ///
    /// # Errors
    /// When the worker's files do not arrive, or it fails.
    pub(crate) async fn numbers(&self, cutout: &Cutout) -> Result<Numbers, Failure> {
        self.ready().await?;
        let (id, answer) = {
            let mut inner = self.inner.borrow_mut();
            let (sender, answer) = oneshot::channel();
            let same = inner.last.as_ref().filter(|(_, png)| Object::is(png, &cutout.png)).map(|(id, _)| *id);
            let id = match same.filter(|same| inner.waiting.iter().any(|(id, _)| *id == Some(*same))) {
                Some(id) => id,
                None => {
                    inner.next_id += 1;
                    let id = inner.next_id;
                    let running = inner.worker.as_ref().ok_or(WORKER_FAILED)?;
                    let article = (cutout.subject == Subject::Garment).then(|| Box::new(running.article.clone()));
                    let message = ToEncoder::Encode { id, article };
                    let pictures = [("cutout", cutout.png.as_ref()), ("regions", cutout.regions.as_ref())];
                    running.worker.post(&message, &pictures).map_err(|_| WORKER_FAILED)?;
                    inner.last = Some((id, cutout.png.clone()));
                    id
                }
            };
            inner.waiting.push((Some(id), sender));
            (id, answer)
        };
        self.set_watchdog();
        match answer.await {
            Ok(Ok(FromEncoder::Numbers { body, count, ms, .. })) => {
                leptos::logging::log!("encoded in {ms:.0} ms");
                Ok(Numbers { png: cutout.png.clone(), body, count })
            }
            Ok(Ok(FromEncoder::Failed { code: WorkerFault::NothingLeft, .. })) => {
                Err(Failure::of_photo(Fault::NothingLeft))
            }
            Ok(Ok(message)) => {
                leptos::logging::error!("no numbers of request {id}: {message:?}");
                self.end(Some(WORKER_FAILED));
                Err(WORKER_FAILED)
            }
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(WORKER_FAILED),
        }
    }

    /// Starts the worker unless it runs, and waits until it can encode.
    async fn ready(&self) -> Result<(), Failure> {
        let (sender, ready) = oneshot::channel();
        let generation = {
            let mut inner = self.inner.borrow_mut();
            if inner.worker.as_ref().is_some_and(|running| running.is_ready) {
                return Ok(());
            }
            let is_first = inner.waiting.iter().all(|(id, _)| id.is_some());
            inner.waiting.push((None, sender));
            is_first.then_some(inner.generation)
        };
        if let Some(generation) = generation {
            self.start(generation).await;
        }
        ready.await.map_err(|_| WORKER_FAILED)?.map(drop)
    }

    async fn start(&self, generation: u32) {
        let level = wasm_level();
        if level == WasmLevel::Unsupported {
            return self.end(Some(Failure::new(Fault::Unsupported, Retry::Never)));
        }
        let Ok(files) = api::segmenter_files().await else {
            return self.end(Some(Failure::unreachable(Retry::Search)));
        };
        // The widget may have been removed while the list was on its way.
        if self.inner.borrow().generation != generation {
            return;
        }
        let EncoderFiles { simd, relaxed_simd, query, article, .. } = files.encoder;
        let build = if level == WasmLevel::RelaxedSimd { relaxed_simd } else { simd };
        let at_server = |file: SegmenterFile| SegmenterFile { url: server::address(&file.url), ..file };
        let network = |network: NetworkFile| NetworkFile { file: at_server(network.file), ..network };
        let client = self.clone();
        let receive = move |event| client.receive(generation, event);
        let load = ToEncoder::Load { wasm: at_server(build.wasm), query: Box::new(network(query)) };
        let worker = WorkerHandle::start(&server::address(&build.script), receive);
        match worker.and_then(|worker| worker.post(&load, &[]).map(|()| worker)) {
            Ok(worker) => {
                let running = Running { worker, article: network(article), has_begun: false, is_ready: false };
                self.inner.borrow_mut().worker = Some(running);
                self.set_watchdog();
            }
            Err(_) => self.end(Some(WORKER_FAILED)),
        }
    }

    fn receive(&self, generation: u32, event: WorkerEvent<FromEncoder>) {
        if self.inner.borrow().generation != generation {
            return;
        }
        self.watch(None);
        if let (WorkerEvent::Message(..), Some(running)) = (&event, &mut self.inner.borrow_mut().worker) {
            running.has_begun = true;
        }
        match event {
            WorkerEvent::Message(FromEncoder::Progress, _) => {}
            WorkerEvent::Message(FromEncoder::Ready, _) => {
                if let Some(running) = &mut self.inner.borrow_mut().worker {
                    running.is_ready = true;
                }
                self.answer(None, &Ok(FromEncoder::Ready));
            }
            WorkerEvent::Message(FromEncoder::Failed { id, code: WorkerFault::Unreachable, message }, _) => {
                leptos::logging::error!("the encoder's files did not arrive: {message} ({id:?})");
                self.end(Some(Failure::unreachable(Retry::Search)));
            }
            WorkerEvent::Message(
                message @ (FromEncoder::Numbers { id, .. } | FromEncoder::Failed { id: Some(id), .. }),
                _,
            ) => self.answer(Some(id), &Ok(message)),
            WorkerEvent::Message(message, _) => {
                leptos::logging::error!("the encoder failed: {message:?}");
                self.end(Some(WORKER_FAILED));
            }
            WorkerEvent::Died(reason) => {
                leptos::logging::error!("the encoder died: {reason}");
                // Without any message its script did not arrive: it is not kept on the device, as the segmenter's is.
                let has_begun = self.inner.borrow().worker.as_ref().is_some_and(|running| running.has_begun);
                self.end(Some(if has_begun { WORKER_FAILED } else { Failure::unreachable(Retry::Search) }));
            }
        }
        if !self.inner.borrow().waiting.is_empty() {
            self.set_watchdog();
        }
    }

    /// Gives an answer to whoever waits for it.
    fn answer(&self, id: Option<u32>, answer: &Result<FromEncoder, Failure>) {
        let waiting: Vec<_> = self.inner.borrow_mut().waiting.extract_if(.., |(waiting, _)| *waiting == id).collect();
        for (_, sender) in waiting {
            // Without a receiver nobody waits any more.
            let _ = sender.send(answer.clone());
        }
    }

    /// Ends the worker; whoever waits is told why, if there is a reason.
    fn end(&self, reason: Option<Failure>) {
        self.watch(None);
        let (worker, waiting) = {
            let mut inner = self.inner.borrow_mut();
            inner.generation += 1;
            (inner.worker.take(), std::mem::take(&mut inner.waiting))
        };
        // This may run inside the worker's own event handler: its closures must outlive the call.
        spawn_local(async move { drop(worker) });
        if let Some(failure) = reason {
            for (_, sender) in waiting {
                let _ = sender.send(Err(failure.clone()));
            }
        }
    }

    /// From now on the worker has [`PATIENCE`] for its next message.
    fn set_watchdog(&self) {
        let (client, generation) = (self.clone(), self.inner.borrow().generation);
        let bark = move || client.receive(generation, WorkerEvent::Died("no answer in time".to_owned()));
        self.watch(set_timeout_with_handle(bark, PATIENCE).ok());
    }

    fn watch(&self, watchdog: Option<TimeoutHandle>) {
        if let Some(former) = std::mem::replace(&mut self.inner.borrow_mut().watchdog, watchdog) {
            former.clear();
        }
    }
}
