"""A photo and its label map in other cloths: warp, shade, blend for each garment.

Photo, label map and cloths → `dress_all` → photo and what was dressed. The label map stays true.
"""

import numpy as np

from ...classes import CATEGORIES, FIRST_CATEGORY
from .blend import blend
from .cloth import Cloth
from .masks import box_of, check_picture
from .shade import Light, light_of, shade
from .studio_garment import LOWER
from .warp import warp

SMALLEST_REGION = 0.008
"""A garment smaller than this share of the photo is not dressed."""
PAD = 5
"""Pixels around a region that its soft edge reaches."""


def dress(
    *,
    photo: np.ndarray,
    labels: np.ndarray,
    category: int,
    product: Cloth,
    rng: np.random.Generator,
    light: Light | None = None,
) -> np.ndarray:
    """The photo `(H, W, 3)` uint8 with its region of the category (0..7) in the product's cloth; as it was if there is none.

    `labels` are `(H, W)` uint8 of the 13 classes and stay true.
    """
    check_picture(photo)
    if labels.shape != photo.shape[:2]:
        raise ValueError(f"expected labels of {photo.shape[:2]}, got {labels.shape}")
    if not 0 <= category < len(CATEGORIES):
        raise ValueError(f"expected a category of 0..{len(CATEGORIES) - 1}, got {category}")
    region = labels == FIRST_CATEGORY + category
    if region.mean() < SMALLEST_REGION or (box := box_of(region)) is None:
        return photo
    light = light or light_of(photo=photo, rng=rng)
    top, bottom = max(box[0] - PAD, 0), min(box[1] + PAD, photo.shape[0])
    left, right = max(box[2] - PAD, 0), min(box[3] + PAD, photo.shape[1])
    old, mask = photo[top:bottom, left:right].astype(np.float32), region[top:bottom, left:right]
    cloth = warp(product=product, mask=mask, whole=category in LOWER, rng=rng)
    lit = shade(cloth=cloth, old=old, mask=mask, light=light, rng=rng)
    out = photo.copy()
    out[top:bottom, left:right] = blend(old=old, lit=lit, mask=mask, background=labels[top:bottom, left:right] == 0)
    return out


def garments_seen(*, labels: np.ndarray, smallest: float = SMALLEST_REGION) -> list[int]:
    """The categories (0..7) whose region is at least `smallest` of the photo."""
    counts = np.bincount(labels.ravel(), minlength=16)[FIRST_CATEGORY : FIRST_CATEGORY + len(CATEGORIES)]
    return [int(i) for i in np.flatnonzero(counts >= smallest * labels.size)]


def dress_all(
    *, photo: np.ndarray, labels: np.ndarray, products: dict[int, Cloth], rng: np.random.Generator
) -> tuple[np.ndarray, list[int]]:
    """Several garments of one person in one light: category → cloth; the photo and the categories that were dressed."""
    light = light_of(photo=photo, rng=rng)
    done = []
    for category in garments_seen(labels=labels):
        if (product := products.get(category)) is not None:
            photo = dress(photo=photo, labels=labels, category=category, product=product, rng=rng, light=light)
            done.append(category)
    return photo, done
