"""The studio pack: a shop's title pictures with their attributes, and the shop's category of each."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from .articles import ATTRIBUTES, Article, boxed
from .packs import Picture, by_suffix, decode, files_of, open_tar, read_member

PACK = "studio-168x224"


@dataclass(frozen=True)
class StudioProduct:
    """A shop's title picture with its attributes; an attribute that is not known is the empty string."""

    id: str
    picture: Picture
    row: dict[str, str]


def studio_products(*, data: Path, limit: int | None = None) -> list[StudioProduct]:
    """The studio pack, in the order of `products.csv`."""
    with open_tar(data=data, name=PACK) as tar:
        members = files_of(tar)
        rows = csv.DictReader(io.StringIO(read_member(tar, by_suffix(members, "products.csv")).decode()))
        files = {Path(name).stem: member for name, member in members.items() if name.endswith((".jpg", ".png"))}
        products = []
        for row in rows:
            if row["id"] in files:
                picture = decode(payload=read_member(tar, files[row["id"]]))
                products.append(StudioProduct(id=row["id"], picture=picture, row=row))
            if limit and len(products) == limit:
                break
        return products


_CATEGORY_OF_TYPE = {
    "Tshirts": "t-shirts",
    "Shirts": "shirts",
    "Tops": "tops",
    "Tunics": "tops",
    "Camisoles": "tops",
    "Sweaters": "jumpers",
    "Sweatshirts": "jumpers",
    "Trousers": "trousers",
    "Jeans": "trousers",
    "Shorts": "trousers",
    "Track Pants": "trousers",
    "Leggings": "trousers",
    "Capris": "trousers",
    "Jeggings": "trousers",
    "Dresses": "dresses",
    "Jumpsuit": "dresses",
    "Skirts": "skirts",
    "Blazers": "blazers",
}
_GARMENTS = ("Topwear", "Bottomwear", "Dress", "Apparel Set", "Loungewear and Nightwear")


def category_of(*, row: dict[str, str]) -> str:
    """The shop's category of a studio product, by its type, else by the words of its title; may be empty."""
    if found := _CATEGORY_OF_TYPE.get(row["articleType"]):
        return found
    if row["articleType"]:
        return ""
    title = row["title"].lower()
    words = (
        ("blazer", "blazers"),
        ("dress", "dresses"),
        ("sweat", "jumpers"),
        ("t-shirt", "t-shirts"),
        ("tshirt", "t-shirts"),
        (" polo", "t-shirts"),
        (" tee", "t-shirts"),
        ("shirt", "shirts"),
        ("skirt", "skirts"),
        ("jeans", "trousers"),
        ("trouser", "trousers"),
        ("shorts", "trousers"),
        (" top", "tops"),
    )
    return next((category for word, category in words if word in title), "")


def studio_articles(*, folder: Path, limit: int | None = None) -> list[Article]:
    """The garments of the studio pack, validation products included."""
    found = []
    for product in studio_products(data=folder, limit=limit):
        if product.row["subCategory"] in _GARMENTS:
            attributes = product.row | {"category": category_of(row=product.row)}
            attributes = {key: attributes.get(key, "") for key in ATTRIBUTES}
            found.append(Article(id=product.id, picture=boxed(picture=product.picture), attributes=attributes))
    return found
