//! The brush by keyboard. In: a key. Out: what it does, and where it takes the brush.

use stl_types::Size;

use super::{Point, SIZES};

/// An arrow key's step, of the picture's longer side: fine, and with Shift coarse.
const STEPS: (f64, f64) = (1.0 / 100.0, 1.0 / 12.0);

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Action {
    /// The brush goes somewhere.
    Move(Point),
    /// Another size.
    Size(u32),
    /// The brush touches the picture until the key is released.
    Press,
    /// One step back.
    Undo,
    /// One step forward.
    Redo,
}

/// What a key does to a brush of size `chosen` that is `at` a position of a picture; none if it does nothing here.
/// `shift` and `command` (Ctrl, or ⌘) are held.
pub(crate) fn by_key(key: &str, (shift, command): (bool, bool), at: Point, chosen: u32, mask: Size) -> Option<Action> {
    if command {
        return match (key, shift) {
            ("z" | "Z", false) => Some(Action::Undo),
            ("z" | "Z", true) | ("y" | "Y", false) => Some(Action::Redo),
            _ => None,
        };
    }
    let share = if shift { STEPS.1 } else { STEPS.0 };
    let step = (f64::from(mask.width.max(mask.height)) * share).max(1.0);
    let moved = |x: f64, y: f64| {
        let along = |at: f64, by: f64, side: u32| (at + by * step).clamp(0.0, f64::from(side));
        Some(Action::Move(Point { x: along(at.x, x, mask.width), y: along(at.y, y, mask.height) }))
    };
    match key {
        "ArrowLeft" => moved(-1.0, 0.0),
        "ArrowRight" => moved(1.0, 0.0),
        "ArrowUp" => moved(0.0, -1.0),
        "ArrowDown" => moved(0.0, 1.0),
        // Where + needs Shift, = is the same key.
        "+" | "=" => Some(Action::Size((chosen + 1).min(SIZES))),
        "-" | "_" => Some(Action::Size(chosen.saturating_sub(1).max(1))),
        " " | "Enter" => Some(Action::Press),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 300, height: 600 };
    const AT: Point = Point { x: 150.0, y: 300.0 };

    fn plain(key: &str, at: Point, chosen: u32) -> Option<Action> {
        by_key(key, (false, false), at, chosen, SIZE)
    }

    #[test]
    fn arrow_keys_move_the_brush_and_shift_moves_it_further() {
        assert_eq!(plain("ArrowRight", AT, 3), Some(Action::Move(Point { x: 156.0, y: 300.0 })));
        assert_eq!(plain("ArrowUp", AT, 3), Some(Action::Move(Point { x: 150.0, y: 294.0 })));
        let far = by_key("ArrowLeft", (true, false), AT, 3, SIZE);
        assert_eq!(far, Some(Action::Move(Point { x: 100.0, y: 300.0 })));
    }

    #[test]
    fn the_brush_stays_on_the_picture() {
        let corner = Point { x: 2.0, y: 599.0 };
        assert_eq!(plain("ArrowLeft", corner, 3), Some(Action::Move(Point { x: 0.0, y: 599.0 })));
        assert_eq!(plain("ArrowDown", corner, 3), Some(Action::Move(Point { x: 2.0, y: 600.0 })));
        let tiny = by_key("ArrowRight", (false, false), AT, 3, Size { width: 300, height: 4 });
        assert_eq!(tiny, Some(Action::Move(Point { x: 153.0, y: 4.0 })));
    }

    #[test]
    fn plus_and_minus_change_the_size_within_its_bounds() {
        assert_eq!((plain("+", AT, 3), plain("=", AT, SIZES)), (Some(Action::Size(4)), Some(Action::Size(SIZES))));
        assert_eq!((plain("-", AT, 3), plain("-", AT, 1)), (Some(Action::Size(2)), Some(Action::Size(1))));
    }

    #[test]
    fn the_ways_back_are_those_of_other_programs_and_other_keys_stay_the_browsers() {
        let command = |key, shift| by_key(key, (shift, true), AT, 3, SIZE);
        assert_eq!((command("z", false), command("Z", true)), (Some(Action::Undo), Some(Action::Redo)));
        assert_eq!((command("y", false), command("+", false)), (Some(Action::Redo), None));
        assert_eq!((plain("z", AT, 3), plain("Tab", AT, 3), plain(" ", AT, 3)), (None, None, Some(Action::Press)));
    }
}
