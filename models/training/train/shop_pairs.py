"""Pairs of a shop's own: a person in a further picture wears the product of the title picture.

In: an export of the shop's catalogue. Out: a [`Source`] for `pair_heads`, and the people with their label maps. Who wears something
is found by the shipped Street2Fashion, as the service finds it; the garment is what it sees on the category's layer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ..classes import CATEGORIES, CLASSES, FIRST_CATEGORY
from ..data.articles import Article, boxed, stacked
from ..data.frames import garment_cut, labels_to_frame, to_frame
from ..data.geometry import cut_out
from ..data.shop_export import ShopProduct, read_picture
from .pair_sources import Source
from .query_sets import as_tensor

LEAST_PERSON = 0.03
"""A person on a smaller share of the picture is nobody."""
LEAST_BODY = 0.02
"""Least share of hair and skin in a person's pixels, as in `backend/server/src/pipeline/cutout.rs`: a garment alone has none."""
LEAST_GARMENT = 0.012
"""A garment on a smaller share of the picture is no query of its own."""
UPPER = tuple(FIRST_CATEGORY + CATEGORIES.index(name) for name in ("jumpers", "shirts", "t-shirts", "tops", "blazers"))
BODY = (CLASSES.index("hair"), CLASSES.index("skin"))
Segment = Callable[[np.ndarray], np.ndarray]
"""A photo `(H, W, 3)` → probabilities `(13, H, W)`."""


def layer_of(*, category: str) -> tuple[int, ...]:
    """The classes of which a segmenter may take a garment of this category: those that are worn on the same part of the body."""
    own = FIRST_CATEGORY + CATEGORIES.index(category)
    dress, outer = FIRST_CATEGORY + CATEGORIES.index("dresses"), CLASSES.index("outerwear")
    if category in ("skirts", "trousers"):
        return (own, *(FIRST_CATEGORY + CATEGORIES.index(name) for name in ("skirts", "trousers")))
    return (own, dress) if category == "dresses" else (*UPPER, dress, outer)


@dataclass
class Wearers:
    """People of one split: `pictures` are queries (whole people, then garments), `worn` the product's row of each."""

    pictures: list[np.ndarray] = field(default_factory=list)
    worn: list[int] = field(default_factory=list)
    persons: list[np.ndarray] = field(default_factory=list)
    labels: list[np.ndarray] = field(default_factory=list)

    def add(self, *, photo: np.ndarray, probabilities: np.ndarray, category: str, row: int) -> bool:
        """Adds a picture's person and garment; returns whether somebody wears something in it."""
        known = probabilities.argmax(axis=0)
        person = probabilities[0] < 0.5
        body = np.isin(known, BODY) & person
        if person.mean() < LEAST_PERSON or body.sum() < LEAST_BODY * person.sum():
            return False
        cut, box = to_frame(cut=cut_out(picture=photo, mask=person))
        self.persons.append(cut)
        self.labels.append(labels_to_frame(labels=np.where(person, known, 0).astype(np.uint8), box=box))
        self.pictures.append(cut)
        self.worn.append(row)
        region = np.isin(known, layer_of(category=category)) & person
        if region.mean() >= LEAST_GARMENT:
            self.pictures.append(to_frame(cut=garment_cut(photo=photo, region=region, person=person))[0])
            self.worn.append(row)
        return True


@dataclass
class ShopPairs:
    """The source of a split, and its people `(N, 3, 192, 128)` with their label maps `(N, 48, 32)`; pictures without a wearer."""

    source: Source
    persons: Tensor
    labels: Tensor
    without: int


def shop_pairs(*, products: list[ShopProduct], split: str, segment: Segment, name: str) -> ShopPairs:
    """The pairs of a split. Articles are all products of the split, also those without a wearer: they are candidates."""
    part = [product for product in products if product.split == split]
    wearers, without, articles = Wearers(), 0, []
    for row, product in enumerate(part):
        articles.append(Article(id=product.id, picture=boxed(picture=read_picture(path=product.picture)), attributes={}))
        for path in product.further:
            photo = read_picture(path=path)
            found = wearers.add(photo=photo, probabilities=segment(photo), category=product.category, row=row)
            without += not found
    if not wearers.pictures:
        raise ValueError(f"no further picture of the {len(part)} {split} products shows a person who wears the product")
    source = Source.of(
        name=name,
        pictures=as_tensor(pictures=wearers.pictures),
        worn=[[row] for row in wearers.worn],
        shown=stacked(articles=articles),
        categories=torch.tensor([CATEGORIES.index(product.category) for product in part]),
    )
    labels = torch.from_numpy(np.stack(wearers.labels))
    return ShopPairs(source=source, persons=as_tensor(pictures=wearers.persons), labels=labels, without=without)
