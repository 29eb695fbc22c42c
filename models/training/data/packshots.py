"""`packshots.zip`: a retailer's garments photographed flat, on light grey or white, of all eight categories.

Held-out ids are in `splits/packshots-test.txt`; `training.data.product_splits` chose them.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ..classes import CATEGORIES
from .packs import open_zip

PACK = "packshots"
_TYPES = {
    "Blazer": "Blazers",
    "Dress": "Dresses",
    "Hoodie": "Sweatshirts",
    "Shirt": "Shirts",
    "Skirt": "Skirts",
    "Sweater": "Sweaters",
    "T-shirt": "Tshirts",
    "Top": "Tops",
}
"""Product types that the studio pack has under another name."""
_COLOURS = {"Dark Blue": "Navy Blue", "Dark Grey": "Charcoal", "Greenish Khaki": "Khaki", "Yellowish Brown": "Brown"}
"""Colours that the studio pack has under another name; of all others the last word, unless the colour is named in full."""
_FULL_COLOURS = frozenset({"Off White"})
_GENDERS = {"Ladieswear": "Women", "Divided": "Women", "Menswear": "Men"}


@dataclass(frozen=True)
class Packshot:
    """A product with its picture as stored (WebP) and its row of `products.csv`."""

    id: str
    payload: bytes
    row: dict[str, str]

    @property
    def category(self) -> str:
        """One of the eight categories."""
        return self.row["category"]

    @property
    def attributes(self) -> dict[str, str]:
        """The row in the studio pack's names: category, articleType, baseColour, gender, pattern."""
        kind, pattern, words = self.row["product_type"], self.row["pattern"], self.row["colour"].split()
        colour = self.row["colour"] if self.row["colour"] in _FULL_COLOURS else _COLOURS.get(self.row["colour"], words[-1])
        return {
            "category": self.category,
            "articleType": _TYPES.get(kind, kind),
            "baseColour": "" if "Other" in words else colour,
            "gender": _GENDERS.get(self.row["group"], ""),
            "pattern": pattern.lower(),
        }


def packshots(*, data: Path, limit: int | None = None) -> list[Packshot]:
    """The products in the order of `products.csv`."""
    with open_zip(data=data, name=PACK) as pack:
        rows = [*csv.DictReader(io.StringIO(pack.read("products.csv").decode()))][:limit]
        if unknown := sorted({row["category"] for row in rows} - set(CATEGORIES)):
            raise ValueError(f"{PACK}: unknown categories {unknown}, expected only {CATEGORIES}")
        return [Packshot(id=row["id"], payload=pack.read(f"images/{row['id']}.webp"), row=row) for row in rows]
