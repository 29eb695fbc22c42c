"""What the test sets are made of: held-out people, products and streets."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..classes import CATEGORIES
from ..data.ccp import ccp_photos
from ..data.dressing.dress import garments_seen
from ..data.packs import split_ids
from ..data.parsed import Parsed
from ..data.products import Product, test_articles
from ..data.scenes import Person, filled, studio_person
from .testset_folder import TestSetFolder, slices_of

SEED = 2024
SCENE = (512, 384)
"""Height and width of photos that are put together."""


@dataclass
class HeldOut:
    """The held-out data, read at first use."""

    folder: Path
    out: Path
    renderer_bin: str

    @cached_property
    def people(self) -> list[Parsed]:
        """CCP's validation people."""
        return ccp_photos(data=self.folder, validation=True)

    @cached_property
    def products(self) -> list[Product]:
        """Held-out products with different pictures, by id."""
        return sorted(test_articles(folder=self.folder), key=lambda product: product.id)

    @cached_property
    def genders(self) -> dict[str, str]:
        """CCP id → the gender that the wearer presents."""
        known = dict(line.split(" ", 1) for line in split_ids(name="ccp-validation-presentation"))
        return {parsed.id: known.get(parsed.id, "female") for parsed in self.people}

    @cached_property
    def streets(self) -> list[np.ndarray]:
        """The validation photos with their person filled in."""
        return [filled(photo=p.photo, mask=p.labels > 0) for p in self.people]

    def test_set(self, *, name: str, about: str, kind: str = "retrieval") -> TestSetFolder:
        """A new folder."""
        return TestSetFolder(folder=self.out / name, about=about, kind=kind)


def hash_of(text: str) -> str:
    """A fixed order of ids: their SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def add_held(*, found: TestSetFolder, held_out: HeldOut) -> None:
    """Adds all held-out products as articles."""
    for product in held_out.products:
        found.article(id=product.id, payload=product.payload, category=product.category, gender=product.gender)


def studio_people(*, products: list[Product], count: int) -> list[tuple[Product, Person]]:
    """The first `count` products, in the order of a hash, whose picture shows a wearer with a clear outline."""
    found = []
    for product in sorted(products, key=lambda product: hash_of("people " + product.id)):
        if product.source == "studio-168x224" and (person := studio_person(picture=product.picture)) is not None:
            found.append((product, person))
            if len(found) == count:
                break
    return found


def add_people(*, found: TestSetFolder, held_out: HeldOut) -> None:
    """The validation people as they are; their garments are not among the articles."""
    for parsed in held_out.people:
        garments: list[tuple[str, str | None]] = [(CATEGORIES[category], None) for category in garments_seen(labels=parsed.labels)]
        slices = slices_of(photo=parsed.photo, foreground=parsed.labels > 0, gender=held_out.genders[parsed.id])
        found.query(id=f"p{parsed.id}", photo=parsed.photo, labels=parsed.labels, garments=garments, slices=slices)
    found.close()
