"""The garment of a packshot: what differs from its light grey or white paper.

Packshots are never worn, so skin-coloured pixels are cloth.
"""

import numpy as np
from scipy import ndimage

PAPER_DISTANCE = 9.0
"""Smoothed pixels whose channels all are this near to the paper's are paper; its own noise is about 3."""
DARKEST_PAPER = 170
"""A border that is darker than this is not paper: a garment touches it."""
SHARES = (0.05, 0.85)
"""Least and largest share of the picture that a garment covers; else paper and garment cannot be separated."""
WHITE = 255.0


def paper_of(*, picture: np.ndarray) -> np.ndarray | None:
    """The paper `(H, W, 3)` float32: a quadratic surface for each channel, fitted to the border.

    `None` if the border is not paper.
    """
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    on_border = np.zeros((height, width), bool)
    on_border[:2] = on_border[-2:] = on_border[:, :2] = on_border[:, -2:] = True
    usual = np.median(picture[on_border], axis=0)
    if usual.min() < DARKEST_PAPER:
        return None
    near = on_border & (np.abs(picture - usual).max(axis=2) < 2 * PAPER_DISTANCE)
    if near.sum() < 0.5 * on_border.sum():
        return None
    x, y = x / width - 0.5, y / height - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    surface, *_ = np.linalg.lstsq(terms[near], picture[near].astype(np.float32), rcond=None)
    return terms @ surface


def on_white(*, picture: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """The picture in a light that makes its paper white, `(H, W, 3)` uint8."""
    return np.clip(picture * (WHITE / paper) + 0.5, 0, 255).astype(np.uint8)


def packshot_garment(*, picture: np.ndarray, paper: np.ndarray) -> np.ndarray | None:
    """`(H, W, 3)` uint8 and its paper → the garment `(H, W)` bool: all but the paper that is joined to the border."""
    smooth = ndimage.gaussian_filter(picture.astype(np.float32), (1, 1, 0))
    is_paper = np.abs(smooth - paper).max(axis=2) < PAPER_DISTANCE
    parts, _ = ndimage.label(np.pad(is_paper, 1, constant_values=True))
    found = ndimage.binary_opening((parts != parts[0, 0])[1:-1, 1:-1], iterations=2)
    edge = np.concatenate([found[0], found[-1], found[:, 0], found[:, -1]])
    # A packshot shows all of its garment: what reaches the edge is paper in another light.
    return found if SHARES[0] < found.mean() < SHARES[1] and not edge.any() else None
