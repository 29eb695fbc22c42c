"""Boxes and row ends of masks, and the check of pictures."""

import numpy as np
from scipy import ndimage

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of R, G and B in the luma (ITU-R BT.601)."""


def check_picture(picture: np.ndarray) -> None:
    """Refuses what is not an RGB picture."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(f"expected (H, W, 3) uint8, got {picture.shape} {picture.dtype}")


def box_of(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right (half open) of a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) < 4 or len(columns) < 4:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def ends_of(*, mask: np.ndarray, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Each row's left and right end of a mask, smooth: `whole` = all of the row, else the run around the middle (no arms)."""
    height, width = mask.shape
    # A gap as narrow as a strap does not end a row.
    gap = max(int(width * 0.12), 1)
    closed = np.pad(mask, ((0, 0), (gap, gap)))
    closed = ndimage.minimum_filter1d(ndimage.maximum_filter1d(closed.astype(np.uint8), gap, axis=1), gap, axis=1) > 0
    closed = closed[:, gap : gap + width]
    columns = np.arange(width)
    any_row = closed.any(axis=1)
    left = np.where(any_row, closed.argmax(axis=1), 0)
    right = np.where(any_row, width - closed[:, ::-1].argmax(axis=1), width)
    if not whole:
        counts = closed.sum(axis=0)
        middle = int(np.clip(np.average(columns, weights=counts + 1e-6), 0, width - 1))
        before = np.maximum.accumulate(np.where(closed, -1, columns)[:, : middle + 1], axis=1)[:, -1] + 1
        after = np.minimum.accumulate(np.where(closed, width, columns)[:, :middle:-1], axis=1)
        after = after[:, -1] if after.shape[1] else np.full(height, width)
        inside = closed[:, middle] & (after - before > 0.25 * (right - left))
        left, right = np.where(inside, before, left), np.where(inside, after, right)
    known = np.flatnonzero(any_row)
    rows = np.arange(height)
    size = max(int(height * 0.08) | 1, 3)
    ends = []
    for values in (left, right):
        line = np.interp(rows, known, values[known]).astype(np.float32) if len(known) else values.astype(np.float32)
        ends.append(ndimage.gaussian_filter1d(ndimage.median_filter(line, size, mode="nearest"), height * 0.03, mode="nearest"))
    return ends[0], np.maximum(ends[1], ends[0] + 2)
