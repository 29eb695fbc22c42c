"""A shop's own catalogue as `shop-the-look catalogue export` writes it: products, their title pictures and further pictures.

Splits are by title picture: by the SHA-256 of its file's name, which an export makes of the content, 70 % train, 15 % are watched
while training, 15 % are measured at the end. Of variants with one title picture the first stands for all. A further picture that
several products show belongs to none: it does not say which is worn.
"""

import dataclasses
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..classes import CATEGORIES
from .packs import DataMissingError, Picture

FEED = "products.jsonl"
SPLITS = {"training": range(70), "validation": range(70, 85), "test": range(85, 100)}
"""Hundredths of the products."""
FURTHER = 10
"""Further pictures that are read of a product."""
LARGEST_SIDE = 800
"""An export's pictures are no larger."""


@dataclass(frozen=True)
class ShopProduct:
    """A product's id, category, title and pictures (files)."""

    id: str
    category: str
    title: str
    picture: Path
    further: tuple[Path, ...]

    @property
    def split(self) -> str:
        """The split that the title picture is in."""
        hundredth = int(hashlib.sha256(self.picture.name.encode()).hexdigest(), 16) % 100
        return next(name for name, part in SPLITS.items() if hundredth in part)


def read_export(*, folder: Path) -> list[ShopProduct]:
    """The products of an export, in its order, each title picture once."""
    path = folder / FEED
    if not path.exists():
        raise DataMissingError(f"{path}: expected the folder that `shop-the-look catalogue export` wrote")
    products: dict[Path, ShopProduct] = {}
    # Lines end at line feeds only: a description may hold other separators.
    for number, line in enumerate(path.read_text(encoding="utf-8").rstrip("\n").split("\n"), start=1):
        row = json.loads(line)
        if row.get("category") not in CATEGORIES:
            raise ValueError(f"{path}, line {number}: expected a category of {CATEGORIES}, got {row.get('category')!r}")
        further = tuple(folder / name for name in row.get("additional_image_link", [])[:FURTHER])
        given = {"title": row.get("title", ""), "picture": folder / row["image_link"], "further": further}
        products.setdefault(given["picture"], ShopProduct(id=row["id"], category=row["category"], **given))
    shown = Counter(picture for product in products.values() for picture in set(product.further))
    return [
        dataclasses.replace(product, further=tuple(picture for picture in product.further if shown[picture] == 1))
        for product in products.values()
    ]


def read_picture(*, path: Path) -> Picture:
    """A picture file → RGB `(H, W, 3)` uint8."""
    with Image.open(path) as image:
        if max(image.size) > LARGEST_SIDE:
            raise ValueError(f"{path}: expected sides of at most {LARGEST_SIDE} pixels, got {image.size}")
        return np.asarray(image.convert("RGB"))
