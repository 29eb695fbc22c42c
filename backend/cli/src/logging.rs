//! What becomes of the program's lines and spans. In: a format, and where spans are sent. Out: a log on stderr, and spans for a collector.

use std::io::{self, IsTerminal as _};

use stl_server::traces::{Traces, of_the_log};
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::cli::LogFormat;

/// What is logged unless `RUST_LOG` says otherwise.
const LEVELS: &str = "warn,shop_the_look=info,stl_server=info";

/// Starts the log, and the traces if there are any.
pub(crate) fn start(format: LogFormat, traces: Option<&Traces>) {
    let levels = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LEVELS));
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let log = lines.with_filter(levels.and(of_the_log())).boxed();
    let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> =
        traces.map(Traces::layer).into_iter().chain([log]).collect();
    tracing_subscriber::registry().with(layers).init();
}
