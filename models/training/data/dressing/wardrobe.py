"""A wardrobe of products whose cloths are made at first use, and people dressed in them."""

from dataclasses import dataclass, field

import numpy as np

from ...classes import CATEGORIES, FIRST_CATEGORY
from ..parsed import Parsed
from ..products import Product
from .cloth import Cloth, cloth_of
from .dress import dress_all, garments_seen

UPPERS = tuple(CATEGORIES.index(name) for name in ("jumpers", "shirts", "t-shirts", "tops"))
"""Garments of the torso: a region of one can get the cloth of another, since CCP has few t-shirts and shops have many."""


@dataclass
class Wardrobe:
    """Products whose cloths are made at first use."""

    products: list[Product]
    cloths: dict[int, Cloth | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = [[i for i, p in enumerate(self.products) if p.category == name] for name in CATEGORIES]

    def cloth(self, *, row: int) -> Cloth | None:
        """The cloth of a product; `None` if none can be made."""
        if row not in self.cloths:
            product = self.products[row]
            self.cloths[row] = cloth_of(picture=product.picture, kind=product.kind, category=product.category_index)
        return self.cloths[row]

    def draw(self, *, category: int, rng: np.random.Generator, tries: int = 8) -> tuple[int, Cloth] | None:
        """A random product of the category and its cloth."""
        rows = self.rows[category]
        for _ in range(tries if rows else 0):
            row = rows[rng.integers(len(rows))]
            if (cloth := self.cloth(row=row)) is not None:
                return row, cloth
        return None


@dataclass(frozen=True)
class DressedPhoto:
    """A photo `(H, W, 3)` with its label map, and category → row of the product worn."""

    id: str
    photo: np.ndarray
    labels: np.ndarray
    worn: dict[int, int]


def upper_half(*, photo: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The photo down to somewhere between hip and knee."""
    rows = np.flatnonzero((labels > 0).any(axis=1))
    if len(rows) == 0:
        return photo, labels
    end = int(rows[0] + rng.uniform(0.42, 0.72) * (rows[-1] + 1 - rows[0]))
    return photo[:end], labels[:end]


def dressed_person(
    *,
    parsed: Parsed,
    wardrobe: Wardrobe,
    rng: np.random.Generator,
    share: float = 0.8,
    swap: float = 0.3,
    half: float = 0.25,
    flip: float = 0.5,
) -> DressedPhoto | None:
    """A person in products: each garment with probability `share` (one at least), of another upper category with `swap`.

    `half` is the share of photos cut above the knee, `flip` of mirrored ones (before dressing: prints stay readable).
    `None` if nothing can be dressed.
    """
    photo, labels = parsed.photo, parsed.labels
    if rng.random() < flip:
        photo, labels = np.ascontiguousarray(photo[:, ::-1]), np.ascontiguousarray(labels[:, ::-1])
    if rng.random() < half:
        photo, labels = upper_half(photo=photo, labels=labels, rng=rng)
    seen = garments_seen(labels=labels)
    if not seen:
        return None
    chosen = [category for category in seen if rng.random() < share] or [seen[rng.integers(len(seen))]]
    cloths: dict[int, Cloth] = {}
    worn: dict[int, int] = {}
    labels = labels.copy()
    for category in chosen:
        target = category
        if category in UPPERS and rng.random() < swap:
            # Weighted by the number of products, so that t-shirts are as frequent as in shops.
            counts = np.array([len(wardrobe.rows[c]) if c not in seen and c not in worn else 0 for c in UPPERS], np.float64)
            if counts.any():
                target = UPPERS[rng.choice(len(UPPERS), p=counts / counts.sum())]
        if (found := wardrobe.draw(category=target, rng=rng)) is None:
            continue
        if target != category:
            labels[labels == FIRST_CATEGORY + category] = FIRST_CATEGORY + target
        worn[target], cloths[target] = found
    photo, done = dress_all(photo=photo, labels=labels, products=cloths, rng=rng)
    if not done:
        return None
    return DressedPhoto(id=parsed.id, photo=photo, labels=labels, worn={category: worn[category] for category in done})
