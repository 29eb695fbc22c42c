//! The device's own time for each pass. In: the matcher's log events. Out: their sum.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Where the events come from.
const TARGET: &str = "stl_server::matching::gpu";

/// Time on a device.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DeviceTime {
    /// Of scoring all rows.
    pub(super) scoring: Duration,
    /// Of the scoring and of merging the lists.
    pub(super) total: Duration,
}

/// Sums the time of all passes.
#[derive(Clone, Default)]
pub(super) struct DeviceClock(Arc<Mutex<Option<DeviceTime>>>);

impl DeviceClock {
    /// A clock that receives the events of this process.
    pub(super) fn subscribe() -> Self {
        let clock = Self::default();
        let filter = Targets::new().with_target(TARGET, Level::DEBUG);
        tracing_subscriber::registry().with(clock.clone().with_filter(filter)).init();
        clock
    }

    /// The time since the last call; `None` if no pass reported one.
    pub(super) fn take(&self) -> Option<DeviceTime> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<S: Subscriber> Layer<S> for DeviceClock {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let (Some(scoring_ns), Some(total_ns)) = (fields.scoring_ns, fields.total_ns) {
            let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let time = sum.get_or_insert_default();
            time.scoring += Duration::from_nanos(scoring_ns);
            time.total += Duration::from_nanos(total_ns);
        }
    }
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    scoring_ns: Option<u64>,
    total_ns: Option<u64>,
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "scoring_ns" => self.scoring_ns = Some(value),
            "total_ns" => self.total_ns = Some(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
