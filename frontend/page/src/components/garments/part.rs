//! The box around a part of the cutout that the visitor marks. In: pointer and arrow keys. Out: the journey's focus.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Div;
use leptos::prelude::*;
use stl_types::{Rect, Size};

use crate::browser;
use crate::i18n::{t_string, use_i18n};
use crate::journey::Journey;
use crate::state::Focus;

/// Least side in pixels of a marked part: below this nothing is recognised.
const MIN_PART_SIDE: u32 = 32;
/// How far an arrow key moves the box, of the cutout's side.
const KEY_STEPS: u32 = 25;

/// The box around a part: drawn, moved and resized at its corners by pointer, moved and resized by arrow keys.
#[component]
pub(super) fn PartBox(size: Size) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let area = NodeRef::<Div>::new();
    let drag = StoredValue::new(None::<Drag>);
    let part = move || match journey.query.focus.get() {
        Focus::Part(part) => part,
        Focus::Everything | Focus::Garment(_) => Rect { left: 0, top: 0, width: size.width, height: size.height },
    };
    let at = move |event: &PointerEvent| {
        let bounds = area.get_untracked()?.get_bounding_client_rect();
        let along = |at: i32, from: f64, length: f64, pixels: u32| {
            ((f64::from(at) - from) / length.max(1.0)).clamp(0.0, 1.0) * f64::from(pixels)
        };
        Some((
            along(event.client_x(), bounds.left(), bounds.width(), size.width),
            along(event.client_y(), bounds.top(), bounds.height(), size.height),
        ))
    };
    let mark = move |part: Rect| journey.mark(part);
    let on_pointer_down = move |event: PointerEvent| {
        event.prevent_default();
        if let Some(element) = area.get_untracked() {
            let _ = element.set_pointer_capture(event.pointer_id());
        }
        let reach = area.get_untracked().map_or(0.0, |area| {
            CORNER_REACH * f64::from(size.width) / area.get_bounding_client_rect().width().max(1.0)
        });
        drag.set_value(at(&event).map(|at| Drag::begin(at, part(), size, reach)));
    };
    let on_pointer_move = move |event: PointerEvent| {
        if let (Some(drag), Some(to)) = (drag.get_value(), at(&event))
            && let Some(part) = drag.part(to, size)
        {
            mark(part);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if let Some(moved) = by_key(part(), &event.key(), event.shift_key(), size) {
            event.prevent_default();
            mark(moved);
            journey.cut_part();
        }
    };
    let on_pointer_up = move |_: PointerEvent| {
        drag.set_value(None);
        journey.cut_part();
    };
    let share = |part: u32, of: u32| 100 * part / of.max(1);
    let label = move || {
        let Rect { left, top, width, height } = part();
        let (left, width) = (share(left, size.width), share(width, size.width));
        let (top, height) = (share(top, size.height), share(height, size.height));
        t_string!(i18n, garments.part_label, left = left, top = top, width = width, height = height)
    };
    let percent = move |of: fn(Rect) -> u32, all: u32| {
        move || format!("{:.2}%", 100.0 * f64::from(of(part())) / f64::from(all.max(1)))
    };
    Effect::new(move || {
        if let Some(element) = area.get() {
            browser::focus_quietly(&element);
        }
    });
    view! {
        <div
            node_ref=area
            class="part-area"
            role="application"
            tabindex="0"
            aria-label=label
            aria-describedby="part-hint"
            data-testid="part"
            on:pointerdown=on_pointer_down
            on:pointermove=on_pointer_move
            on:pointerup=on_pointer_up
            on:pointercancel=on_pointer_up
            on:keydown=on_key
        >
            <div
                class="part"
                style:left=percent(|part| part.left, size.width)
                style:top=percent(|part| part.top, size.height)
                style:width=percent(|part| part.width, size.width)
                style:height=percent(|part| part.height, size.height)
            >
                // Seen only: the area finds the nearest corner.
                <i></i>
                <i></i>
                <i></i>
                <i></i>
            </div>
        </div>
    }
}

/// How near in CSS pixels to a corner a pointer drags it: half of a finger's width.
const CORNER_REACH: f64 = 22.0;

/// What a pointer does with the box, in the cutout's pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Drag {
    /// Draws a box from this point: a new one, or the present one from the corner opposite to the dragged one.
    Draw((f64, f64)),
    /// Moves this box; the point is where it was taken.
    Move((f64, f64), Rect),
}

impl Drag {
    /// A corner within `reach` is dragged, the inside moves, and everything else draws a new box. A box that fills the picture cannot be
    /// moved.
    fn begin(at: (f64, f64), part: Rect, size: Size, reach: f64) -> Self {
        let (left, top) = (f64::from(part.left), f64::from(part.top));
        let (right, bottom) = (left + f64::from(part.width), top + f64::from(part.height));
        let corners = [((left, top), (right, bottom)), ((right, top), (left, bottom))];
        let corners = corners.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]);
        let distance = |corner: (f64, f64)| (corner.0 - at.0).hypot(corner.1 - at.1);
        let nearest = corners.min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)));
        // The inside of a small box can be taken too.
        let reach = reach.min(f64::from(part.width.min(part.height)) / 3.0);
        if let Some((_, opposite)) = nearest.filter(|(corner, _)| distance(*corner) <= reach) {
            return Self::Draw(opposite);
        }
        let is_inside = (left..=right).contains(&at.0) && (top..=bottom).contains(&at.1);
        let fills = part.width == size.width && part.height == size.height;
        if is_inside && !fills { Self::Move(at, part) } else { Self::Draw(at) }
    }

    /// The box once the pointer is at `to`; none if it is too small to be meant.
    fn part(self, to: (f64, f64), size: Size) -> Option<Rect> {
        match self {
            Self::Draw(from) => between(from, to, size),
            Self::Move(from, part) => {
                let moved =
                    |at: u32, by: f64, most: u32| (f64::from(at) + by).round().clamp(0.0, f64::from(most)) as u32;
                let left = moved(part.left, to.0 - from.0, size.width - part.width);
                Some(Rect { left, top: moved(part.top, to.1 - from.1, size.height - part.height), ..part })
            }
        }
    }
}

/// The box between two points, if it is large enough to be meant.
fn between(from: (f64, f64), to: (f64, f64), size: Size) -> Option<Rect> {
    let side = |a: f64, b: f64| (a.min(b) as u32, (a - b).abs() as u32);
    let ((left, width), (top, height)) = (side(from.0, to.0), side(from.1, to.1));
    let is_meant = width >= MIN_PART_SIDE && height >= MIN_PART_SIDE;
    Rect { left, top, width, height }.within(size).filter(|_| is_meant)
}

/// The box that an arrow key makes of one: moved, or with Shift made larger (right, down) or smaller (left, up).
fn by_key(part: Rect, key: &str, resizes: bool, size: Size) -> Option<Rect> {
    let (dx, dy) = match key {
        "ArrowLeft" => (-1, 0),
        "ArrowRight" => (1, 0),
        "ArrowUp" => (0, -1),
        "ArrowDown" => (0, 1),
        _ => return None,
    };
    let step = |sign: i32, side: u32| sign * (side / KEY_STEPS).max(1) as i32;
    let moved = |at: u32, by: i32, least: u32, most: u32| at.saturating_add_signed(by).clamp(least.min(most), most);
    let (dx, dy) = (step(dx, size.width), step(dy, size.height));
    Some(if resizes {
        let width = moved(part.width, dx, MIN_PART_SIDE, size.width - part.left);
        Rect { width, height: moved(part.height, dy, MIN_PART_SIDE, size.height - part.top), ..part }
    } else {
        let left = moved(part.left, dx, 0, size.width - part.width);
        Rect { left, top: moved(part.top, dy, 0, size.height - part.height), ..part }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 400, height: 600 };

    #[test]
    fn a_box_is_drawn_in_any_direction_and_small_ones_are_not_meant() {
        let expected = Some(Rect { left: 100, top: 50, width: 200, height: 100 });
        assert_eq!(between((100.0, 50.0), (300.0, 150.0), SIZE), expected);
        assert_eq!(between((300.0, 150.0), (100.0, 50.0), SIZE), expected);
        assert_eq!(between((100.0, 50.0), (110.0, 150.0), SIZE), None);
    }

    #[test]
    fn corners_are_dragged_the_inside_moves_and_the_rest_draws() {
        let part = Rect { left: 100, top: 100, width: 200, height: 300 };
        let drag = |at| Drag::begin(at, part, SIZE, 20.0);
        // The lower right corner, 10 px beside it: the upper left one stays.
        let expected = Rect { left: 100, top: 100, width: 250, height: 350 };
        assert_eq!(drag((306.0, 408.0)).part((350.0, 450.0), SIZE), Some(expected));
        let expected = Rect { left: 50, top: 100, width: 250, height: 200 };
        assert_eq!(drag((100.0, 400.0)).part((50.0, 300.0), SIZE), Some(expected));
        // Moved, as far as the picture goes.
        assert_eq!(drag((200.0, 200.0)).part((210.0, 190.0), SIZE), Some(Rect { left: 110, top: 90, ..part }));
        assert_eq!(drag((200.0, 200.0)).part((0.0, 600.0), SIZE), Some(Rect { left: 0, top: 300, ..part }));
        assert_eq!(drag((10.0, 10.0)), Drag::Draw((10.0, 10.0)));
        let all = Rect { left: 0, top: 0, width: 400, height: 600 };
        assert_eq!(Drag::begin((200.0, 200.0), all, SIZE, 20.0), Drag::Draw((200.0, 200.0)));
    }

    #[test]
    fn arrow_keys_move_and_resize_the_box_within_the_picture() {
        let part = Rect { left: 0, top: 100, width: 100, height: 480 };
        assert_eq!(by_key(part, "ArrowLeft", false, SIZE), Some(part));
        assert_eq!(by_key(part, "ArrowRight", false, SIZE), Some(Rect { left: 16, ..part }));
        assert_eq!(by_key(part, "ArrowDown", false, SIZE), Some(Rect { top: 120, ..part }));
        assert_eq!(by_key(part, "ArrowDown", true, SIZE), Some(Rect { height: 500, ..part }));
        assert_eq!(by_key(part, "ArrowLeft", true, SIZE), Some(Rect { width: 84, ..part }));
        let small = Rect { width: 33, ..part };
        assert_eq!(by_key(small, "ArrowLeft", true, SIZE), Some(Rect { width: MIN_PART_SIDE, ..part }));
        assert_eq!(by_key(part, "Enter", false, SIZE), None);
    }
}
