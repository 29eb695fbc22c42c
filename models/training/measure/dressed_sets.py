"""Test sets whose garments are articles: dressed people, CCP's own garments, studio models on streets."""

import numpy as np
from PIL import Image

from ..classes import CATEGORIES, FIRST_CATEGORY
from ..data.articles import boxed
from ..data.augmentation import relight
from ..data.dressing.cloth import Cloth
from ..data.dressing.wardrobe import Wardrobe, dressed_person
from ..data.geometry import crop_to_content, cut_out
from ..data.parsed import Parsed
from ..data.products import training_products
from ..data.scenes import backdrop, scene
from .held_out import SCENE, SEED, HeldOut, add_held, hash_of, studio_people
from .testset_folder import jpeg_bytes, slices_of

DRESSINGS = 10
"""How often each validation person is dressed."""
HALF = 0.15
"""Share of dressed photos that are cut above the knee."""
DISTRACTORS = 10_000
"""Shop products among which CCP's own garments are searched: held-out ones, then training ones in the order of a hash."""
STREETS = 600
"""Studio models that are put on streets."""


class Deck(Wardrobe):
    """A wardrobe that uses each product once before it repeats any."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.decks: dict[int, list[int]] = {}

    def draw(self, *, category: int, rng: np.random.Generator, tries: int = 8) -> tuple[int, Cloth] | None:
        """The next product of the category whose cloth can be made."""
        for _ in range(len(self.rows[category])):
            if not self.decks.get(category):
                self.decks[category] = [int(row) for row in rng.permutation(self.rows[category])]
            row = self.decks[category].pop()
            if (cloth := self.cloth(row=row)) is not None:
                return row, cloth
        return None


def dressed(*, held_out: HeldOut) -> None:
    """Dressed people: neither people nor products were trained on."""
    about = (
        f"{len(held_out.people)} validation people of CCP, each dressed {DRESSINGS} times in held-out products, "
        f"{HALF:.0%} of the photos cut above the knee; all held-out products are the articles"
    )
    found = held_out.test_set(name="dressed", about=about)
    add_held(found=found, held_out=held_out)
    deck = Deck(products=held_out.products)
    for parsed in held_out.people:
        for turn in range(DRESSINGS):
            rng = np.random.default_rng((SEED, 1, int(parsed.id), turn))
            shown = dressed_person(parsed=parsed, wardrobe=deck, rng=rng, share=0.85, swap=0.0, half=HALF, flip=0.0)
            if shown is None:
                continue
            found.query(
                id=f"d{parsed.id}-{turn}",
                photo=shown.photo,
                labels=shown.labels,
                garments=[(CATEGORIES[category], deck.products[row].id) for category, row in shown.worn.items()],
                slices=slices_of(photo=shown.photo, foreground=shown.labels > 0, gender=held_out.genders[parsed.id]),
            )
    found.close()


def product_like(*, parsed: Parsed, category: int, rng: np.random.Generator, smallest: float = 0.015) -> np.ndarray | None:
    """A garment of a photo, cut out, warped, relit and on white as a shop would show it, `(224, 168, 3)`; `None` if too small."""
    mask = parsed.labels == FIRST_CATEGORY + category
    if mask.mean() < smallest:
        return None
    cropped = crop_to_content(picture=cut_out(picture=parsed.photo, mask=mask))
    paper = (cropped >= 250).all(axis=2)
    lit = relight(picture=cropped.astype(np.float32), rng=rng, strength=0.5)
    picture = Image.fromarray(np.where(paper[..., None], 255, lit + 0.5).clip(0, 255).astype(np.uint8))
    w, h = picture.size
    angle, shear = rng.uniform(-0.14, 0.14), rng.uniform(-0.08, 0.08)
    across, down = np.exp(rng.uniform(-0.12, 0.12, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos * across, (-sin + shear) * across], [sin * down, cos * down]])
    room = 1.25
    centre = np.array([w, h]) / 2
    offset = centre - turn @ (centre * room)
    matrix = (turn[0, 0], turn[0, 1], offset[0], turn[1, 0], turn[1, 1], offset[1])
    size = int(w * room), int(h * room)
    turned = picture.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    shown = np.pad(crop_to_content(picture=np.asarray(turned)), ((10, 10), (6, 6), (0, 0)), constant_values=255)
    return boxed(picture=shown, size=(224, 168))


def ccp_cutouts(*, held_out: HeldOut) -> None:
    """People and their own garments, among many studio products."""
    shops = [product for product in held_out.products if product.kind != "flat"]
    more = [product for product in training_products(folder=held_out.folder) if product.kind != "flat"]
    more.sort(key=lambda product: hash_of(product.id))
    distractors = (shops + more)[:DISTRACTORS]
    about = (
        "Validation people of CCP and their own garments, cut out by the label map, turned, stretched and relit, among "
        f"{len(distractors)} shop products: {len(shops)} held-out ones and {max(len(distractors) - len(shops), 0)} that were "
        "trained on, as there are not more. The articles show the very pixels of the photos"
    )
    found = held_out.test_set(name="ccp-cutouts", about=about)
    for product in distractors:
        found.article(id=product.id, payload=product.payload, category=product.category, gender=product.gender)
    for parsed in held_out.people:
        rng = np.random.default_rng((SEED, 2, int(parsed.id)))
        gender = held_out.genders[parsed.id]
        garments: list[tuple[str, str | None]] = []
        for category, name in enumerate(CATEGORIES):
            if (picture := product_like(parsed=parsed, category=category, rng=rng)) is not None:
                id = f"c{parsed.id}-{name}"
                found.article(id=id, payload=jpeg_bytes(picture=picture), category=name, gender="")
                garments.append((name, id))
        if garments:
            slices = slices_of(photo=parsed.photo, foreground=parsed.labels > 0, gender=gender)
            found.query(id=f"p{parsed.id}", photo=parsed.photo, labels=parsed.labels, garments=garments, slices=slices)
    found.close()


def studio_on_street(*, held_out: HeldOut) -> None:
    """Studio models on streets; the articles are the title pictures they were cut from."""
    about = (
        "Wearers of held-out studio products, cut out by the white background, on streets of CCP's validation photos whose person "
        "is filled in; the article is the title picture that shows the same shot. No label maps"
    )
    found = held_out.test_set(name="studio-on-street", about=about)
    add_held(found=found, held_out=held_out)
    for at, (product, person) in enumerate(studio_people(products=held_out.products, count=STREETS)):
        rng = np.random.default_rng((SEED, 3, at))
        background = backdrop(source=held_out.streets[rng.integers(len(held_out.streets))], size=SCENE, rng=rng)
        photo, foreground = scene(person=person, background=background, rng=rng)
        slices = slices_of(photo=photo, foreground=foreground, gender=product.gender)
        found.query(id=f"w{product.id}", photo=photo, labels=None, garments=[(product.category, product.id)], slices=slices)
    found.close()
