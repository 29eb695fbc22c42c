//! Measures that depend on the neck. In: an [`Upper`]. Out: the size of the opening and the span of a front closure.

use crate::design::{Closure, Neck, Upper};

/// Half width and depth of the neck opening in centimetres.
pub(super) const fn opening(neck: Neck) -> (f32, f32) {
    match neck {
        Neck::Crew => (7.0, 4.2),
        Neck::V => (6.8, 15.5),
        Neck::Scoop => (9.0, 11.0),
        Neck::Boat => (11.5, 3.0),
        Neck::Turtle => (6.6, 1.5),
        Neck::Square => (9.0, 10.0),
        Neck::Collar => (6.2, 3.8),
        Neck::Polo => (6.2, 4.5),
        Neck::Lapels => (6.4, 32.0),
        Neck::Hood => (7.6, 4.6),
    }
}

/// Top and bottom of the closure in the middle of the front.
pub(super) fn closure_span(upper: &Upper, hem: f32) -> (f32, f32) {
    let (_, depth) = opening(upper.neck);
    (
        depth + if upper.neck == Neck::Collar { 0.0 } else { 0.6 },
        if upper.closure == Closure::None { depth + 12.0 } else { hem },
    )
}
