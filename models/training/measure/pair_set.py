"""The test set of true pairs: people in a shop's upper garments, and the shop's pictures of these."""

import numpy as np

from ..classes import CATEGORIES, FIRST_CATEGORY
from ..data.pair_views import CLASS_OF_LIP, UPPER_UNKNOWN
from ..data.pairs import pair_ids, read_pairs
from .held_out import HeldOut
from .testset_folder import jpeg_bytes, slices_of

CATEGORY = "tops"
"""Pairs do not state their category. All are of one, so ranks are among all upper garments."""


def pairs(*, held_out: HeldOut) -> None:
    """Pairs of the test split among the articles of validation and test split."""
    _write(held_out=held_out, name="pairs", split="test")


def pairs_validation(*, held_out: HeldOut) -> None:
    """Pairs of the validation split among the same articles, to choose by."""
    _write(held_out=held_out, name="pairs-validation", split="validation")


def _write(*, held_out: HeldOut, name: str, split: str) -> None:
    about = (
        f"Pairs of pairs-studio's {split} split: a person and the shop's picture of the upper garment worn, neither trained on. "
        "The articles are those of validation and test split. All are called tops, so the rank is among all upper garments"
    )
    found = held_out.test_set(name=name, about=about)
    classes = np.where(CLASS_OF_LIP == UPPER_UNKNOWN, FIRST_CATEGORY + CATEGORIES.index(CATEGORY), CLASS_OF_LIP).astype(np.uint8)
    tested = pair_ids(data=held_out.folder, split=split)
    every = [id for part in ("test", "validation") for id in pair_ids(data=held_out.folder, split=part)]
    for pair in read_pairs(data=held_out.folder, ids=every):
        found.article(id=pair.id, payload=jpeg_bytes(picture=pair.product), category=CATEGORY, gender="female")
    for pair in read_pairs(data=held_out.folder, ids=tested):
        slices = slices_of(photo=pair.person, foreground=pair.mask, gender="female")
        garments: list[tuple[str, str | None]] = [(CATEGORY, pair.id)]
        found.query(id=pair.id, photo=pair.person, labels=classes[pair.parse], garments=garments, slices=slices)
    found.close()
