//! The mask under the brush. In: pointer, keys and buttons. Out: the veil on the canvas, and messages for screen readers.

use leptos::html::Canvas;
use leptos::prelude::*;
use stl_types::{Rect, Size};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, EventTarget, ImageData};

use crate::i18n::{I18n, t_string};
use crate::mask_edit::{Action, Brush, MaskEdit, Point, SIZES, USUAL_SIZE, grown, radius, veil};

/// The state of the dialog; a handle, copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Editor {
    /// Columns and rows of the mask.
    pub(crate) picture: Size,
    /// Shows the veil.
    pub(crate) canvas: NodeRef<Canvas>,
    /// What the brush does.
    pub(crate) brush: RwSignal<Brush>,
    /// How large it is, from 1 to [`SIZES`].
    pub(crate) size: RwSignal<u32>,
    /// Where it is.
    pub(crate) at: RwSignal<Point>,
    /// Whether there are steps to undo and to redo.
    pub(crate) steps: RwSignal<(bool, bool)>,
    edit: StoredValue<MaskEdit>,
    /// What the brush does while it touches the picture.
    pressed: StoredValue<Option<Brush>>,
    /// The last message, and how many there were.
    said: RwSignal<(Said, u32)>,
}

/// A message to the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing yet.
    Nothing,
    /// A stroke has ended, and whether it has changed something.
    Painted(Brush, bool),
    /// A step back.
    Undone,
    /// A step forward.
    Redone,
    /// Back to the start.
    Reset,
    /// The brush has another size.
    Size(u32),
    /// Where the brush is, in percent from the left and from above, and whether that is kept.
    At(u32, u32, bool),
    /// Nothing is left to go on with.
    NothingLeft,
}

impl Editor {
    /// Starts with the brush in the middle.
    pub(crate) fn new(edit: MaskEdit) -> Self {
        let picture = edit.size();
        let middle = Point { x: f64::from(picture.width) / 2.0, y: f64::from(picture.height) / 2.0 };
        Self {
            picture,
            canvas: NodeRef::new(),
            brush: RwSignal::new(Brush::Erase),
            size: RwSignal::new(USUAL_SIZE),
            at: RwSignal::new(middle),
            steps: RwSignal::new((false, false)),
            edit: StoredValue::new(edit),
            pressed: StoredValue::new(None),
            said: RwSignal::new((Said::Nothing, 0)),
        }
    }

    /// Draws the whole veil.
    pub(crate) fn draw_all(self) {
        let Size { width, height } = self.picture;
        self.draw(Some(Rect { left: 0, top: 0, width, height }));
    }

    /// Handles a key.
    pub(crate) fn act(self, action: Action) {
        match action {
            Action::Move(to) if self.is_pressed() => self.drag(to),
            Action::Move(to) => {
                self.at.set(to);
                let percent = |at: f64, side: u32| (100.0 * at / f64::from(side)).round() as u32;
                let is_kept = self.edit.with_value(|edit| edit.is_kept(to));
                self.say(Said::At(percent(to.x, self.picture.width), percent(to.y, self.picture.height), is_kept));
            }
            Action::Size(size) => {
                self.size.set(size);
                self.say(Said::Size(size));
            }
            Action::Press => self.press(self.brush.get_untracked(), self.at.get_untracked()),
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
        }
    }

    /// The brush touches the picture.
    pub(crate) fn press(self, brush: Brush, at: Point) {
        self.release();
        self.at.set(at);
        self.pressed.set_value(Some(brush));
        let radius = radius(self.size.get_untracked(), self.picture);
        self.change(|edit| edit.press(brush, radius, at));
    }

    /// The brush goes on, and paints if it touches the picture.
    pub(crate) fn drag(self, to: Point) {
        self.at.set(to);
        if self.is_pressed() {
            self.change(|edit| edit.drag(to));
        }
    }

    /// The brush is lifted.
    pub(crate) fn release(self) {
        if let Some(brush) = self.pressed.get_value() {
            self.pressed.set_value(None);
            let changed = self.change(MaskEdit::release);
            self.say(Said::Painted(brush, changed));
        }
    }

    /// The browser cancelled the pointer, for example for its own gesture: reverts the stroke.
    pub(crate) fn abort(self) {
        self.pressed.set_value(None);
        self.change(MaskEdit::abort);
    }

    /// One step back.
    pub(crate) fn undo(self) {
        self.release();
        if self.change(MaskEdit::undo) {
            self.say(Said::Undone);
        }
    }

    /// One step forth again.
    pub(crate) fn redo(self) {
        self.release();
        if self.change(MaskEdit::redo) {
            self.say(Said::Redone);
        }
    }

    /// Back to the network's mask.
    pub(crate) fn reset(self) {
        self.release();
        self.change(MaskEdit::reset);
        self.say(Said::Reset);
    }

    /// The edited mask; none if it is unchanged.
    ///
    /// # Errors
    /// The message when nothing is left of the picture.
    pub(crate) fn finished(self) -> Result<Option<Vec<u8>>, Said> {
        self.release();
        self.edit.with_value(|edit| match (edit.is_changed(), edit.is_empty()) {
            (false, _) => Ok(None),
            (true, true) => Err(Said::NothingLeft),
            (true, false) => Ok(Some(edit.kept().to_vec())),
        })
    }

    /// Whether an event comes from the canvas.
    pub(crate) fn is_canvas(self, target: Option<EventTarget>) -> bool {
        let canvas = self.canvas.get_untracked().map(|canvas| EventTarget::from(canvas.clone()));
        target.is_some() && target == canvas
    }

    /// Shows a message.
    pub(crate) fn say(self, said: Said) {
        self.said.update(|(last, times)| (*last, *times) = (said, times.wrapping_add(1)));
    }

    /// The last message in words.
    pub(crate) fn words(self, i18n: I18n) -> String {
        let (said, times) = self.said.get();
        let mut words = match said {
            Said::Nothing => String::new(),
            Said::Painted(Brush::Add, true) => t_string!(i18n, mend.added),
            Said::Painted(Brush::Add, false) => t_string!(i18n, mend.added_nothing),
            Said::Painted(Brush::Erase, true) => t_string!(i18n, mend.erased),
            Said::Painted(Brush::Erase, false) => t_string!(i18n, mend.erased_nothing),
            Said::Undone => t_string!(i18n, mend.undone),
            Said::Redone => t_string!(i18n, mend.redone),
            Said::Reset => t_string!(i18n, mend.was_reset),
            Said::Size(size) => t_string!(i18n, mend.now_size, size = size, most = SIZES),
            Said::At(left, top, true) => t_string!(i18n, mend.at_kept, left = left, top = top),
            Said::At(left, top, false) => t_string!(i18n, mend.at_removed, left = left, top = top),
            Said::NothingLeft => t_string!(i18n, mend.nothing_left),
        };
        // Screen readers do not read the same text again, so it has to differ.
        if times % 2 == 1 {
            words.push('\u{a0}');
        }
        words
    }

    fn is_pressed(self) -> bool {
        self.pressed.with_value(Option::is_some)
    }

    /// Changes the mask and draws what has changed; whether anything has.
    fn change(self, change: impl FnOnce(&mut MaskEdit) -> Option<Rect>) -> bool {
        let changed = self.edit.try_update_value(change).flatten();
        self.draw(changed);
        let steps = self.edit.with_value(|edit| (edit.can_undo(), edit.can_redo()));
        if self.steps.get_untracked() != steps {
            self.steps.set(steps);
        }
        changed.is_some()
    }

    fn draw(self, changed: Option<Rect>) {
        let (Some(changed), Some(canvas)) = (changed, self.canvas.get_untracked()) else { return };
        let area = grown(changed, self.picture);
        let rgba = self.edit.with_value(|edit| veil(edit.kept(), self.picture, area));
        let context = canvas.get_context("2d").ok().flatten();
        let context = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
        let pixels = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&rgba), area.width, area.height);
        if let (Some(context), Ok(pixels)) = (context, pixels) {
            // Fails only for pixels that another thread has taken, and there is none.
            let _ = context.put_image_data(&pixels, f64::from(area.left), f64::from(area.top));
        }
    }
}
