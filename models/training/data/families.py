"""Families of products: nearly equal pictures, or the same name; a family is never in two parts of a split."""

import hashlib
from collections import Counter, defaultdict

import numpy as np
from PIL import Image

from ..classes import CATEGORIES
from .products import Product

RARE = frozenset({"blazers", "dresses", "jumpers", "skirts", "trousers"})
THUMB = (30, 40)
ALIKE = 5.0
"""Two pictures whose thumbnails differ by less than this (root of the mean square, of 255) show the same product."""


def thumbnails(*, products: list[Product]) -> np.ndarray:
    """`(N, 40 · 30 · 3)` float32, the pictures stretched to one size."""
    out = np.empty((len(products), THUMB[0] * THUMB[1] * 3), np.float32)
    for i, product in enumerate(products):
        out[i] = np.asarray(Image.fromarray(product.picture).resize(THUMB, Image.Resampling.BOX), np.float32).ravel()
    return out


def alike(*, thumbs: np.ndarray, limit: float = ALIKE, block: int = 512) -> list[tuple[int, int]]:
    """Pairs `i < j` of rows that differ by less than `limit`."""
    squares = (thumbs**2).sum(axis=1)
    found = []
    for first in range(0, len(thumbs), block):
        part = thumbs[first : first + block]
        distance = squares[first : first + block, None] + squares[None, first:] - 2 * part @ thumbs[first:].T
        i, j = np.nonzero(distance < limit**2 * thumbs.shape[1])
        found += [(int(a) + first, int(b) + first) for a, b in zip(i, j, strict=True) if a < b]
    return found


def groups(*, count: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Each item's group, named by its smallest member; items joined by a pair are in one group."""
    parent = np.arange(count)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    for a, b in pairs:
        a, b = sorted((root(a), root(b)))
        parent[b] = a
    return np.array([root(i) for i in range(count)])


def choose_test(
    *, products: list[Product], family: np.ndarray, forced: set[str], rare_share: float = 0.44, share: float = 0.36
) -> set[str]:
    """Picks whole families until each category has its share: `forced` ones, then in the order of a hash of their first id."""
    members = defaultdict(list)
    for i, name in enumerate(family):
        members[int(name)].append(products[i])
    totals = Counter(product.category for product in products)
    wanted = {name: (rare_share if name in RARE else share) * totals[name] for name in CATEGORIES}
    have: Counter[str] = Counter()
    chosen: set[str] = set()

    def order(name: int) -> tuple[bool, str]:
        return not any(p.id in forced for p in members[name]), hashlib.sha256(products[name].id.encode()).hexdigest()

    for name in sorted(members, key=order):
        if not order(name)[0] or have[products[name].category] < wanted[products[name].category]:
            chosen |= {product.id for product in members[name]}
            have.update(product.category for product in members[name])
    return chosen
