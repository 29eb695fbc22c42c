"""Which products the category head learns from, is calibrated on and is measured on."""

import hashlib
from collections import defaultdict

import numpy as np

from ..data.families import groups
from ..data.products import NONE, Product

HELD_SHARE = 0.36
"""The share of families that is held out among unsupported products, as in `families.choose_test`."""
CALIBRATION_SHARE = 0.3
"""The share of held-out families that temperature and threshold are chosen on."""


def picked(*, word: str, portion: float) -> bool:
    """Whether the hash of a word is in the given portion of all hashes."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") < portion * 2**32


def parts_of(*, products: list[Product], held: set[str], same_picture: list[tuple[int, int]]) -> np.ndarray:
    """`learn`, `calibrate`, `measure` or nothing for each product; a family (same picture or title) is never in two of them.

    The eight categories' products are held out by `held`; what is none of them as its family is, else by a hash. Nothing:
    underwear that the title calls a t-shirt, a family on both sides, and twins of what is measured.
    """
    titles = defaultdict(list)
    for row, product in enumerate(products):
        if product.title:
            titles[" ".join(product.title.lower().split())].append(row)
    same_title = [(rows[0], row) for rows in titles.values() for row in rows[1:]]
    family = groups(count=len(products), pairs=same_picture + same_title)
    first = groups(count=len(products), pairs=same_picture)
    sides = defaultdict(set)
    for row, product in enumerate(products):
        if product.id in held or product.category != NONE:
            sides[family[row]].add(product.id in held)
    parts = []
    for row, product in enumerate(products):
        name = products[family[row]].id
        known = sides[family[row]] or {picked(word=name, portion=HELD_SHARE)}
        if product.attributes.get("subCategory") == "Innerwear" or len(known) > 1:
            parts.append("")
        elif known == {False}:
            parts.append("learn")
        elif first[row] != row:
            parts.append("")
        else:
            parts.append("calibrate" if picked(word=f"calibrate {name}", portion=CALIBRATION_SHARE) else "measure")
    return np.array(parts)
