"""All products of the data folder in one list, of the eight categories: studio pack, packshots and flat-lay garments.

The held-out ids are fixed in `splits/products-test.txt` (studio and flat-lay) and `splits/packshots-test.txt`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..classes import CATEGORIES
from .articles import ATTRIBUTES
from .packs import decode, packed, split_ids
from .packshots import packshots
from .studio import PACK as STUDIO
from .studio import category_of

_CATEGORY_OF_LABEL = {
    "T-Shirt": "t-shirts",
    "Longsleeve": "t-shirts",
    "Polo": "t-shirts",
    "Shirt": "shirts",
    "Blouse": "shirts",
    "Pants": "trousers",
    "Shorts": "trousers",
    "Skirt": "skirts",
    "Dress": "dresses",
    "Blazer": "blazers",
    "Hoodie": "jumpers",
    "Top": "tops",
    "Undershirt": "tops",
}
"""Flat-lay's labels. A long-sleeved t-shirt is a t-shirt; bodies, outerwear and uncertain labels are left out."""
NONE = "none"
"""The category of worn things in no supported category."""
_NONE_TYPES = frozenset(
    {
        *("Boxers", "Bra", "Briefs", "Dupatta", "Jackets", "Kurta Sets", "Kurtas", "Kurtis", "Lehenga Choli", "Nehru Jackets"),
        *("Night suits", "Rain Jacket", "Sarees", "Shapewear", "Shrug", "Stockings", "Suspenders", "Swimwear", "Tracksuits"),
        "Waistcoat",
    }
)
"""Studio types that are clearly unsupported. Salwars and tights, which look like trousers, are not among them."""
_NONE_LABELS = frozenset({"Shoes", "Hat", "Outwear"})
_GENDERS = {"Men": "male", "Boys": "male", "Women": "female", "Girls": "female", "Unisex": "unisex"}


@dataclass(frozen=True)
class Product:
    """One product; `kind` is `studio`, `packshot` or `flat`, `gender` may be empty. `picture` decodes on each access."""

    id: str
    source: str
    kind: str
    payload: bytes
    category: str
    gender: str
    title: str
    attributes: dict[str, str]

    @property
    def picture(self) -> np.ndarray:
        """RGB `(H, W, 3)` uint8."""
        return decode(payload=self.payload)

    @property
    def category_index(self) -> int:
        """0..7."""
        return CATEGORIES.index(self.category)


def category_of_label(*, label: str, kids: bool) -> str:
    """The shop's category of a flat-lay garment; empty for unsupported or unclear labels and for children's clothes."""
    return "" if kids else _CATEGORY_OF_LABEL.get(label, "")


def _studio_product(*, row: dict[str, str], payload: bytes, category: str, attributes: dict[str, str]) -> Product:
    """A row of the studio pack as a product."""
    return Product(
        id="s" + row["id"],
        source=STUDIO,
        kind="studio",
        payload=payload,
        category=category,
        gender=_GENDERS.get(row["gender"], ""),
        title=row["title"],
        attributes={key: attributes.get(key, "") for key in ATTRIBUTES},
    )


def _flat_lay_product(*, row: dict[str, str], payload: bytes, category: str) -> Product:
    """A row of the flat-lay pack as a product; nothing but its label is known."""
    attributes = dict.fromkeys(ATTRIBUTES, "") | ({} if category == NONE else {"category": category})
    given = {"category": category, "gender": "", "title": "", "attributes": attributes}
    return Product(id="f" + row["id"], source="flat-lay", kind="flat", payload=payload, **given)


def packshot_products(*, folder: Path) -> list[Product]:
    """The packshots as products; a product's name is its title."""
    found = []
    for shot in packshots(data=folder):
        attributes = {key: shot.attributes.get(key, "") for key in ATTRIBUTES}
        given = {"gender": _GENDERS.get(attributes["gender"], ""), "title": shot.row["name"], "attributes": attributes}
        found.append(
            Product(id="p" + shot.id, source="packshots", kind="packshot", payload=shot.payload, category=shot.category, **given)
        )
    return found


def all_products(*, folder: Path) -> list[Product]:
    """Every product of the eight categories, ids `s…` (studio-168x224), `p…` (packshots), `f…` (flat-lay)."""
    found = []
    for row, payload in packed(data=folder, name=STUDIO, table="products.csv"):
        if category := category_of(row=row):
            attributes = row | {"category": category}
            found.append(_studio_product(row=row, payload=payload, category=category, attributes=attributes))
    found += packshot_products(folder=folder)
    for row, payload in packed(data=folder, name="flat-lay", table="garments.csv"):
        if category := category_of_label(label=row["label"], kids=row["kids"] == "True"):
            found.append(_flat_lay_product(row=row, payload=payload, category=category))
    return found


def none_of(*, row: dict[str, str]) -> bool:
    """Whether a studio product is clearly unsupported: by its type, else by its department or the title's words."""
    if row["articleType"]:
        return row["articleType"] in _NONE_TYPES
    if category_of(row=row):
        return False
    words = row["title"].lower().split()
    return row["subCategory"] in ("Innerwear", "Saree", "Socks") or "jacket" in words or "kurta" in words


def other_products(*, folder: Path) -> list[Product]:
    """Products of clearly unsupported types, category `none`; ids as in `all_products`. Unclear products are in neither list."""
    found = []
    for row, payload in packed(data=folder, name=STUDIO, table="products.csv"):
        if none_of(row=row):
            found.append(_studio_product(row=row, payload=payload, category=NONE, attributes={}))
    for row, payload in packed(data=folder, name="flat-lay", table="garments.csv"):
        if row["label"] in _NONE_LABELS:
            found.append(_flat_lay_product(row=row, payload=payload, category=NONE))
    return found


def held_out() -> set[str]:
    """The ids that no training uses."""
    return split_ids(name="products-test") | split_ids(name="packshots-test")


def twins() -> set[str]:
    """Held-out ids whose picture another, earlier held-out product has too."""
    return split_ids(name="products-test-twins") | split_ids(name="packshots-test-twins")


def training_products(*, folder: Path) -> list[Product]:
    """The products that trainings use."""
    held = held_out()
    return [product for product in all_products(folder=folder) if product.id not in held]


def test_articles(*, folder: Path) -> list[Product]:
    """The held-out products, one of each group with the same picture."""
    kept = held_out() - twins()
    return [product for product in all_products(folder=folder) if product.id in kept]
