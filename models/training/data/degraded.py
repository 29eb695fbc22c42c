"""Masks with the errors of a parser."""

import numpy as np
from scipy import ndimage

from .dressing.warp import waves


def degraded(*, mask: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """A mask as a parser would get it: coarse, a little too small or large, shifted, with pieces missing or too many."""
    size = max(float(np.sqrt(mask.sum())), 1.0)
    soft = mask.astype(np.float32)
    if rng.random() < 0.7:
        soft = ndimage.gaussian_filter(soft, size * rng.uniform(0.005, 0.03) * strength)
    threshold = 0.5 + rng.uniform(-0.3, 0.3) * strength
    soft = soft + 0.35 * strength * rng.random() * waves(shape=mask.shape, rng=rng) * ndimage.gaussian_filter(soft, size * 0.02)
    dy, dx = (int(v) for v in np.rint(rng.normal(0, 0.01 * size * strength, 2)))
    soft = np.roll(soft, (dy, dx), axis=(0, 1))
    out = soft > threshold
    rows, columns = np.nonzero(mask)
    for _ in range(rng.poisson(0.8 * strength)):
        # A round piece near the region is wrong.
        i = rng.integers(len(rows))
        radius = size * rng.uniform(0.04, 0.16)
        y, x = rows[i] + rng.normal(0, 0.1) * size, columns[i] + rng.normal(0, 0.1) * size
        top, left = max(int(y - radius), 0), max(int(x - radius), 0)
        part = out[top : int(y + radius) + 1, left : int(x + radius) + 1]
        ys, xs = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
        part[(ys - y) ** 2 + (xs - x) ** 2 < radius**2] = rng.random() < 0.35
    return out if out.sum() > 0.3 * mask.sum() else mask
