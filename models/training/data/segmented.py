"""What Street2Fashion learns from beside CCP, studio models and drawn looks: packs with coarse labels or person masks.

Packs → [`Parsed`] with the values of `label_sets`. Each pack's validation part is listed in `splits/`: the first ids in the order
of their SHA-256. Pairs are read from their own training split.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..classes import CLASSES
from .ccp import ccp_photos
from .label_sets import IGNORE, WORN, label_of_lip, label_of_street
from .masked import Masked
from .packs import split_ids
from .pairs import LIP, Pair, hash_order, pair_ids, read_pairs
from .parsed import Parsed
from .people import people
from .portraits import portraits
from .street_parsed import LABELS, street_photos

WALL = 26
"""A background pixel of a pair further than this from the wall's colour, in the largest channel, is disputed."""
NECK_ROWS = 0.16
"""The neck is at most this share of the picture's height below the face."""


def of_masked(*, item: Masked) -> Parsed:
    """A mask of people as a label map."""
    return Parsed(id=item.id, photo=item.photo, labels=np.where(item.mask, WORN, 0).astype(np.uint8))


def mended(*, pair: Pair) -> Parsed:
    """A pair's person with label values. The parser's background has holes, mostly necks: pixels of it that differ from the wall
    are skin between face and garment, and `IGNORE` elsewhere.
    """
    labels = label_of_lip(labels=LIP)[pair.parse]
    ground = pair.parse == 0
    wall = np.median(pair.person[ground], axis=0) if ground.any() else np.full(3, 235.0)
    differs = np.abs(pair.person.astype(np.float32) - wall).max(axis=2) > WALL
    disputed = ground & ndimage.binary_opening(differs)
    # Around a person the outline is mixed with the wall: there the parser decides.
    far = ndimage.binary_erosion(ground, iterations=2, border_value=1)
    neck = disputed & _neck_box(parse=pair.parse)
    labels[disputed & far] = IGNORE
    labels[neck] = CLASSES.index("skin")
    return Parsed(id=pair.id, photo=pair.person, labels=labels)


def _neck_box(*, parse: np.ndarray) -> np.ndarray:
    """Where a neck can be: below the face's middle, above the garment's collar, within the face's columns."""
    box = np.zeros(parse.shape, bool)
    face = parse == LIP.index("face")
    if face.sum() < 20:
        return box
    rows, columns = np.flatnonzero(face.any(axis=1)), np.flatnonzero(face.any(axis=0))
    wide = (columns[-1] - columns[0]) // 4 + 1
    end = int(rows[-1] + NECK_ROWS * len(parse))
    box[(rows[0] + rows[-1]) // 2 : end, max(columns[0] - wide, 0) : columns[-1] + wide] = True
    return box


def street(*, data: Path) -> Iterator[Parsed]:
    """The street photos with coarse labels."""
    table = label_of_street(labels=LABELS)
    for item in street_photos(data=data):
        yield Parsed(id=item.id, photo=item.photo, labels=table[item.labels])


def loosened(*, item: Parsed, band: int) -> Parsed:
    """The photo with `IGNORE` within `band` pixels of its masks' outlines, for masks that are drawn roughly."""
    if not band:
        return item
    person = item.labels > 0
    near = ndimage.binary_dilation(person, iterations=band) & ~ndimage.binary_erosion(person, iterations=band, border_value=1)
    return Parsed(id=item.id, photo=item.photo, labels=np.where(near, IGNORE, item.labels).astype(np.uint8))


def packs(*, data: Path) -> dict[str, list[Parsed]]:
    """All photos of the packs with coarse labels or masks, by slice."""
    return {
        "street": [*street(data=data)],
        "portraits": [of_masked(item=item) for item in portraits(data=data)],
        "scenes": [of_masked(item=item) for item in people(data=data, kind="scene")],
        "people-portraits": [of_masked(item=item) for item in people(data=data, kind="portrait")],
    }


def held_ids(*, slice: str) -> set[str]:
    """The validation ids of a slice."""
    return split_ids(name=f"{slice}-validation")


def split_of(*, items: list[Parsed], count: int) -> list[str]:
    """The ids of the first `count` photos in hash order."""
    return hash_order(ids=[item.id for item in items])[:count]


def training_people(*, data: Path, pairs: int, rough_band: int = 0) -> dict[str, list[Parsed]]:
    """The training photos by slice, with `pairs` people of the pairs' training split. Everyday scenes are [`loosened`] by
    `rough_band` pixels."""
    found = {name: [item for item in items if item.id not in held_ids(slice=name)] for name, items in packs(data=data).items()}
    found["scenes"] = [loosened(item=item, band=rough_band) for item in found["scenes"]]
    ids = pair_ids(data=data, split="training")
    chosen = hash_order(ids=ids)[:pairs]
    return found | {"pairs": [mended(pair=pair) for pair in read_pairs(data=data, ids=chosen)]}


def validation_people(*, data: Path) -> dict[str, list[Parsed]]:
    """The validation photos by slice."""
    found = {name: [item for item in items if item.id in held_ids(slice=name)] for name, items in packs(data=data).items()}
    return {"ccp": ccp_photos(data=data, validation=True)} | found
