"""Soft colour histograms, and the row where one colour distribution ends and another begins."""

import numpy as np
from scipy import ndimage


def colour_bins(*, picture: np.ndarray) -> np.ndarray:
    """Colours as bins of 8 × 8 × 8."""
    q = picture >> 5
    return (q[..., 0].astype(np.int32) << 6) | (q[..., 1].astype(np.int32) << 3) | q[..., 2]


def log_histogram(*, codes: np.ndarray) -> np.ndarray:
    """Soft counts: `(8, 8, 8)` bins, spread a little over their neighbours, as log probabilities."""
    counts = np.bincount(codes.ravel(), minlength=512).reshape(8, 8, 8).astype(np.float32)
    counts = ndimage.gaussian_filter(counts, 0.6, mode="constant") + 0.002 * max(counts.sum(), 1) / 512
    return np.log(counts / counts.sum()).ravel()


def boundary_row(*, codes: np.ndarray, mask: np.ndarray, inner: slice, outer: slice, low: int, high: int) -> int:
    """The row between `low` and `high` where the colours of `inner` rows end and those of `outer` rows, below it, begin."""
    if high - low < 2 or not mask[inner].any() or not mask[outer].any():
        return high
    odds = log_histogram(codes=codes[inner][mask[inner]]) - log_histogram(codes=codes[outer][mask[outer]])
    score = np.where(mask, np.clip(odds[codes], -3, 3), 0).sum(axis=1)[low:high] / max(mask.sum(axis=1).max(), 1)
    total = np.concatenate([[0], np.cumsum(score)])
    # A prior for one piece only: two pieces must differ clearly.
    total[-1] += 0.05 * len(score)
    return low + int(total.argmax())
