"""`street-parsed.zip`: 300 full-body street photos with hand-made label maps (Fashionista: Yamaguchi et al., CVPR 2012).

Jackets, jumpers and tights are `other of the person`; a carried bag is sometimes part of the person.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from .packs import decode, decode_labels, names_in, open_zip
from .parsed import Parsed

PACK = "street-parsed"
LABELS = ("background", "skin", "hair", "upper garment", "shoes", "trousers", "dress or skirt", "other of the person")
"""The labels of a map, by index. They are not the thirteen classes."""


def street_photos(*, data: Path, limit: int | None = None) -> Iterator[Parsed]:
    """The photos by id; `labels` are indices in `LABELS`, background is 0."""
    with open_zip(data=data, name=PACK) as pack:
        rows = csv.DictReader(io.StringIO(pack.read("labels.csv").decode()))
        found = tuple(row["label"] for row in sorted(rows, key=lambda row: int(row["index"])))
        if found != LABELS:
            raise ValueError(f"{PACK}: expected the labels {LABELS}, got {found}")
        for id in names_in(pack, folder="photos")[:limit]:
            photo = decode(payload=pack.read(f"photos/{id}.webp"))
            labels = decode_labels(payload=pack.read(f"labels/{id}.png"))
            if labels.shape != photo.shape[:2] or int(labels.max()) >= len(LABELS):
                raise ValueError(f"{PACK} {id}: photo {photo.shape[:2]}, labels {labels.shape} up to {labels.max()}")
            yield Parsed(id=id, photo=photo, labels=labels)
