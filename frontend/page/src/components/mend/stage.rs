//! The photo under its veil, and the brush on it. In: mouse, finger and pen. Out: strokes.

use leptos::ev::PointerEvent;
use leptos::prelude::*;

use super::editor::Editor;
use crate::browser;
use crate::i18n::{t_string, use_i18n};
use crate::mask_edit::{Brush, Point, radius};
use crate::state::Photo;

/// A pen's other end, as `PointerEvent.buttons` names it.
const ERASER_END: u16 = 32;
/// The buttons that paint: the first one, a touch, and a pen's other end.
const PAINTING: [i16; 2] = [0, 5];

/// Photo, veil and brush. The mask has the photo's aspect, so one lies on the other stretched to the same box.
#[component]
pub(crate) fn Stage(editor: Editor, photo: Photo) -> impl IntoView {
    let i18n = use_i18n();
    let (canvas, picture) = (editor.canvas, editor.picture);
    // The pointer that paints; further fingers do not.
    let painting = StoredValue::new(None::<i32>);
    let paints = move |event: &PointerEvent| painting.get_value() == Some(event.pointer_id());
    let at = move |event: &PointerEvent| {
        let bounds = canvas.get_untracked()?.get_bounding_client_rect();
        let along =
            |at: i32, from: f64, length: f64, side: u32| (f64::from(at) - from) / length.max(1.0) * f64::from(side);
        Some(Point {
            x: along(event.client_x(), bounds.left(), bounds.width(), picture.width),
            y: along(event.client_y(), bounds.top(), bounds.height(), picture.height),
        })
    };
    let on_pointer_down = move |event: PointerEvent| {
        if painting.get_value().is_some() || !event.is_primary() || !PAINTING.contains(&event.button()) {
            return;
        }
        let (Some(canvas), Some(at)) = (canvas.get_untracked(), at(&event)) else { return };
        painting.set_value(Some(event.pointer_id()));
        // Fails if the pointer is gone already: then the stroke is a dot.
        let _ = canvas.set_pointer_capture(event.pointer_id());
        let erases = event.buttons() & ERASER_END != 0;
        editor.press(if erases { Brush::Erase } else { editor.brush.get_untracked() }, at);
    };
    let on_pointer_move = move |event: PointerEvent| {
        let is_painting = painting.get_value().is_some();
        if let Some(at) = at(&event).filter(|_| !is_painting || paints(&event)) {
            editor.drag(at);
        }
    };
    let lift = move |event: &PointerEvent| {
        let paints = paints(event);
        if paints {
            painting.set_value(None);
        }
        paints
    };
    Effect::new(move || {
        if let Some(canvas) = canvas.get() {
            editor.draw_all();
            browser::focus_quietly(&canvas);
        }
    });
    let percent = |part: f64, of: u32| format!("{:.2}%", 100.0 * part / f64::from(of));
    view! {
        <div class="mend__stage">
            <div
                class="mend__picture"
                style=("--ratio", format!("{:.4}", f64::from(picture.width) / f64::from(picture.height)))
            >
                <img
                    class="mend__photo"
                    src=photo.url.as_str().to_owned()
                    alt=move || t_string!(i18n, look.photo_alt)
                    draggable="false"
                />
                <canvas
                    node_ref=canvas
                    class="mend__veil"
                    width=picture.width.to_string()
                    height=picture.height.to_string()
                    role="application"
                    tabindex="0"
                    aria-label=move || t_string!(i18n, mend.picture)
                    aria-describedby="mend-hint mend-keys"
                    data-testid="mend-canvas"
                    on:pointerdown=on_pointer_down
                    on:pointermove=on_pointer_move
                    on:pointerup=move |event| {
                        if lift(&event) {
                            editor.release();
                        }
                    }
                    on:pointercancel=move |event| {
                        if lift(&event) {
                            editor.abort();
                        }
                    }
                    on:blur=move |_| {
                        painting.set_value(None);
                        editor.release();
                    }
                ></canvas>
                <div
                    class="mend__brush"
                    class:mend__brush--erases=move || editor.brush.get() == Brush::Erase
                    aria-hidden="true"
                    style:left=move || percent(editor.at.get().x, picture.width)
                    style:top=move || percent(editor.at.get().y, picture.height)
                    style:width=move || percent(2.0 * radius(editor.size.get(), picture), picture.width)
                ></div>
            </div>
        </div>
    }
}
