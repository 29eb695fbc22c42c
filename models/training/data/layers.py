"""The garments of a label map: one region a layer, as `shared/types/src/garments.rs` finds them.

The segmenter finds where a garment is much more reliably than which category it has. So all upper garments are one region; outer
garments (blazers, jackets, coats), lower garments and dresses are one each. A person wears a dress or separates, never both.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..classes import CLASSES, FIRST_CATEGORY

UPPER, OUTER, LOWER, WHOLE = "upper", "outer", "lower", "whole"
LAYERS = {
    UPPER: ("jumpers", "shirts", "t-shirts", "tops"),
    OUTER: ("blazers", "outerwear"),
    LOWER: ("skirts", "trousers"),
    WHOLE: ("dresses",),
}
VOTED = slice(FIRST_CATEGORY, CLASSES.index("outerwear") + 1)
"""The classes whose pixels vote: the eight categories and outerwear."""
DRESS_SHARE = 0.5
"""A person wears a dress if it covers at least this share of what upper and lower garments cover."""
WAIST = 0.05
"""This quantile of the lower garments' rows is the waist: dress pixels above it join the upper garment."""
PART_SHARE = 0.15
"""Connected parts below this share of the largest are dropped."""
GARMENT_SHARE = 0.05
"""A garment covers at least this share of the person."""


@dataclass(frozen=True)
class Garment:
    """A layer's region `(H, W)` and the share of its pixels that vote for each of the nine classes of `VOTED`."""

    layer: str
    region: np.ndarray
    votes: np.ndarray


def garments_of(*, labels: np.ndarray, smallest: float = GARMENT_SHARE) -> list[Garment]:
    """The garments of a map of class indices `(H, W)`, the largest first."""
    person = int((labels > 0).sum())
    found = []
    for layer, inside in _layers_of(labels=labels).items():
        region = _large_parts(inside=inside)
        if region.sum() >= max(smallest * person, 1):
            votes = np.bincount(labels[region], minlength=len(CLASSES))[VOTED] / region.sum()
            found.append(Garment(layer=layer, region=region, votes=votes.astype(np.float32)))
    return sorted(found, key=lambda garment: -int(garment.region.sum()))


def _layers_of(*, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The pixels of each layer, after it is decided between a dress and separates."""
    masks = {layer: np.isin(labels, [CLASSES.index(name) for name in names]) for layer, names in LAYERS.items()}
    dress, upper, lower = masks[WHOLE], masks[UPPER], masks[LOWER]
    if not dress.any():
        return masks
    if dress.sum() >= DRESS_SHARE * (upper.sum() + lower.sum()):
        nobody = np.zeros_like(dress)
        return masks | {WHOLE: dress | upper | (labels == CLASSES.index("skirts")), UPPER: nobody, LOWER: nobody}
    above = np.ones_like(dress)
    if lower.any():
        above[int(np.quantile(np.nonzero(lower)[0], WAIST, method="lower")) :] = False
    return masks | {WHOLE: np.zeros_like(dress), UPPER: upper | (dress & above), LOWER: lower | (dress & ~above)}


def _large_parts(*, inside: np.ndarray) -> np.ndarray:
    """The largest connected part (4-neighbours) and all parts of at least `PART_SHARE` of it."""
    parts, count = ndimage.label(inside)
    if not count:
        return inside
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    return (areas >= PART_SHARE * areas.max())[parts] & inside
