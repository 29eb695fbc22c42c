"""All products of the data folder in one list, of the eight categories: studio pack, packshots and flat-lay garments.

The held-out ids are fixed in `splits/products-test.txt` (studio and flat-lay) and `splits/packshots-test.txt`, which is written by

    python -m training.data.products --write-splits
"""

import argparse
import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..classes import CATEGORIES
from ..paths import DATA
from .articles import ATTRIBUTES
from .packs import decode, packed, split_ids, write_split
from .packshots import packshots
from .studio import PACK as STUDIO
from .studio import category_of

RARE = frozenset({"blazers", "dresses", "jumpers", "skirts", "trousers"})


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
"""Flat-lay's labels. A long-sleeved t-shirt is a t-shirt; bodies, outerwear and what is not sure are left out."""


NONE = "none"
"""The category of what is worn and is none of the eight."""


_NONE_TYPES = frozenset(
    {
        *("Boxers", "Bra", "Briefs", "Dupatta", "Jackets", "Kurta Sets", "Kurtas", "Kurtis", "Lehenga Choli", "Nehru Jackets"),
        *("Night suits", "Rain Jacket", "Sarees", "Shapewear", "Shrug", "Stockings", "Suspenders", "Swimwear", "Tracksuits"),
        "Waistcoat",
    }
)
"""Studio types that are clearly none of the eight. Salwars and tights, which look like trousers, are not among them."""


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
    """The shop's category of a flat-lay garment; empty for what is none of the eight, not clear, or a child's."""
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
    """Whether a studio product is clearly none of the eight: by its type, else by its department or the title's words."""
    if row["articleType"]:
        return row["articleType"] in _NONE_TYPES
    if category_of(row=row):
        return False
    words = row["title"].lower().split()
    return row["subCategory"] in ("Innerwear", "Saree", "Socks") or "jacket" in words or "kurta" in words


def other_products(*, folder: Path) -> list[Product]:
    """What is clearly none of the eight, category `none`; ids as in `all_products`. What is not clear is in neither list."""
    found = []
    for row, payload in packed(data=folder, name=STUDIO, table="products.csv"):
        if none_of(row=row):
            found.append(_studio_product(row=row, payload=payload, category=NONE, attributes={}))
    for row, payload in packed(data=folder, name="flat-lay", table="garments.csv"):
        if row["label"] in _NONE_LABELS:
            found.append(_flat_lay_product(row=row, payload=payload, category=NONE))
    return found


def held_out() -> set[str]:
    """The ids that nothing is ever trained on."""
    return split_ids(name="products-test") | split_ids(name="packshots-test")


def twins() -> set[str]:
    """Held-out ids whose picture another, earlier held-out product has too."""
    return split_ids(name="products-test-twins") | split_ids(name="packshots-test-twins")


def training_products(*, folder: Path) -> list[Product]:
    """All that may be trained on."""
    held = held_out()
    return [product for product in all_products(folder=folder) if product.id not in held]


def test_articles(*, folder: Path) -> list[Product]:
    """The held-out products, of those with the same picture only one."""
    kept = held_out() - twins()
    return [product for product in all_products(folder=folder) if product.id in kept]


THUMB = (30, 40)


ALIKE = 5.0
"""Two pictures whose thumbnails differ by less than this (root of the mean square, of 255) show the same product."""


def thumbnails(*, products: list[Product]) -> np.ndarray:
    """`(N, 40 · 30 · 3)` float32, the pictures stretched to one size."""
    out = np.empty((len(products), THUMB[0] * THUMB[1] * 3), np.float32)
    for i, product in enumerate(products):
        out[i] = np.asarray(Image.fromarray(product.picture).resize(THUMB, Image.Resampling.BOX), np.float32).ravel()
    return out


def alike(*, thumbs: np.ndarray, limit: float = ALIKE, block: int = 512) -> list[tuple[int, int]]:
    """Pairs `i < j` of rows that differ by less than `limit`."""
    squares = (thumbs**2).sum(axis=1)
    found = []
    for first in range(0, len(thumbs), block):
        part = thumbs[first : first + block]
        distance = squares[first : first + block, None] + squares[None, first:] - 2 * part @ thumbs[first:].T
        i, j = np.nonzero(distance < limit**2 * thumbs.shape[1])
        found += [(int(a) + first, int(b) + first) for a, b in zip(i, j, strict=True) if a < b]
    return found


def groups(*, count: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Each item's group, named by its smallest member; items joined by a pair are in one group."""
    parent = np.arange(count)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    for a, b in pairs:
        a, b = sorted((root(a), root(b)))
        parent[b] = a
    return np.array([root(i) for i in range(count)])


def choose_test(
    *, products: list[Product], family: np.ndarray, forced: set[str], rare_share: float = 0.44, share: float = 0.36
) -> set[str]:
    """Whole families, in the order of a hash of their first id, until each category has its share; `forced` come first."""
    members = defaultdict(list)
    for i, name in enumerate(family):
        members[int(name)].append(products[i])
    totals = Counter(product.category for product in products)
    wanted = {name: (rare_share if name in RARE else share) * totals[name] for name in CATEGORIES}
    have: Counter[str] = Counter()
    chosen: set[str] = set()

    def order(name: int) -> tuple[bool, str]:
        return not any(p.id in forced for p in members[name]), hashlib.sha256(products[name].id.encode()).hexdigest()

    for name in sorted(members, key=order):
        if not order(name)[0] or have[products[name].category] < wanted[products[name].category]:
            chosen |= {product.id for product in members[name]}
            have.update(product.category for product in members[name])
    return chosen


PACKSHOT_SHARES = {"rare_share": 0.3, "share": 0.3}
"""Of each category's packshots, what is held out."""
CODE = 8
"""A packshot's id begins with its product's code (seven digits after the `p`); the rest is the colour."""


def write_splits(*, folder: Path) -> None:
    """Writes `splits/packshots-test.txt` and `splits/packshots-test-twins.txt`."""
    products = packshot_products(folder=folder)
    by_code = defaultdict(list)
    for i, product in enumerate(products):
        by_code[product.id[:CODE]].append(i)
    same_picture = alike(thumbs=thumbnails(products=products))
    same_code = [(group[0], i) for group in by_code.values() for i in group[1:]]
    family = groups(count=len(products), pairs=same_picture + same_code)
    chosen = choose_test(products=products, family=family, forced=set(), **PACKSHOT_SHARES)
    picture_group = groups(count=len(products), pairs=same_picture)
    same = {p.id for i, p in enumerate(products) if p.id in chosen and picture_group[i] != i}
    about = (
        "Held-out packshots, never trained on: whole families (same product code, or thumbnails of 30×40 that differ by less than\n"
        f"{ALIKE} of 255) in the order of the SHA-256 of a family's first id, {PACKSHOT_SHARES['share']:.0%} of each category."
    )
    write_split(name="packshots-test", about=about, ids=sorted(chosen))
    about = "Packshots of packshots-test.txt whose picture another, earlier one has too (the same rule): no articles of test sets."
    write_split(name="packshots-test-twins", about=about, ids=sorted(same))
    kept = Counter(p.category for p in products if p.id in chosen and p.id not in same)
    train = Counter(p.category for p in products if p.id not in chosen)
    print({"test": dict(kept), "articles": kept.total(), "twins": len(same), "train": dict(train), "training": train.total()})


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tars")
    parser.add_argument("--write-splits", action="store_true", help="write splits/packshots-test*.txt")
    args = parser.parse_args()
    if args.write_splits:
        write_splits(folder=args.data)
    else:
        for name, part in (("training", training_products(folder=args.data)), ("test", test_articles(folder=args.data))):
            print(name, dict(sorted(Counter((p.source, p.category) for p in part).items())))


if __name__ == "__main__":
    main()
