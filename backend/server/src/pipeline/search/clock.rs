//! How long a search's stages take. In: where one ends and the next begins. Out: milliseconds, and a span of each.

use std::time::Instant;

use tracing::Span;

use crate::traces;

/// Measures one stage after the other.
pub(super) struct Clock {
    since: Instant,
    /// The span of the stage; none of a clock without spans.
    stage: Option<Span>,
}

impl Clock {
    /// Begins with a stage.
    pub(super) fn start(stage: &'static str) -> Self {
        Self { since: Instant::now(), stage: Some(traces::stage(stage)) }
    }

    /// Begins without spans: what it measures is part of another clock's stage, or of no request.
    pub(super) fn silent() -> Self {
        Self { since: Instant::now(), stage: None }
    }

    /// Milliseconds since the last call. The stage ends, and the next begins, if there is one.
    pub(super) fn lap_ms(&mut self, next: Option<&'static str>) -> f32 {
        let now = Instant::now();
        let lap = now - self.since;
        self.since = now;
        if let Some(stage) = &mut self.stage {
            // First the end, so that stages do not overlap.
            *stage = Span::none();
            *stage = next.map_or_else(Span::none, traces::stage);
        }
        lap.as_secs_f32() * 1000.0
    }
}
