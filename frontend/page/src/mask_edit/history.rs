//! Undo and redo. In: what a step has overwritten. Out: the mask one step back or forward.

use std::collections::VecDeque;

use stl_types::{Rect, Size};

/// Steps that can be undone: more than anyone remembers.
const MAX_STEPS: usize = 30;

/// Bytes that all of them may take: ten strokes all over the largest cutout, and the last one in any case.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A part of a mask.
#[derive(Debug)]
pub(crate) struct Patch {
    area: Rect,
    bytes: Vec<u8>,
}

/// What was overwritten, and what was undone.
#[derive(Debug, Default)]
pub(crate) struct History {
    past: VecDeque<Patch>,
    future: Vec<Patch>,
}

impl Patch {
    /// Takes a copy.
    pub(crate) fn copied(mask: &[u8], size: Size, area: Rect) -> Self {
        let mut bytes = Vec::with_capacity(area.width as usize * area.height as usize);
        for row in rows(size, area) {
            bytes.extend_from_slice(&mask[row]);
        }
        Self { area, bytes }
    }

    /// Takes ownership of the mask's bytes.
    fn swap(&mut self, mask: &mut [u8], size: Size) {
        for (row, own) in rows(size, self.area).zip(self.bytes.chunks_exact_mut(self.area.width as usize)) {
            mask[row].swap_with_slice(own);
        }
    }
}

impl History {
    /// Records a step by what it has overwritten. Drops undone steps, and steps beyond the bounds.
    pub(crate) fn record(&mut self, overwritten: Patch) {
        self.future.clear();
        self.past.push_back(overwritten);
        let is_too_much = |past: &VecDeque<Patch>| {
            past.len() > MAX_STEPS || past.iter().map(|patch| patch.bytes.len()).sum::<usize>() > MAX_BYTES
        };
        while self.past.len() > 1 && is_too_much(&self.past) {
            self.past.pop_front();
        }
    }

    /// Undoes a step; returns where.
    pub(crate) fn undo(&mut self, mask: &mut [u8], size: Size) -> Option<Rect> {
        let mut patch = self.past.pop_back()?;
        patch.swap(mask, size);
        let area = patch.area;
        self.future.push(patch);
        Some(area)
    }

    /// Takes an undone step again; returns where.
    pub(crate) fn redo(&mut self, mask: &mut [u8], size: Size) -> Option<Rect> {
        let mut patch = self.future.pop()?;
        patch.swap(mask, size);
        let area = patch.area;
        self.past.push_back(patch);
        Some(area)
    }

    /// Whether there is a step to undo.
    pub(crate) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is an undone step.
    pub(crate) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

/// Where the rows of an area lie in a mask.
fn rows(size: Size, area: Rect) -> impl Iterator<Item = std::ops::Range<usize>> {
    let Rect { left, top, width, height } = area;
    (top..top + height).map(move |y| {
        let start = y as usize * size.width as usize + left as usize;
        start..start + width as usize
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps_back(history: &mut History, mask: &mut [u8], size: Size) -> usize {
        std::iter::from_fn(|| history.undo(mask, size)).count()
    }

    #[test]
    fn a_patch_changes_places_with_what_it_covers() {
        let size = Size { width: 4, height: 3 };
        let mut mask: Vec<u8> = (0..12).collect();
        let mut patch = Patch::copied(&mask, size, Rect { left: 1, top: 1, width: 2, height: 2 });
        assert_eq!(patch.bytes, [5, 6, 9, 10]);
        let before = mask.clone();
        mask.fill(0);
        patch.swap(&mut mask, size);
        assert_eq!(mask, [0, 0, 0, 0, 0, 5, 6, 0, 0, 9, 10, 0]);
        assert_eq!(patch.bytes, [0; 4]);
        assert_ne!(mask, before);
    }

    #[test]
    fn only_the_last_steps_are_remembered() {
        let size = Size { width: 50, height: 1 };
        let (mut history, mut mask) = (History::default(), vec![255; 50]);
        for at in 0..45 {
            let area = Rect { left: at, top: 0, width: 1, height: 1 };
            history.record(Patch::copied(&mask, size, area));
            mask[at as usize] = 0;
        }
        assert_eq!(steps_back(&mut history, &mut mask, size), MAX_STEPS);
        assert_eq!(mask.iter().filter(|&&kept| kept == 0).count(), 15, "the first fifteen stay");
        assert!(history.can_redo() && !history.can_undo());
    }

    #[test]
    fn steps_all_over_a_large_mask_stay_within_the_bytes_and_the_last_can_always_be_undone() {
        let size = Size { width: 1600, height: 1600 };
        let whole = Rect { left: 0, top: 0, width: 1600, height: 1600 };
        let (mut history, mut mask) = (History::default(), vec![0; 1600 * 1600]);
        for _ in 0..3 {
            history.record(Patch::copied(&mask, size, whole));
        }
        assert_eq!(steps_back(&mut history, &mut mask, size), 1);
        let huge = Size { width: 2000, height: 2500 };
        let mut mask = vec![0; 5_000_000];
        history.record(Patch::copied(&mask, huge, Rect { width: 2000, height: 2500, ..whole }));
        assert_eq!(steps_back(&mut history, &mut mask, huge), 1);
    }
}
