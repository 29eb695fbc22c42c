//! Matrix products: 1×1 convolutions, and convolutions whose inputs are found by a table. Bounds are checked here; the loops of
//! `multiply_rows` compute.

use super::multiply_rows::{GatherJob, Place, ProductJob};
use super::{Extent, Level, Panels, end};
use crate::map::{Block, LANES, View};

/// A 1×1 convolution of some rows of pixels, for the outputs of one panel.
pub(crate) struct Product<'a> {
    pub(crate) panels: &'a Panels,
    pub(crate) panel: usize,
    /// Channel blocks of the input and where they are.
    pub(crate) source: (&'a [Block], View),
    /// Added before the activation, at the panel's first block of outputs.
    pub(crate) added: Option<(&'a [Block], View)>,
    /// Pixels.
    pub(crate) rows: Extent,
}

/// Computes a panel's outputs. `to` is where its first block of outputs goes.
///
/// # Panics
/// When a view exceeds its buffer.
pub(crate) fn multiply(level: Level, product: &Product<'_>, (into, to): (&mut [Block], View)) {
    let Product { panels, panel, source: (source, from), added, rows } = *product;
    let (inputs, (_, outputs)) = (panels.inputs / LANES, panels.panels[panel]);
    if rows.count == 0 || rows.width == 0 || inputs == 0 {
        return;
    }
    assert!(panels.inputs.is_multiple_of(LANES), "whole blocks of inputs");
    assert!(end(from, inputs, rows) <= source.len(), "the source ends before its view");
    assert!(end(to, outputs, rows) <= into.len(), "the target ends before its view");
    if let Some((added, at)) = added {
        assert!(end(at, outputs, rows) <= added.len(), "the residual ends before its view");
    }
    let (weights, bias) = panels.panel(panel);
    let place = |buffer: &[Block], view: View| Place {
        at: buffer[view.start..].as_ptr().cast::<f32>(),
        plane: view.plane * LANES,
        row: view.row * LANES,
    };
    let job = ProductJob {
        inputs,
        outputs,
        weights: weights.as_ptr().cast(),
        bias: bias.as_ptr().cast(),
        clamp: panels.clamp,
        source: place(source, from),
        into: Place { at: into[to.start..].as_mut_ptr().cast(), plane: to.plane * LANES, row: to.row * LANES },
        added: added.map(|(added, at)| place(added, at)),
        rows,
    };
    // SAFETY: the views were checked, and `Level` has only what the processor has.
    unsafe {
        match level {
            Level::Plain => super::plain::multiply(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if outputs.is_multiple_of(2) => super::avx512::multiply(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 | Level::Avx512 => super::avx2::multiply(&job),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => super::neon::multiply(&job),
        }
    }
}

/// A product whose inputs are found by a table: out[pixel] = Σₖ weight[k] · source[offset[k] + pixel · stride].
pub(crate) struct Gather<'a> {
    pub(crate) panels: &'a Panels,
    pub(crate) panel: usize,
    pub(crate) source: &'a [f32],
    /// One for each input.
    pub(crate) offsets: &'a [usize],
    /// Numbers from the first pixel of a row to that of the next.
    pub(crate) row: usize,
    /// Numbers from a pixel to the next.
    pub(crate) stride: usize,
    pub(crate) rows: Extent,
}

/// Computes a panel's outputs. `to` is where its first block of outputs goes.
///
/// # Panics
/// When a view exceeds its buffer.
pub(crate) fn gather(level: Level, work: &Gather<'_>, (into, to): (&mut [Block], View)) {
    let Gather { panels, panel, source, offsets, row, stride, rows } = *work;
    let (_, outputs) = panels.panels[panel];
    if rows.count == 0 || rows.width == 0 {
        return;
    }
    assert_eq!(offsets.len(), panels.inputs, "a place for each input");
    let furthest = offsets.iter().max().copied().unwrap_or_default();
    let last = furthest + (rows.count - 1) * row + (rows.width - 1) * stride;
    assert!(last < source.len(), "the source ends before its last number");
    assert!(end(to, outputs, rows) <= into.len(), "the target ends before its view");
    let (weights, bias) = panels.panel(panel);
    let job = GatherJob {
        outputs,
        weights: weights.as_ptr().cast(),
        bias: bias.as_ptr().cast(),
        clamp: panels.clamp,
        offsets: offsets.as_ptr(),
        inputs: offsets.len(),
        source: source.as_ptr(),
        row,
        stride,
        into: Place { at: into[to.start..].as_mut_ptr().cast(), plane: to.plane * LANES, row: to.row * LANES },
        rows,
    };
    // SAFETY: the bounds were checked, and `Level` has only what the processor has.
    unsafe {
        match level {
            Level::Plain => super::plain::gather(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if outputs.is_multiple_of(2) => super::avx512::gather(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 | Level::Avx512 => super::avx2::gather(&job),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => super::neon::gather(&job),
        }
    }
}
