//! Flags of traces. In: the command line. Out: a [`TraceExport`], if spans are sent.

use clap::{ArgAction, Args};

use super::error::ConfigError;
use super::values::{share, switch};
use crate::traces::TraceExport;

/// The value of `--otlp-sample` if it is not given: every request.
pub(super) const SAMPLE: f64 = 1.0;

/// Flags of traces.
#[derive(Clone, Debug, Args)]
pub struct TraceArgs {
    /// Send spans of requests and of a search's stages to this OpenTelemetry collector, by OTLP over HTTP, e.g. http://127.0.0.1:4318
    #[arg(long, env = "SHOP_THE_LOOK_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Share of the requests whose spans are sent, from 0 to 1
    #[arg(long, env = "SHOP_THE_LOOK_OTLP_SAMPLE", value_name = "SHARE", default_value_t = SAMPLE, value_parser = share)]
    pub otlp_sample: f64,
    /// Continue the trace that the proxy in front of the server names in traceparent, and its choice of requests; only if nobody else reaches the server
    #[arg(long, env = "SHOP_THE_LOOK_OTLP_TRACEPARENT", action = ArgAction::Set, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    #[arg(value_parser = switch())]
    pub otlp_traceparent: bool,
}

impl TraceArgs {
    /// Where spans are sent; none if they are not.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn export(&self) -> Result<Option<TraceExport>, ConfigError> {
        let export = self.otlp_endpoint.as_deref().map(|endpoint| TraceExport::new(endpoint, self.otlp_sample));
        export.transpose().map_err(ConfigError::Endpoint)
    }
}
