//! What a server counts and measures of itself. In: events of the code. Out: metrics in Prometheus' text format.
//!
//! Without a [`Recorder`] nothing is kept, and an event costs a few nanoseconds. No metric has a picture, an embedding, an address of a
//! client or a text of a visitor in it: labels are routes, statuses, stages, outcomes and the shop's own feeds.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::Method;
use metrics::{Label, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use stl_types::wire::{AdaptedMatch, FeedState, SearchTiming};

const REQUESTS: &str = "shop_the_look_http_requests_total";
const REQUEST_SECONDS: &str = "shop_the_look_http_request_duration_seconds";
const STAGE_SECONDS: &str = "shop_the_look_search_stage_seconds";
const QUEUE_JOBS: &str = "shop_the_look_queue_jobs";
const QUEUE_LIMIT: &str = "shop_the_look_queue_jobs_limit";
const QUEUE_REFUSED: &str = "shop_the_look_queue_refused_total";
const CATALOGUE_VERSION: &str = "shop_the_look_catalogue_version";
const CATALOGUE_ARTICLES: &str = "shop_the_look_catalogue_articles";
const CATALOGUE_BYTES: &str = "shop_the_look_catalogue_resident_bytes";
const CATALOGUE_SERVED: &str = "shop_the_look_catalogue_served_since_timestamp_seconds";
const CATALOGUE_REFUSED: &str = "shop_the_look_catalogue_refused_total";
const READY: &str = "shop_the_look_ready";
const SPANS: &str = "shop_the_look_trace_spans_total";
const FEED_FETCHES: &str = "shop_the_look_feed_fetches_total";
const FEED_GOOD: &str = "shop_the_look_feed_good_timestamp_seconds";
const FEED_PRODUCTS: &str = "shop_the_look_feed_products";
const FEED_LEFT_OUT: &str = "shop_the_look_feed_rows_left_out";
const SHARDS_MISSING: &str = "shop_the_look_shards_missing_total";
const PART_UP: &str = "shop_the_look_cluster_part_up";
const FOLLOWED: &str = "shop_the_look_cluster_followed_timestamp_seconds";
const IMPORT_JOBS: &str = "shop_the_look_import_jobs";
const MATCH: &str = "shop_the_look_match_info";
const MATCH_TOP_TEN: &str = "shop_the_look_match_top_ten_share";
const DEVICE: &str = "shop_the_look_device_info";
const BUILD: &str = "shop_the_look_build_info";

/// Upper bounds of a request's duration in seconds: from a card to the longest search.
const REQUEST_BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// Upper bounds of a stage's duration in seconds.
const STAGE_BOUNDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0];

/// Keeps what is counted, for the whole process.
#[derive(Clone)]
pub struct Recorder {
    handle: PrometheusHandle,
    process: Collector,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Recorder {
    /// Starts to keep what is counted; a second one in a process is the first.
    ///
    /// # Errors
    /// When the bounds of the histograms cannot be used, which a test checks.
    pub fn start() -> Result<Self, BuildError> {
        static STARTED: OnceLock<Recorder> = OnceLock::new();
        if let Some(started) = STARTED.get() {
            return Ok(started.clone());
        }
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.to_owned()), &REQUEST_BOUNDS)?
            .set_buckets_for_metric(Matcher::Full(STAGE_SECONDS.to_owned()), &STAGE_BOUNDS)?
            .build_recorder();
        let started = STARTED.get_or_init(|| {
            let handle = recorder.handle();
            // Another thread may have been first; its recorder is then this one's.
            _ = metrics::set_global_recorder(recorder);
            describe();
            let process = Collector::default();
            process.describe();
            gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
            Self { handle, process }
        });
        Ok(started.clone())
    }

    /// All metrics of this moment as text.
    #[must_use]
    pub fn text(&self) -> String {
        self.process.collect();
        // Moves what histograms have gathered into their buckets.
        self.handle.run_upkeep();
        self.handle.render()
    }
}

fn describe() {
    describe_counter!(REQUESTS, "Requests by route, method and status");
    describe_histogram!(REQUEST_SECONDS, "Time from a request's headers to its answer's headers");
    describe_histogram!(STAGE_SECONDS, "Time of a search's stages: decode, encode, match, cards");
    describe_gauge!(QUEUE_JOBS, "Searches that run or wait");
    describe_gauge!(QUEUE_LIMIT, "Searches that may run and wait");
    describe_counter!(QUEUE_REFUSED, "Searches that were refused or given up, by reason");
    describe_gauge!(CATALOGUE_VERSION, "The version of the catalogue that is served");
    describe_gauge!(CATALOGUE_ARTICLES, "Articles of the catalogue that is served");
    describe_gauge!(CATALOGUE_BYTES, "Memory that the match needs for them");
    describe_gauge!(CATALOGUE_SERVED, "Since when that version is served");
    describe_counter!(CATALOGUE_REFUSED, "Versions of the catalogue that could not be loaded");
    describe_gauge!(READY, "1 if searches are answered");
    describe_counter!(SPANS, "Spans for a collector by outcome");
    describe_counter!(FEED_FETCHES, "Fetches of scheduled feeds by outcome");
    describe_gauge!(FEED_GOOD, "When a scheduled feed was last known to be the one that is served");
    describe_gauge!(FEED_PRODUCTS, "Products of a scheduled feed");
    describe_gauge!(FEED_LEFT_OUT, "Rows of a scheduled feed that were left out");
    describe_counter!(SHARDS_MISSING, "Searches for which no server of a part of the catalogue answered");
    describe_gauge!(PART_UP, "1 if a part of the cluster was of use when it was last asked");
    describe_gauge!(FOLLOWED, "When the cache was last up to date with the record");
    describe_gauge!(IMPORT_JOBS, "Jobs of the import that runs on workers, by state");
    describe_gauge!(MATCH, "Which match serves");
    describe_gauge!(
        MATCH_TOP_TEN,
        "Share of held-out queries whose article a match ranks among the first ten, as measured by adapt"
    );
    describe_gauge!(DEVICE, "What scores the articles");
    describe_gauge!(BUILD, "The program's version");
}

/// A request's method as a label: a client may send any word.
#[must_use]
pub fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A request was answered. `route` is the pattern of its path, never the path.
pub fn request(route: &str, method: &'static str, status: u16, duration: Duration) {
    let route = route.to_owned();
    counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => status.to_string()).increment(1);
    histogram!(REQUEST_SECONDS, "route" => route, "method" => method).record(duration.as_secs_f64());
}

/// A search was answered.
pub fn search(timing: &SearchTiming) {
    let SearchTiming { decode_ms, encode_ms, match_ms, cards_ms } = *timing;
    for (stage, ms) in [("decode", decode_ms), ("encode", encode_ms), ("match", match_ms), ("cards", cards_ms)] {
        histogram!(STAGE_SECONDS, "stage" => stage).record(f64::from(ms) / 1000.0);
    }
}

/// A search was refused or given up.
pub fn refused(reason: &'static str) {
    counter!(QUEUE_REFUSED, "reason" => reason).increment(1);
}

/// Searches that run or wait, and the most that may.
pub fn queue(jobs: usize, limit: usize) {
    gauge!(QUEUE_JOBS).set(jobs as f64);
    gauge!(QUEUE_LIMIT).set(limit as f64);
}

/// What came of spans: `sent`, `lost` since the collector did not take them, `dropped` since too many waited for it.
pub fn spans(outcome: &'static str, spans: u64) {
    counter!(SPANS, "outcome" => outcome).increment(spans);
}

/// Searches are not answered yet.
pub fn not_ready() {
    gauge!(READY).set(0.0);
}

/// A version of the catalogue is served from now on.
pub fn catalogue(version: u64, articles: usize, resident_bytes: usize, device: String) {
    gauge!(CATALOGUE_VERSION).set(version as f64);
    gauge!(CATALOGUE_ARTICLES).set(articles as f64);
    gauge!(CATALOGUE_BYTES).set(resident_bytes as f64);
    gauge!(CATALOGUE_SERVED).set(jiff::Timestamp::now().as_second() as f64);
    gauge!(READY).set(1.0);
    gauge!(DEVICE, "scored_by" => device).set(1.0);
}

/// A version of the catalogue could not be loaded.
pub fn catalogue_refused() {
    counter!(CATALOGUE_REFUSED).increment(1);
}

/// Which match serves: the shipped one, or one that was adapted to the shop's pictures, with what was measured then.
pub fn served_match(adapted: Option<&AdaptedMatch>) {
    let (shipped_serves, adapted_serves) = if adapted.is_some() { (0.0, 1.0) } else { (1.0, 0.0) };
    gauge!(MATCH, "match" => "shipped").set(shipped_serves);
    gauge!(MATCH, "match" => "adapted").set(adapted_serves);
    // Nothing was measured of the shipped match alone; an earlier adaptation's figures are none of it.
    let (shipped, adapted) =
        adapted.map_or((f64::NAN, f64::NAN), |adapted| (adapted.top_10_shipped, adapted.top_10_adapted));
    gauge!(MATCH_TOP_TEN, "match" => "shipped").set(shipped);
    gauge!(MATCH_TOP_TEN, "match" => "adapted").set(adapted);
}

/// Whether a part of the cluster was of use when it was last asked: `database`, `objects` or `cache`; of `networks`, whether the last version is of this server's.
pub fn cluster_part(part: &'static str, is_up: bool) {
    gauge!(PART_UP, "part" => part).set(if is_up { 1.0 } else { 0.0 });
}

/// The cache is up to date with the record.
pub fn cluster_followed() {
    gauge!(FOLLOWED).set(jiff::Timestamp::now().as_second() as f64);
}

/// How many jobs of imports are in a state.
pub fn import_jobs(state: &'static str, jobs: i64) {
    gauge!(IMPORT_JOBS, "state" => state).set(jobs as f64);
}

/// No server of a part of the catalogue has answered a search.
pub fn shard_missing(part: String) {
    counter!(SHARDS_MISSING, "part" => part).increment(1);
}

/// What came of a scheduled feed. Its address is without secrets.
pub fn feed(state: &FeedState, outcome: &'static str) {
    let labels = vec![Label::new("feed", state.url.clone()), Label::new("market", state.market.clone())];
    let with_outcome: Vec<Label> = labels.iter().cloned().chain([Label::new("outcome", outcome)]).collect();
    counter!(FEED_FETCHES, with_outcome).increment(1);
    gauge!(FEED_PRODUCTS, labels.clone()).set(state.products as f64);
    gauge!(FEED_LEFT_OUT, labels.clone()).set(state.left_out as f64);
    if let Ok(good) = state.last_good.parse::<jiff::Timestamp>() {
        gauge!(FEED_GOOD, labels).set(good.as_second() as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_match_that_serves_has_its_figures_and_the_shipped_one_none() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            served_match(None);
            let text = handle.render();
            for line in [
                r#"shop_the_look_match_info{match="shipped"} 1"#,
                r#"shop_the_look_match_info{match="adapted"} 0"#,
                r#"shop_the_look_match_top_ten_share{match="adapted"} NaN"#,
            ] {
                assert!(text.lines().any(|found| found == line), "{line}: {text}");
            }
            let adapted = AdaptedMatch { top_10_shipped: 0.25, top_10_adapted: 0.5, ..AdaptedMatch::default() };
            served_match(Some(&adapted));
            let text = handle.render();
            for line in [
                r#"shop_the_look_match_info{match="shipped"} 0"#,
                r#"shop_the_look_match_info{match="adapted"} 1"#,
                r#"shop_the_look_match_top_ten_share{match="shipped"} 0.25"#,
                r#"shop_the_look_match_top_ten_share{match="adapted"} 0.5"#,
            ] {
                assert!(text.lines().any(|found| found == line), "{line}: {text}");
            }
        });
    }
}
