//! Which of the garments is searched for: outlines and labels on the cutout, buttons beside it, and a box that the visitor draws.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Div;
use leptos::prelude::*;
use stl_types::wire::SeenGarment;
use stl_types::{Rect, Size};

use crate::browser;
use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use crate::journey::Journey;
use crate::state::{Cutout, Focus};

/// Least side in pixels of a marked part: below this nothing is recognised.
const MIN_PART_SIDE: u32 = 32;
/// How far an arrow key moves the box, of the cutout's side.
const KEY_STEPS: u32 = 25;

/// The part that is first marked: the largest garment's box, or the middle.
fn first_part(cutout: &Cutout) -> Rect {
    let Cutout { width, height, .. } = *cutout;
    let middle = Rect { left: width / 4, top: height / 4, width: width / 2, height: height / 2 };
    cutout.garments.first().map_or(middle, |garment| {
        let place = garment.place;
        Rect { left: place.left, top: place.top, width: place.width, height: place.height }
    })
}

fn size_of(cutout: &Cutout) -> Size {
    Size { width: cutout.width, height: cutout.height }
}

/// A row of choices: everything, each garment seen, a part.
#[component]
pub(crate) fn GarmentBar() -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let choice = move |focus: Focus, name: &'static str, label: String| {
        let is_chosen = move || match (focus, journey.query.focus.get()) {
            (Focus::Part(_), Focus::Part(_)) => true,
            (focus, chosen) => focus == chosen,
        };
        view! {
            <li>
                <button
                    type="button"
                    class="chip"
                    data-testid="garment"
                    data-garment=name
                    aria-pressed=move || is_chosen().to_string()
                    on:click=move |_| {
                        if !is_chosen() {
                            journey.focus_on(focus);
                        }
                    }
                >
                    {label}
                </button>
            </li>
        }
    };
    let choices = move || {
        journey.query.cutout.with(|cutout| {
            let cutout = cutout.as_ref()?;
            let locale = i18n.get_locale();
            let garments = cutout.garments.iter().map(|garment| {
                let name = garment.category.as_str();
                choice(Focus::Garment(garment.category), name, format::heading(locale, garment.category))
            });
            let all = choice(Focus::Everything, "all", t_string!(i18n, garments.all));
            let part = choice(Focus::Part(first_part(cutout)), "part", t_string!(i18n, garments.mark));
            // Parts are cut out of the photo, and a saved look has none.
            let part = journey.query.photo.with(Option::is_some).then_some(part);
            Some(std::iter::once(all).chain(garments).chain(part).collect_view())
        })
    };
    let is_part = move || journey.query.focus.with(|focus| matches!(focus, Focus::Part(_)));
    view! {
        <div class="garments" role="group" aria-labelledby="garments-heading">
            <p id="garments-heading" class="garments__heading">{t!(i18n, garments.heading)}</p>
            <ul class="chips">{choices}</ul>
            <Show when=is_part>
                <p class="garments__hint" id="part-hint">{t!(i18n, garments.part_hint)}</p>
            </Show>
        </div>
    }
}

/// The garments' outlines, a button on each, and the box around a marked part.
#[component]
pub(crate) fn GarmentMarks(cutout: Cutout) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let size = size_of(&cutout);
    let percent = |part: f64, of: u32| format!("{:.2}%", 100.0 * part / f64::from(of));
    let outlines = cutout
        .garments
        .iter()
        .map(|garment| {
            let (category, path) = (garment.category, garment.path.clone());
            view! {
                <path
                    d=path
                    class:outline--chosen=move || journey.query.focus.get() == Focus::Garment(category)
                    on:click=move |_| journey.focus_on(Focus::Garment(category))
                />
            }
        })
        .collect_view();
    let is_part = move || journey.query.focus.with(|focus| matches!(focus, Focus::Part(_)));
    let tops = apart(cutout.garments.iter().map(|garment| garment.place).collect(), size);
    let labels = cutout
        .garments
        .iter()
        .zip(tops)
        .map(|(garment, top)| {
            let (category, place) = (garment.category, garment.place);
            let name = move || format::heading(i18n.get_locale(), category);
            view! {
                <button
                    type="button"
                    class="mark"
                    style:left=percent(f64::from(place.left) + f64::from(place.width) / 2.0, size.width)
                    style:top=percent(top, size.height)
                    hidden=is_part
                    aria-label=move || t_string!(i18n, garments.seen, garment = name())
                    aria-pressed=move || (journey.query.focus.get() == Focus::Garment(category)).to_string()
                    on:click=move |_| journey.focus_on(Focus::Garment(category))
                >
                    {name}
                </button>
            }
        })
        .collect_view();
    let view_box = format!("0 0 {} {}", size.width, size.height);
    view! {
        <svg class="outlines" viewBox=view_box preserveAspectRatio="none" aria-hidden="true" fill-rule="evenodd">
            {outlines}
        </svg>
        {labels}
        <Show when=is_part>
            <PartBox size />
        </Show>
    }
}

/// Least distance between labels, as a share of the picture's height.
const LABEL_SHARE: f64 = 0.07;

/// The rows of the garments' labels: in the middle of each, moved down where two would lie over each other.
fn apart(places: Vec<SeenGarment>, size: Size) -> Vec<f64> {
    let middle = |place: &SeenGarment| f64::from(place.top) + f64::from(place.height) / 2.0;
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| middle(&places[a]).total_cmp(&middle(&places[b])));
    let (mut rows, mut last) = (vec![0.0; places.len()], f64::NEG_INFINITY);
    for at in order {
        last = middle(&places[at]).max(last + LABEL_SHARE * f64::from(size.height));
        rows[at] = last;
    }
    rows
}

/// The box around a part: drawn by pointer, moved and resized by arrow keys.
#[component]
fn PartBox(size: Size) -> impl IntoView {
    let (journey, i18n) = (expect_context::<Journey>(), use_i18n());
    let area = NodeRef::<Div>::new();
    // Where the pointer went down, in the cutout's pixels.
    let start = StoredValue::new(None::<(f64, f64)>);
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
        start.set_value(at(&event));
    };
    let on_pointer_move = move |event: PointerEvent| {
        if let (Some(from), Some(to)) = (start.get_value(), at(&event))
            && let Some(drawn) = between(from, to, size)
        {
            mark(drawn);
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
        start.set_value(None);
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
            ></div>
        </div>
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
    fn labels_do_not_lie_over_each_other() {
        let place = |top, height| SeenGarment { left: 0, top, width: 100, height, share: 0.1 };
        let rows = apart(vec![place(300, 200), place(100, 100), place(140, 40), place(120, 60)], SIZE);
        assert_eq!(rows, [400.0, 150.0, 234.0, 192.0]);
    }

    #[test]
    fn a_box_is_drawn_in_any_direction_and_small_ones_are_not_meant() {
        let expected = Some(Rect { left: 100, top: 50, width: 200, height: 100 });
        assert_eq!(between((100.0, 50.0), (300.0, 150.0), SIZE), expected);
        assert_eq!(between((300.0, 150.0), (100.0, 50.0), SIZE), expected);
        assert_eq!(between((100.0, 50.0), (110.0, 150.0), SIZE), None);
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
