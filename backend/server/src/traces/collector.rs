//! Sends spans to a collector by OTLP over HTTP. In: batches of spans. Out: requests of protobuf. What is not taken is lost, and the log says so, once a
//! minute at most, and at the end.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::http::header;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, StatusCode};

use super::export::TraceExport;
use crate::authorities::trusting;
use crate::errors::with_sources;
use crate::metrics;
use crate::parallel::locked;

/// A batch is answered within this.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Time between two lines of the log.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Bytes of an answer at most: it says how many spans were rejected, and why.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// A collector.
#[derive(Debug)]
pub(super) struct Collector {
    client: Client,
    url: String,
    resource: ResourceAttributesWithSchema,
    told: Mutex<Told>,
}

/// What the log has said.
#[derive(Debug, Default)]
struct Told {
    at: Option<Instant>,
    /// Spans that were lost since.
    lost: u64,
}

/// Why spans were not taken, or never will be.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// No client of HTTP.
    #[error("traces cannot be sent: {0}")]
    Client(String),
    /// It cannot be reached, or does not answer in time.
    #[error("{0}")]
    Away(String),
    /// It has answered something else than that it took the spans.
    #[error("expected status 200, got {0}")]
    Refused(StatusCode),
    /// It has taken some.
    #[error("it rejected {rejected} of {sent}")]
    Rejected {
        /// How many it did not take.
        rejected: u64,
        /// How many were sent.
        sent: u64,
    },
}

impl Collector {
    /// A collector of spans of this service. Nothing is sent yet.
    ///
    /// # Errors
    /// When the client of HTTP cannot be made.
    pub(super) fn new(export: &TraceExport, resource: &Resource) -> Result<Self, CollectorError> {
        // For https; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = trusting(|roots| {
            let roots = roots.iter().map(|root| Certificate::from_der(root)).collect::<Result<Vec<_>, _>>()?;
            // A batch a second: a connection for each is made sooner than one that has gone is noticed.
            let client = Client::builder().tls_certs_merge(roots).no_proxy().redirect(Policy::none());
            client.timeout(TIMEOUT).pool_max_idle_per_host(0).build()
        });
        let client = client.map_err(|error| CollectorError::Client(with_sources(&error)))?;
        Ok(Self { client, url: export.url.clone(), resource: resource.into(), told: Mutex::default() })
    }

    /// Sends a batch, and counts what came of it.
    pub(super) async fn send(&self, batch: Vec<SpanData>) {
        let sent = batch.len() as u64;
        let error = match self.post(batch).await {
            Ok(0) => None,
            Ok(rejected) => Some((rejected.min(sent), CollectorError::Rejected { rejected, sent })),
            Err(error) => Some((sent, error)),
        };
        let lost = error.as_ref().map_or(0, |(lost, _)| *lost);
        metrics::spans("sent", sent - lost);
        if let Some((lost, reason)) = error {
            metrics::spans("lost", lost);
            self.tell(lost, &reason);
        }
    }

    /// How many spans of a batch were rejected.
    async fn post(&self, batch: Vec<SpanData>) -> Result<u64, CollectorError> {
        let away = |error: reqwest::Error| CollectorError::Away(with_sources(&error.without_url()));
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let request = self.client.post(&self.url).header(header::CONTENT_TYPE, "application/x-protobuf").body(body);
        let mut response = request.send().await.map_err(away)?;
        if !response.status().is_success() {
            return Err(CollectorError::Refused(response.status()));
        }
        let mut answer = Vec::new();
        while let Some(part) = response.chunk().await.map_err(away)? {
            if answer.len() + part.len() > MAX_ANSWER_BYTES {
                // It has taken them; nothing of so long an answer is needed.
                return Ok(0);
            }
            answer.extend_from_slice(&part);
        }
        let partial = ExportTraceServiceResponse::decode(&answer[..]).ok().and_then(|answer| answer.partial_success);
        Ok(partial.and_then(|partial| partial.rejected_spans.try_into().ok()).unwrap_or_default())
    }

    fn tell(&self, lost: u64, reason: &CollectorError) {
        let mut told = locked(&self.told);
        told.lost += lost;
        if told.at.is_some_and(|at| at.elapsed() < TOLD_EVERY) {
            return;
        }
        let lost = told.lost;
        *told = Told { at: Some(Instant::now()), lost: 0 };
        drop(told);
        tracing::warn!(lost, "traces: the collector at {} did not take spans: {reason}", self.url);
    }

    /// Logs, at the end, the spans that were lost since the last line.
    pub(super) fn tell_rest(&self) {
        let lost = self.take_rest();
        if lost > 0 {
            tracing::warn!(lost, "traces: the collector at {} did not take further spans", self.url);
        }
    }

    fn take_rest(&self) -> u64 {
        std::mem::take(&mut locked(&self.told).lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_within_a_minute_of_a_line_are_left_for_the_next_or_the_end() {
        let export = TraceExport::new("http://127.0.0.1:9", 1.0).expect("an address");
        let collector = Collector::new(&export, &Resource::builder_empty().build()).expect("a client");
        let reason = CollectorError::Refused(StatusCode::NOT_FOUND);
        collector.tell(5, &reason);
        assert_eq!(collector.take_rest(), 0);
        collector.tell(3, &reason);
        collector.tell(4, &reason);
        assert_eq!((collector.take_rest(), collector.take_rest()), (7, 0));
    }
}
