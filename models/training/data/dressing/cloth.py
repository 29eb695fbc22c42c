"""A product's own cloth. In: a product's picture and its category. Out: a [`Cloth`], or none where it cannot be separated."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .figure import studio_foreground
from .flat_garment import flat_garment
from .masks import box_of, check_picture, ends_of
from .packshot_garment import on_white, packshot_garment, paper_of
from .studio_garment import LOWER, studio_garment


@dataclass(frozen=True)
class Cloth:
    """A product's own cloth: `texture` `(h, w, 3)` uint8, filled beyond the garment, whose mask is `alpha` `(h, w)`.

    `left` and `right` `(h,)` are each row's ends in pixels.
    """

    texture: np.ndarray
    alpha: np.ndarray
    left: np.ndarray
    right: np.ndarray

    def __post_init__(self) -> None:
        height, width = self.alpha.shape
        if self.texture.shape != (height, width, 3) or self.left.shape != (height,) or self.right.shape != (height,):
            raise ValueError(f"cloth: texture {self.texture.shape}, alpha {self.alpha.shape}, ends {self.left.shape}")


def _garment(*, picture: np.ndarray, kind: str, category: int) -> tuple[np.ndarray, np.ndarray | None]:
    """The picture with white paper, and the garment's mask; `None` if it cannot be separated."""
    if kind == "studio":
        figure = studio_foreground(picture=picture)
        return picture, studio_garment(picture=picture, figure=figure, category=category)
    if kind == "packshot":
        if (paper := paper_of(picture=picture)) is None:
            return picture, None
        return on_white(picture=picture, paper=paper), packshot_garment(picture=picture, paper=paper)
    if kind == "flat":
        return picture, flat_garment(picture=picture)
    raise ValueError(f"expected the kind studio, packshot or flat, got {kind!r}")


def _filled(*, texture: np.ndarray, alpha: np.ndarray, large: bool, on_white_paper: bool) -> np.ndarray:
    """The texture, filled beyond `alpha` with the nearest inner colours, since the outline is mixed with the background."""
    seeds = ndimage.binary_erosion(alpha, iterations=2 if large else 1)
    light = texture.min(axis=2)
    if on_white_paper and (usual := float(np.median(light[alpha]))) < 200:
        deep = ndimage.binary_erosion(alpha, iterations=3)
        seeds &= deep | (light < (usual + 255) / 2)
    seeds = seeds if seeds.sum() > 0.2 * alpha.sum() else alpha
    nearest = ndimage.distance_transform_edt(~seeds, return_distances=False, return_indices=True)
    return np.ascontiguousarray(texture[tuple(nearest)])


def cloth_of(*, picture: np.ndarray, kind: str, category: int) -> Cloth | None:
    """A product picture `(H, W, 3)` uint8 → its cloth.

    `kind` is `studio` (white paper, often worn), `packshot` (light grey or white paper, never worn) or `flat` (on a
    household background).
    `None` when the garment cannot be separated from its background or from skin: no pair is made of such a product.
    """
    check_picture(picture)
    picture, mask = _garment(picture=picture, kind=kind, category=category)
    if mask is None:
        return None
    parts, count = ndimage.label(mask)
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        mask = (sizes > 0.15 * sizes.max())[parts]
    large = min(mask.shape) > 100
    inner = ndimage.binary_erosion(mask) if large else mask
    if (box := box_of(inner)) is None or inner.mean() < 0.02:
        return None
    top, bottom, left, right = box
    alpha = inner[top:bottom, left:right]
    texture = _filled(texture=picture[top:bottom, left:right], alpha=alpha, large=large, on_white_paper=kind != "flat")
    ends = ends_of(mask=alpha, whole=category in LOWER)
    return Cloth(texture=texture, alpha=alpha, left=ends[0], right=ends[1])
