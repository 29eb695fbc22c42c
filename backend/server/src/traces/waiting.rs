//! Spans wait for the collector. In: spans that have ended. Out: batches for a [`Collector`], from a thread of their own.
//!
//! Whoever ends a span never waits: if the queue is full, the span is dropped and counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::runtime::Runtime;

use super::collector::Collector;
use crate::metrics;

/// Spans that wait; each takes about a kilobyte. A search has six.
const MAX_WAITING: usize = 2048;

/// Spans that are sent at once.
const MAX_BATCH: usize = 512;

/// How long the first span of a batch waits for others.
const BATCH_TIME: Duration = Duration::from_secs(1);

/// How long the end waits between two looks at a full queue.
const PAUSE: Duration = Duration::from_millis(10);

/// Spans that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    collector: Arc<Collector>,
    /// None if the system has refused the thread: spans are dropped then. The thread starts with the first span, because `main` sets
    /// environment variables before, which is safe only without threads.
    queue: OnceLock<Option<SyncSender<Message>>>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Ended(Box<SpanData>),
    /// Send what has come before, say so, and end.
    Stop(SyncSender<()>),
}

impl Waiting {
    pub(super) fn new(collector: Collector) -> Self {
        Self { collector: Arc::new(collector), queue: OnceLock::new(), dropped: Arc::default() }
    }

    fn queue(&self) -> Option<&SyncSender<Message>> {
        let start = || {
            let started = start(Arc::clone(&self.collector));
            started.inspect_err(|error| tracing::error!("traces: no span is sent: {error}")).ok()
        };
        self.queue.get_or_init(start).as_ref()
    }
}

fn start(collector: Arc<Collector>) -> std::io::Result<SyncSender<Message>> {
    let (queue, waiting) = mpsc::sync_channel(MAX_WAITING);
    // The runtime is made in the thread: a request, which may be what starts it, must not drop one if the thread is refused.
    let send = move || match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => send(&waiting, &collector, &runtime),
        Err(error) => {
            tracing::error!("traces: no span is sent: {error}");
            drop_all(&waiting);
        }
    };
    std::thread::Builder::new().name("traces".to_owned()).spawn(send)?;
    Ok(queue)
}

fn drop_all(waiting: &Receiver<Message>) {
    while let Ok(message) = waiting.recv() {
        match message {
            Message::Ended(_) => metrics::spans("dropped", 1),
            Message::Stop(stopped) => {
                let _ = stopped.send(());
                return;
            }
        }
    }
}

fn send(waiting: &Receiver<Message>, collector: &Collector, runtime: &Runtime) {
    while let Ok(first) = waiting.recv() {
        let (batch, stopped) = batch(first, waiting);
        if !batch.is_empty() {
            runtime.block_on(collector.send(batch));
        }
        if let Some(stopped) = stopped {
            collector.tell_rest();
            let _ = stopped.send(());
            return;
        }
    }
}

/// What comes within a second, and whether it is the last.
fn batch(first: Message, waiting: &Receiver<Message>) -> (Vec<SpanData>, Option<SyncSender<()>>) {
    let (end, mut batch, mut next) = (Instant::now() + BATCH_TIME, Vec::new(), first);
    loop {
        match next {
            Message::Ended(span) => batch.push(*span),
            Message::Stop(stopped) => return (batch, Some(stopped)),
        }
        if batch.len() == MAX_BATCH {
            return (batch, None);
        }
        match waiting.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(message) => next = message,
            Err(_) => return (batch, None),
        }
    }
}

impl SpanProcessor for Waiting {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let Some(queue) = self.queue() else {
            metrics::spans("dropped", 1);
            return;
        };
        if let Err(TrySendError::Full(_)) = queue.try_send(Message::Ended(Box::new(span))) {
            metrics::spans("dropped", 1);
            if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
                tracing::warn!(
                    "traces: {MAX_WAITING} spans wait for the collector: further ones are dropped until there is room"
                );
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        // Nothing here calls it: spans are sent within a second, and at the end.
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let end = Instant::now() + timeout;
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "traces: spans were dropped, as the collector was too slow for them");
        }
        let Some(Some(queue)) = self.queue.get() else { return Ok(()) };
        let (stop, stopped) = mpsc::sync_channel(1);
        let mut message = Message::Stop(stop);
        loop {
            match queue.try_send(message) {
                Ok(()) => break,
                Err(TrySendError::Disconnected(_)) => return Err(OTelSdkError::AlreadyShutdown),
                Err(TrySendError::Full(_)) if Instant::now() >= end => return Err(OTelSdkError::Timeout(timeout)),
                Err(TrySendError::Full(same)) => message = same,
            }
            std::thread::sleep(PAUSE);
        }
        let rest = end.saturating_duration_since(Instant::now());
        stopped.recv_timeout(rest).map_err(|_| OTelSdkError::Timeout(timeout))
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;
    use crate::traces::TraceExport;

    fn waiting_for(address: &str) -> Waiting {
        let export = TraceExport::new(address, 1.0).expect("an address");
        let resource = Resource::builder_empty().build();
        Waiting::new(Collector::new(&export, &resource).expect("a client"))
    }

    #[tokio::test]
    async fn without_the_thread_spans_are_dropped_and_the_end_is_at_once() {
        let waiting = Waiting { queue: OnceLock::from(None), ..waiting_for("http://127.0.0.1:9") };
        let provider = SdkTracerProvider::builder().with_span_processor(waiting).build();
        let tracer = provider.tracer("test");
        for _ in 0..3 {
            tracer.start("request").end();
        }
        assert!(provider.shutdown_with_timeout(Duration::ZERO).is_ok());
    }

    #[test]
    fn a_collector_that_hangs_holds_up_no_span_and_the_end_is_bounded() {
        // Connections are made by the system, and nobody answers.
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", silent.local_addr().expect("an address"));
        let waiting = waiting_for(&address);
        let dropped = Arc::clone(&waiting.dropped);
        let provider = SdkTracerProvider::builder().with_span_processor(waiting).build();
        let tracer = provider.tracer("test");

        let (start, spans) = (Instant::now(), 4000);
        for _ in 0..spans {
            tracer.start("request").end();
        }
        // Less than one batch takes to be given up.
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        let dropped = dropped.load(Ordering::Relaxed);
        let expected = spans - (MAX_WAITING + MAX_BATCH) as u64;
        assert!((expected..=expected + MAX_BATCH as u64).contains(&dropped), "{dropped} dropped, {expected} expected");

        let start = Instant::now();
        assert!(provider.shutdown_with_timeout(Duration::from_millis(200)).is_err());
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
}
