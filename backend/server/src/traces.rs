//! Spans of requests and of a search's stages, for an OpenTelemetry collector. In: requests, and where stages begin. Out: spans, which
//! [`Traces`] sends, if the program has started it.
//!
//! A span has a method, the pattern of a path, a status, a request's id and times. It has no path, no query, no address of a client and nothing of
//! a body.

use std::time::Duration;

pub(crate) use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{RandomIdGenerator, Sampler, SdkTracerProvider};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

use self::collector::Collector;
use self::waiting::Waiting;

mod collector;
mod export;
mod parent;
mod waiting;

pub use self::collector::CollectorError;
pub use self::export::{EndpointError, TraceExport};
pub(crate) use self::parent::{name_parent, parent_of};

/// The target of spans that are sent. Other spans, and all lines of the log, stay here.
const TARGET: &str = "stl_traces";

/// How long the last spans may take to be sent when the program ends.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// From this status on the server has failed, not the client.
const SERVER_ERROR: u16 = 500;

/// Sends spans to a collector.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Sends what [`Traces::layer`] sees. The thread for it begins with the first span.
    ///
    /// # Errors
    /// When the client of HTTP cannot be made.
    pub fn start(export: &TraceExport) -> Result<Self, CollectorError> {
        let resource = resource();
        let waiting = Waiting::new(Collector::new(export, &resource)?);
        // With a parent, its decision; the parts of a trace are sent together.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(export.sample)));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(waiting)
            .with_sampler(sampler)
            .with_id_generator(RandomIdGenerator::default())
            .with_resource(resource)
            .build();
        Ok(Self { provider })
    }

    /// What sees spans, for the program's subscriber.
    #[must_use]
    pub fn layer<S>(&self) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let layer = tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer(env!("CARGO_PKG_NAME")))
            .with_location(false)
            .with_threads(false)
            .with_level(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        let sent = filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET);
        layer.with_filter(sent.with_max_level_hint(LevelFilter::INFO)).boxed()
    }

    /// Sends what waits, within two seconds.
    pub fn stop(&self) {
        if self.provider.shutdown_with_timeout(STOP_TIMEOUT).is_err() {
            let seconds = STOP_TIMEOUT.as_secs();
            tracing::warn!("traces: the collector did not take the last spans within {seconds} s");
        }
    }
}

/// Lets everything pass but spans that are sent: the log has spans of its own.
#[must_use]
pub fn of_the_log() -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    // Without a hint, the log's own level would be no hint either.
    filter_fn(|metadata| metadata.target() != TARGET).with_max_level_hint(LevelFilter::TRACE)
}

/// Who sends.
fn resource() -> Resource {
    let mut random = ChaCha8Rng::from_os_rng();
    let instance = format!("{:016x}{:016x}", random.next_u64(), random.next_u64());
    let attributes = [
        KeyValue::new("service.name", "shop-the-look"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ];
    Resource::builder_empty().with_attributes(attributes).build()
}

/// The span of a request, from its headers to its answer's headers. `parent` is the span that a proxy has named.
pub(crate) fn request(method: &'static str, id: &str, parent: Option<Context>) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        parent: None,
        "request",
        otel.name = method,
        otel.kind = "server",
        http.request.method = method,
        request.id = id
    );
    if let Some(parent) = parent {
        // It fails if no spans are sent.
        let _ = span.set_parent(parent);
    }
    span
}

/// Notes in the span of the request that this task answers how it was answered. `route` is the pattern of its path, never the path.
pub(crate) fn answered(method: &'static str, route: &str, status: u16) {
    let context = Context::current();
    let span = context.span();
    if !span.is_recording() {
        return;
    }
    span.update_name(format!("{method} {route}"));
    span.set_attribute(KeyValue::new("http.route", route.to_owned()));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if status >= SERVER_ERROR {
        span.set_status(Status::error(""));
    }
}

/// A part of the work for the request of this thread or task. It ends when it is dropped. Work for no request has none.
pub(crate) fn stage(name: &'static str) -> Span {
    if !Context::current().has_active_span() {
        return Span::none();
    }
    tracing::info_span!(target: TARGET, "stage", otel.name = name)
}
