"""Drawn products and looks, as `garment-renderer` writes them: a folder with `products.jsonl`, `looks.jsonl` and pictures.

Training folders hold seeds of their own; the demo's catalogue (products-seed 1) is never trained on.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..classes import CATEGORIES, CLASSES
from .articles import ATTRIBUTES, Article, boxed
from .packs import DataMissingError
from .parsed import Parsed

LONG_SIDE = 512
"""Looks are kept at this size, as CCP's photos are."""


@dataclass(frozen=True)
class DrawnLook:
    """A drawn photo with its label map, and the ids of the products worn by their category."""

    parsed: Parsed
    worn: dict[str, str]

    @property
    def products(self) -> list[str]:
        """The ids alone."""
        return [*self.worn.values()]


def json_lines(*, path: Path) -> list[dict]:
    """A file of JSON lines."""
    if not path.exists():
        raise DataMissingError(f"{path}: expected generated looks, see models/README.md")
    return [json.loads(line) for line in path.read_text().split("\n") if line.strip()]


def attributes_of(*, line: dict) -> dict[str, str]:
    """A product line's attributes, in the studio packs' names."""
    words = line["product_type"].split(" > ")[-1].lower()
    known = {"category": line["category"], "baseColour": line["color"].capitalize(), "pattern": words.split()[0]}
    known["gender"] = {"female": "Women", "male": "Men", "unisex": "Unisex"}[line["gender"]]
    return {key: known.get(key, "") for key in ATTRIBUTES}


def drawn_articles(*, folder: Path, file: str = "products.jsonl", limit: int | None = None) -> list[Article]:
    """The products of a folder, in the feed's order."""
    found = []
    for line in json_lines(path=folder / file)[:limit]:
        if line["category"] not in CATEGORIES:
            raise ValueError(f"{line['id']}: unknown category {line['category']!r}")
        with Image.open(folder / line["image_link"]) as image:
            image.draft("RGB", (300, 400))
            picture = np.asarray(image.convert("RGB"))
        found.append(Article(id=line["id"], picture=boxed(picture=picture), attributes=attributes_of(line=line)))
    return found


def drawn_looks(*, folder: Path, start: int = 0, limit: int | None = None) -> Iterator[DrawnLook]:
    """The looks of a folder that have a label map."""
    for line in json_lines(path=folder / "looks.jsonl")[start:][:limit]:
        with Image.open(folder / line["image"]) as image:
            image = image.convert("RGB")
            scale = min(1.0, LONG_SIDE / max(image.size))
            size = (round(image.width * scale), round(image.height * scale))
            photo = np.asarray(image.resize(size, Image.Resampling.BILINEAR))
        with Image.open(folder / line["labels"]) as image:
            labels = np.asarray(image.resize(size, Image.Resampling.NEAREST))
        if labels.max() >= len(CLASSES):
            raise ValueError(f"{line['id']}: label {labels.max()}, expected below {len(CLASSES)}")
        yield DrawnLook(parsed=Parsed(id=line["id"], photo=photo, labels=labels), worn=line["products"])


def parsed_looks(*, folder: Path, limit: int | None = None) -> list[Parsed]:
    """Their photos and label maps only."""
    return [look.parsed for look in drawn_looks(folder=folder, limit=limit)]
