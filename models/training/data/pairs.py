"""True pairs of `pairs-studio.zip`: a person wears the very product that the shop's title picture shows.

Women's upper garments on a grey studio wall. Each pair has a machine parser's label map in LIP's twenty labels
(Gong et al., *Look into Person*, CVPR 2017); necks are often labelled as background.

Splits are by id: in the order of the SHA-256 of the id the first 800 are the validation split, the next 800 the test split, the
others the training split.
`splits/pairs-left-out.txt` names the training pairs that show nearly the same picture as a pair of another split.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .packs import Picture, decode, decode_labels, open_zip, split_ids

PACK = "pairs-studio"
HEIGHT, WIDTH = 256, 192
HELD = 800
"""Pairs of the validation split, and of the test split."""
SPLITS = ("training", "validation", "test")
LIP = (
    *("background", "hat", "hair", "glove", "sunglasses", "upper clothes", "dress", "coat", "socks", "trousers"),
    *("jumpsuit", "scarf", "skirt", "face", "left arm", "right arm", "left leg", "right leg", "left shoe", "right shoe"),
)
"""The labels of a parse map, by index."""
UPPER = tuple(LIP.index(name) for name in ("upper clothes", "dress", "coat"))
"""What the parser calls an upper garment."""


@dataclass(frozen=True)
class Pair:
    """`person` and `product` `(256, 192, 3)` uint8, `parse` `(256, 192)` uint8 of indices in `LIP`."""

    id: str
    person: Picture
    product: Picture
    parse: np.ndarray

    def __post_init__(self) -> None:
        found = (self.person.shape, self.product.shape, self.parse.shape)
        if found != ((HEIGHT, WIDTH, 3), (HEIGHT, WIDTH, 3), (HEIGHT, WIDTH)):
            raise ValueError(f"pair {self.id}: expected person, product and parse map of {HEIGHT}×{WIDTH}, got {found}")
        if int(self.parse.max()) >= len(LIP):
            raise ValueError(f"pair {self.id}: label {self.parse.max()}, expected below {len(LIP)}")

    @property
    def mask(self) -> np.ndarray:
        """The person, `(256, 192)` bool."""
        return self.parse > 0

    @property
    def garment(self) -> np.ndarray:
        """The upper garment, `(256, 192)` bool."""
        return np.isin(self.parse, UPPER)


def hash_order(*, ids: list[str]) -> list[str]:
    """Ids in the order of their SHA-256."""
    return sorted(ids, key=lambda id: hashlib.sha256(id.encode("ascii")).hexdigest())


def all_pair_ids(*, data: Path) -> list[str]:
    """Every id, in the order of `pairs.csv`."""
    with open_zip(data=data, name=PACK) as pack:
        return [row["id"] for row in csv.DictReader(io.StringIO(pack.read("pairs.csv").decode()))]


def pair_ids(*, data: Path, split: str) -> list[str]:
    """The pack's ids of a split (`training`, `validation` or `test`), sorted."""
    if split not in SPLITS:
        raise ValueError(f"expected a split of {SPLITS}, got {split!r}")
    if split != "training":
        return sorted(split_ids(name=f"pairs-{split}") & set(all_pair_ids(data=data)))
    held = split_ids(name="pairs-validation") | split_ids(name="pairs-test") | split_ids(name="pairs-left-out")
    return sorted(id for id in all_pair_ids(data=data) if id not in held)


def read_pairs(*, data: Path, ids: list[str]) -> Iterator[Pair]:
    """The pairs of these ids, in their order; pictures are decoded one pair at a time."""
    with open_zip(data=data, name=PACK) as pack:
        for id in ids:
            yield Pair(
                id=id,
                person=decode(payload=pack.read(f"person/{id}.webp")),
                product=decode(payload=pack.read(f"product/{id}.webp")),
                parse=decode_labels(payload=pack.read(f"parse/{id}.png")),
            )
