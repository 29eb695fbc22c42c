"""Clothing Co-Parsing (CCP): street photos with label maps, 59 labels made 13 classes.

The held-out photos are listed in `splits/ccp-validation.txt`.
"""

import csv
import io
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


def ccp_photos(*, data: Path, validation: bool, limit: int | None = None) -> list[Parsed]:
    """CCP's parsed photos: those of `splits/ccp-validation.txt`, or all others."""
    held = split_ids(name="ccp-validation")
    with open_tar(data=data, name="ccp-parsed") as tar:
        members = files_of(tar)
        rows = csv.DictReader(io.StringIO(read_member(tar, by_suffix(members, "labels.csv")).decode()))
        table = np.zeros(256, np.uint8)
        for row in rows:
            table[int(row["index"])] = class_of_ccp(label=row["label"])
        photos = {Path(name).stem: member for name, member in members.items() if name.endswith(".jpg")}
        maps = {Path(name).stem: member for name, member in members.items() if name.endswith(".png")}
        ids = sorted(id for id in photos if (id in held) == validation)[:limit]
        parsed = []
        for id in ids:
            labels = table[np.asarray(Image.open(io.BytesIO(read_member(tar, maps[id]))))]
            photo = decode(payload=read_member(tar, photos[id]))
            if labels.shape != photo.shape[:2]:
                raise ValueError(f"CCP {id}: photo {photo.shape[:2]}, labels {labels.shape}")
            parsed.append(Parsed(id=id, photo=photo, labels=labels))
        return parsed
