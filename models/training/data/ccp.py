"""Clothing Co-Parsing (CCP): street photos with label maps, 59 labels made 13 classes.

The held-out photos are listed in `splits/ccp-validation.txt`.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from ..classes import CLASSES
from .packs import by_suffix, decode, files_of, open_tar, read_member, split_ids
from .parsed import Parsed

_CCP = {
    "background": "null",
    "hair": "hair",
    "skin": "skin",
    "blazers": "blazer suit",
    "dresses": "dress romper",
    "jumpers": "cardigan hoodie jumper sweater sweatshirt",
    "shirts": "shirt blouse",
    "skirts": "skirt",
    "trousers": "pants jeans leggings shorts",
    "t-shirts": "t-shirt",
    "tops": "top bodysuit bra intimate swimwear",
    "outerwear": "coat jacket cape vest",
}


def class_of_ccp(*, label: str) -> int:
    """The class of one of CCP's 59 labels; anything worn that is no garment class is `other-worn`."""
    for name, labels in _CCP.items():
        if label in labels.split():
            return CLASSES.index(name)
    return CLASSES.index("other-worn")


@dataclass(frozen=True)
class CcpPhoto:
    """A photo, RGB `(H, W, 3)` uint8, with its map of CCP's own labels, `(H, W)` uint8, and the number of each label."""

    id: str
    photo: np.ndarray
    labels: np.ndarray
    index: dict[str, int]

    def of(self, *, names: Iterable[str]) -> np.ndarray:
        """Where one of these labels is, `(H, W)` bool; names that CCP does not have are nowhere."""
        return np.isin(self.labels, [self.index[name] for name in names if name in self.index])


def ccp_label_maps(*, data: Path, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[CcpPhoto]:
    """CCP's photos of the wanted ids with their label maps, in the order of ids."""
    with open_tar(data=data, name="ccp-parsed") as tar:
        members = files_of(tar)
        rows = csv.DictReader(io.StringIO(read_member(tar, by_suffix(members, "labels.csv")).decode()))
        index = {row["label"]: int(row["index"]) for row in rows}
        for name, member in sorted(members.items()):
            if name.endswith(".jpg") and wanted(id := Path(name).stem):
                labels = Image.open(io.BytesIO(read_member(tar, by_suffix(members, f"labels/{id}.png"))))
                photo = decode(payload=read_member(tar, member))
                yield CcpPhoto(id=id, photo=photo, labels=np.asarray(labels), index=index)


def ccp_photos(*, data: Path, validation: bool, limit: int | None = None) -> list[Parsed]:
    """CCP's parsed photos: those of `splits/ccp-validation.txt`, or all others."""
    held, parsed = split_ids(name="ccp-validation"), []
    for ccp in islice(ccp_label_maps(data=data, wanted=lambda id: (id in held) == validation), limit):
        table = np.zeros(256, np.uint8)
        for label, number in ccp.index.items():
            table[number] = class_of_ccp(label=label)
        labels = table[ccp.labels]
        if labels.shape != ccp.photo.shape[:2]:
            raise ValueError(f"CCP {ccp.id}: photo {ccp.photo.shape[:2]}, labels {labels.shape}")
        parsed.append(Parsed(id=ccp.id, photo=ccp.photo, labels=labels))
    return parsed
