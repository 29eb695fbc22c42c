//! Editing a mask. In: strokes of a brush, undo and redo. Out: the mask, and the area of it that has to be drawn again.
//!
//! Masks are `(H, W)` row-major, 0 = removed. Positions are in the mask's pixels: the first one's centre is at (0.5, 0.5).

mod brush;
mod history;
mod keys;
mod veil;

use stl_types::{Rect, Size};

pub(crate) use brush::{Brush, Point, SIZES, USUAL_SIZE, radius};
pub(crate) use keys::{Action, by_key};
pub(crate) use veil::{grown, veil};

use history::{History, Patch};

/// A mask that is being edited.
#[derive(Debug)]
pub(crate) struct MaskEdit {
    size: Size,
    kept: Vec<u8>,
    /// As it was when it was opened.
    opened: Vec<u8>,
    /// As the network had it.
    original: Vec<u8>,
    history: History,
    stroke: Option<Stroke>,
}

/// A stroke that has not ended.
#[derive(Debug)]
struct Stroke {
    brush: Brush,
    radius: f64,
    at: Point,
    /// The mask before it.
    before: Vec<u8>,
    changed: Option<Rect>,
}

impl MaskEdit {
    /// Starts with the mask `kept`; `original` is what [`Self::reset`] goes back to. None when one of them does not fit `size`.
    pub(crate) fn new(size: Size, kept: Vec<u8>, original: Vec<u8>) -> Option<Self> {
        let fits = |mask: &[u8]| mask.len() as u64 == size.area();
        (size.area() > 0 && fits(&kept) && fits(&original)).then(|| Self {
            size,
            opened: kept.clone(),
            kept,
            original,
            history: History::default(),
            stroke: None,
        })
    }

    /// The brush touches the picture. Returns what has changed.
    pub(crate) fn press(&mut self, brush: Brush, radius: f64, at: Point) -> Option<Rect> {
        self.release();
        self.stroke = Some(Stroke { brush, radius, at, before: self.kept.clone(), changed: None });
        self.drag(at)
    }

    /// The brush moves on in a straight line. Returns what has changed; nothing if the brush does not touch the picture.
    pub(crate) fn drag(&mut self, to: Point) -> Option<Rect> {
        let stroke = self.stroke.as_mut()?;
        let changed = brush::paint(&mut self.kept, self.size, stroke.brush, stroke.radius, stroke.at, to);
        stroke.at = to;
        stroke.changed = union(stroke.changed, changed);
        changed
    }

    /// The brush is lifted: the stroke becomes a step that can be undone. Returns what has changed since it was pressed.
    pub(crate) fn release(&mut self) -> Option<Rect> {
        let stroke = self.stroke.take()?;
        let changed = stroke.changed?;
        self.history.record(Patch::copied(&stroke.before, self.size, changed));
        Some(changed)
    }

    /// Reverts the stroke. Returns what has changed.
    pub(crate) fn abort(&mut self) -> Option<Rect> {
        let stroke = self.stroke.take()?;
        let changed = stroke.changed;
        self.kept = stroke.before;
        changed
    }

    /// One step back. Returns what has changed.
    pub(crate) fn undo(&mut self) -> Option<Rect> {
        self.release();
        self.history.undo(&mut self.kept, self.size)
    }

    /// One undone step again. Returns what has changed.
    pub(crate) fn redo(&mut self) -> Option<Rect> {
        self.release();
        self.history.redo(&mut self.kept, self.size)
    }

    /// Back to the network's mask, as a step that can be undone. Returns what has changed.
    pub(crate) fn reset(&mut self) -> Option<Rect> {
        self.release();
        let changed = difference(&self.kept, &self.original, self.size)?;
        self.history.record(Patch::copied(&self.kept, self.size, changed));
        self.kept.clone_from(&self.original);
        Some(changed)
    }

    /// The mask.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Whether there is a step to undo.
    pub(crate) fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Whether there is an undone step.
    pub(crate) fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Whether it is another mask than the one that was opened.
    pub(crate) fn is_changed(&self) -> bool {
        self.kept != self.opened
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.iter().all(|&kept| kept == 0)
    }

    /// Whether the pixel at a position is kept.
    pub(crate) fn is_kept(&self, at: Point) -> bool {
        let along = |at: f64, side: u32| (at.max(0.0) as u32).min(side - 1) as usize;
        let (x, y) = (along(at.x, self.size.width), along(at.y, self.size.height));
        self.kept[y * self.size.width as usize + x] > 0
    }
}

/// The least area that holds both.
fn union(a: Option<Rect>, b: Option<Rect>) -> Option<Rect> {
    let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
    let side = |a: u32, a_length: u32, b: u32, b_length: u32| {
        let from = a.min(b);
        (from, (a + a_length).max(b + b_length) - from)
    };
    let (left, width) = side(a.left, a.width, b.left, b.width);
    let (top, height) = side(a.top, a.height, b.top, b.height);
    Some(Rect { left, top, width, height })
}

/// Where two masks of one size differ.
fn difference(a: &[u8], b: &[u8], size: Size) -> Option<Rect> {
    let differing = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b);
    let pixel = |at: usize| Rect { left: at as u32 % size.width, top: at as u32 / size.width, width: 1, height: 1 };
    differing.fold(None, |all, (at, _)| union(all, Some(pixel(at))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 40, height: 30 };

    fn all_kept() -> MaskEdit {
        MaskEdit::new(SIZE, vec![255; 1200], vec![255; 1200]).expect("it fits")
    }

    fn point(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    fn dab(edit: &mut MaskEdit, brush: Brush, at: Point) -> Option<Rect> {
        edit.press(brush, 3.0, at)?;
        edit.release()
    }

    #[test]
    fn a_mask_of_another_size_is_refused() {
        assert!(MaskEdit::new(SIZE, vec![0; 1199], vec![0; 1200]).is_none());
        assert!(MaskEdit::new(SIZE, vec![0; 1200], Vec::new()).is_none());
        assert!(MaskEdit::new(Size { width: 0, height: 9 }, Vec::new(), Vec::new()).is_none());
    }

    #[test]
    fn a_stroke_is_one_step_and_leaves_no_gap_between_two_positions() {
        let mut edit = all_kept();
        edit.press(Brush::Erase, 1.0, point(5.0, 5.5));
        edit.drag(point(30.0, 5.5));
        edit.drag(point(30.0, 25.0));
        let changed = edit.release().expect("it erased something");
        assert_eq!(changed, Rect { left: 4, top: 4, width: 27, height: 22 });
        assert!((5..30).all(|x| !edit.is_kept(point(f64::from(x) + 0.5, 5.5))), "the whole line");
        assert!((6..25).all(|y| !edit.is_kept(point(29.5, f64::from(y) + 0.5))), "and the next one");
        assert_eq!(edit.undo(), Some(changed));
        assert!(!edit.is_changed() && !edit.can_undo() && edit.can_redo());
    }

    #[test]
    fn undo_and_redo_walk_the_same_way_back_and_forth() {
        let mut edit = all_kept();
        let mut seen = vec![edit.kept().to_vec()];
        for (brush, x) in [(Brush::Erase, 8.0), (Brush::Erase, 12.0), (Brush::Add, 10.0)] {
            dab(&mut edit, brush, point(x, 10.0)).expect("each changes something");
            seen.push(edit.kept().to_vec());
        }
        for before in seen.iter().rev().skip(1) {
            edit.undo();
            assert_eq!(edit.kept(), before);
        }
        assert_eq!(edit.undo(), None);
        for after in &seen[1..] {
            edit.redo();
            assert_eq!(edit.kept(), after);
        }
        assert_eq!(edit.redo(), None);
        edit.undo();
        dab(&mut edit, Brush::Erase, point(30.0, 20.0));
        assert!(!edit.can_redo(), "another stroke ends the other way");
    }

    #[test]
    fn a_stroke_that_changes_nothing_is_no_step() {
        let mut edit = all_kept();
        assert_eq!(dab(&mut edit, Brush::Add, point(8.0, 8.0)), None);
        assert_eq!(dab(&mut edit, Brush::Erase, point(-50.0, 8.0)), None);
        assert!(!edit.can_undo());
    }

    #[test]
    fn a_stroke_that_was_not_meant_leaves_no_trace() {
        let mut edit = all_kept();
        let pressed = edit.press(Brush::Erase, 4.0, point(20.0, 15.0));
        assert_eq!(edit.abort(), pressed);
        assert!(!edit.is_changed() && !edit.can_undo());
        assert_eq!(edit.drag(point(0.0, 0.0)), None, "the brush is lifted");
    }

    #[test]
    fn reset_goes_back_to_the_networks_mask_and_can_be_undone() {
        let mut original = vec![255; 1200];
        original[41] = 0;
        let mut edit = MaskEdit::new(SIZE, vec![255; 1200], original.clone()).expect("it fits");
        assert_eq!(edit.reset(), Some(Rect { left: 1, top: 1, width: 1, height: 1 }));
        assert_eq!(edit.kept(), original);
        assert_eq!(edit.reset(), None, "nothing to do");
        edit.undo();
        assert!(!edit.is_changed());
    }

    #[test]
    fn everything_can_be_erased_and_that_is_known() {
        let mut edit = all_kept();
        edit.press(Brush::Erase, 60.0, point(20.0, 15.0));
        assert!(edit.is_empty());
        assert!(!edit.is_kept(point(40.0, 30.0)), "the far corner is the last pixel");
    }
}
