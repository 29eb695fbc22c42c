"""The foreground of a studio picture on white paper, and its skin."""

import numpy as np
from scipy import ndimage

from .masks import LUMA, check_picture

PAPER = 248
"""Pixels with all channels at or above this, joined to the picture's border, are a studio picture's paper."""


def luma_chroma(*, picture: np.ndarray) -> np.ndarray:
    """Luma and the two colour differences, `(H, W, 3)` float32, each about 0..255."""
    x = picture.astype(np.float32)
    y = x @ LUMA
    return np.stack([y, (x[..., 2] - y) * 0.564 + 128, (x[..., 0] - y) * 0.713 + 128], axis=-1)


def skin_like(*, picture: np.ndarray) -> np.ndarray:
    """`(H, W, 3)` uint8 → `(H, W)` bool: the usual rule in YCbCr (Chai, Ngan 1999)."""
    y, cb, cr = np.moveaxis(luma_chroma(picture=picture), -1, 0)
    return (y > 50) & (cb > 77) & (cb < 127) & (cr > 136) & (cr < 175) & (cr - cb > 14)


def studio_foreground(*, picture: np.ndarray, paper: int = PAPER) -> np.ndarray:
    """The foreground on white paper, `(H, W)` bool: all but near-white connected to the border, without specks."""
    check_picture(picture)
    white = picture.min(axis=2) >= paper
    parts, _ = ndimage.label(np.pad(white, 1, constant_values=True))
    found = (parts != parts[0, 0])[1:-1, 1:-1]
    if min(found.shape) > 100:
        found = ndimage.binary_opening(found)
    parts, count = ndimage.label(found)
    if count < 2:
        return found
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return (sizes > 0.05 * sizes.max())[parts]
