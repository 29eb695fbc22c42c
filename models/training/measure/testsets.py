"""The test sets, fixed by id and seed, as folders that `shop-the-look evaluate` reads.

    python -m training.measure.testsets --out DIR [--only dressed real …] [--renderer-bin PATH] [--imagenet FILE.onnx]

| set | queries | articles |
|---|---|---|
| `dressed` | validation people in held-out products, ten times each | all held-out products |
| `ccp-cutouts` | validation people | their own garments cut out by the label map, warped and relit, and 10,000 shop products |
| `studio-on-street` | wearers of held-out studio products, on streets | all held-out products, among them the very title pictures |
| `drawn` | drawn looks | the drawn products they were dressed from |
| `real` | validation people as they are (category and colour only) | all held-out products |
| `ccp-segmentation` | validation people with their label maps | |
| `composites` | held-out studio people on parts of streets and household ground; foreground is class 12 | |
"""

import argparse
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from ..classes import CATEGORIES, CLASSES, FIRST_CATEGORY
from ..data.articles import boxed
from ..data.augmentation import relight
from ..data.ccp import ccp_photos
from ..data.drawn import drawn_looks, json_lines
from ..data.dressing.cloth import Cloth
from ..data.dressing.dress import garments_seen
from ..data.dressing.wardrobe import Wardrobe, dressed_person
from ..data.geometry import crop_to_content, cut_out
from ..data.packs import split_ids
from ..data.parsed import Parsed
from ..data.products import Product, test_articles, training_products
from ..data.scenes import Person, backdrop, corner, empty_strip, filled, scene, studio_person
from ..export.imagenet import export_imagenet
from ..paths import DATA
from ..train.settings import add_renderer_argument
from .testset_folder import TestSetFolder, jpeg_bytes, slices_of

SEED = 2024


DRESSINGS = 10
"""How often each validation person is dressed."""


HALF = 0.15
"""Share of dressed photos that are cut above the knee."""


DISTRACTORS = 10_000
"""Shop products among which CCP's own garments are searched: held-out ones, then training ones in the order of a hash."""


STREETS = 600


COMPOSITES = 200


DRAWN = {"products": 1200, "products_seed": 13, "looks": 200, "looks_seed": 3001}


SCENE = (512, 384)
"""Height and width of photos that are put together."""


@dataclass
class Sources:
    """The data folder, read when it is needed."""

    folder: Path
    out: Path
    renderer_bin: str

    @cached_property
    def people(self) -> list[Parsed]:
        """CCP's validation people."""
        return ccp_photos(data=self.folder, validation=True)

    @cached_property
    def held(self) -> list[Product]:
        """Held-out products with different pictures, by id."""
        return sorted(test_articles(folder=self.folder), key=lambda product: product.id)

    @cached_property
    def genders(self) -> dict[str, str]:
        """CCP id → how the wearer presents."""
        known = dict(line.split(" ", 1) for line in split_ids(name="ccp-validation-presentation"))
        return {parsed.id: known.get(parsed.id, "female") for parsed in self.people}

    @cached_property
    def streets(self) -> list[np.ndarray]:
        """The validation photos with their person filled in."""
        return [filled(photo=p.photo, mask=p.labels > 0) for p in self.people]

    def open(self, *, name: str, about: str, kind: str = "retrieval") -> TestSetFolder:
        """A new folder."""
        return TestSetFolder(folder=self.out / name, about=about, kind=kind)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _add_held(*, found: TestSetFolder, sources: Sources) -> None:
    for product in sources.held:
        found.article(id=product.id, payload=product.payload, category=product.category, gender=product.gender)


class Deck(Wardrobe):
    """A wardrobe whose products are dealt like cards: each once before any comes again."""

    def draw(self, *, category: int, rng: np.random.Generator, tries: int = 8) -> tuple[int, Cloth] | None:
        """The next product of the category whose cloth can be made."""
        decks = self.__dict__.setdefault("decks", {})
        for _ in range(len(self.rows[category])):
            if not decks.get(category):
                decks[category] = [int(row) for row in rng.permutation(self.rows[category])]
            row = decks[category].pop()
            if (cloth := self.cloth(row=row)) is not None:
                return row, cloth
        return None


def dressed(*, sources: Sources) -> None:
    """Dressed pairs: people and products both unseen in training."""
    about = (
        f"{len(sources.people)} validation people of CCP, each dressed {DRESSINGS} times in held-out products, "
        f"{HALF:.0%} of the photos cut above the knee; all held-out products are the articles"
    )
    found = sources.open(name="dressed", about=about)
    _add_held(found=found, sources=sources)
    deck = Deck(products=sources.held)
    for parsed in sources.people:
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
                slices=slices_of(photo=shown.photo, foreground=shown.labels > 0, gender=sources.genders[parsed.id]),
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


def ccp_cutouts(*, sources: Sources) -> None:
    """People and their own garments, among many studio products."""
    shops = [product for product in sources.held if product.kind != "flat"]
    more = [product for product in training_products(folder=sources.folder) if product.kind != "flat"]
    more.sort(key=lambda product: _hash(product.id))
    distractors = (shops + more)[:DISTRACTORS]
    about = (
        "Validation people of CCP and their own garments, cut out by the label map, turned, stretched and relit, among "
        f"{len(distractors)} shop products: {len(shops)} held-out ones and {max(len(distractors) - len(shops), 0)} that were "
        "trained on, as there are not more. The articles show the very pixels of the photos"
    )
    found = sources.open(name="ccp-cutouts", about=about)
    for product in distractors:
        found.article(id=product.id, payload=product.payload, category=product.category, gender=product.gender)
    for parsed in sources.people:
        rng = np.random.default_rng((SEED, 2, int(parsed.id)))
        gender = sources.genders[parsed.id]
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


def studio_people(*, products: list[Product], count: int) -> list[tuple[Product, Person]]:
    """The first `count` products, in the order of a hash, whose picture shows a wearer with a sure outline."""
    found = []
    for product in sorted(products, key=lambda product: _hash("people " + product.id)):
        if product.source == "studio-168x224" and (person := studio_person(picture=product.picture)) is not None:
            found.append((product, person))
            if len(found) == count:
                break
    return found


def studio_on_street(*, sources: Sources) -> None:
    """Studio photos' wearers on streets, and the title pictures they come from."""
    about = (
        "Wearers of held-out studio products, cut out by the white background, on streets of CCP's validation photos whose person "
        "is filled in; the article is the title picture that shows the same shot. No label maps"
    )
    found = sources.open(name="studio-on-street", about=about)
    _add_held(found=found, sources=sources)
    for at, (product, person) in enumerate(studio_people(products=sources.held, count=STREETS)):
        rng = np.random.default_rng((SEED, 3, at))
        background = backdrop(source=sources.streets[rng.integers(len(sources.streets))], size=SCENE, rng=rng)
        photo, foreground = scene(person=person, background=background, rng=rng)
        slices = slices_of(photo=photo, foreground=foreground, gender=product.gender)
        found.query(id=f"w{product.id}", photo=photo, labels=None, garments=[(product.category, product.id)], slices=slices)
    found.close()


def drawn(*, sources: Sources) -> None:
    """Drawn looks and products, of seeds used for nothing else."""
    about = (
        f"{DRAWN['looks']} drawn looks (seed {DRAWN['looks_seed']}) in {DRAWN['products']} drawn products "
        f"(seed {DRAWN['products_seed']}); neither seed is trained or tuned on"
    )
    found = sources.open(name="drawn", about=about)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        products = [str(DRAWN["products"]), str(DRAWN["products_seed"])]
        first = [sources.renderer_bin, "products", "--seed", products[1], "--count", products[0], "--out", name]
        second = [sources.renderer_bin, "looks", "--seed", str(DRAWN["looks_seed"]), "--count", str(DRAWN["looks"])]
        second += ["--products-seed", products[1], "--products-count", products[0], "--out", name]
        for command in (first, second):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        genders = {}
        for line in json_lines(path=folder / "products.jsonl"):
            genders[line["id"]] = line["gender"]
            payload = (folder / line["image_link"]).read_bytes()
            found.article(id=line["id"], payload=payload, category=line["category"], gender=line["gender"])
        for look in drawn_looks(folder=folder):
            parsed = look.parsed
            told = {genders[id] for id in look.worn.values()} - {"unisex"}
            gender = told.pop() if len(told) == 1 else ""
            slices = slices_of(photo=parsed.photo, foreground=parsed.labels > 0, gender=gender)
            garments: list[tuple[str, str | None]] = [*look.worn.items()]
            found.query(id=parsed.id, photo=parsed.photo, labels=parsed.labels, garments=garments, slices=slices)
    found.close()


def _people(*, found: TestSetFolder, sources: Sources) -> None:
    """The validation people as they are; their garments are no articles."""
    for parsed in sources.people:
        garments: list[tuple[str, str | None]] = [(CATEGORIES[category], None) for category in garments_seen(labels=parsed.labels)]
        slices = slices_of(photo=parsed.photo, foreground=parsed.labels > 0, gender=sources.genders[parsed.id])
        found.query(id=f"p{parsed.id}", photo=parsed.photo, labels=parsed.labels, garments=garments, slices=slices)
    found.close()


def real(*, sources: Sources) -> None:
    """Real photos, whose garments no shop of ours sells: category and colour can be judged."""
    found = sources.open(name="real", about="The 120 validation photos of CCP as they are; all held-out products are the articles")
    _add_held(found=found, sources=sources)
    _people(found=found, sources=sources)


def ccp_segmentation(*, sources: Sources) -> None:
    """Real photos with their label maps."""
    about = "The 120 validation photos of CCP with their label maps, 59 labels made 13 classes"
    _people(found=sources.open(name="ccp-segmentation", about=about, kind="segmentation"), sources=sources)


def composites(*, sources: Sources) -> None:
    """Another source of people, as far as there is one."""
    about = (
        "Wearers of the held-out studio products of studio-validation.txt, cut out by the white background where the outline is "
        "sure (so hardly any white clothes), on parts of streets and household ground, half bodies and small figures, in changed "
        "light. The truth is foreground or not (class other-worn). Other pictures of the same models are in the training packs"
    )
    found = sources.open(name="composites", about=about, kind="segmentation")
    held = {"s" + id for id in split_ids(name="studio-validation")}
    people = studio_people(products=[product for product in sources.held if product.id in held], count=COMPOSITES)
    grounds = [product for product in sources.held if product.kind == "flat"]
    # Not the filled streets: a smear where a person stood looks like one.
    strips = [strip for p in sources.people if (strip := empty_strip(parsed=p, smallest=0.3)) is not None]
    for at in range(COMPOSITES):
        product, person = people[at % len(people)]
        rng = np.random.default_rng((SEED, 4, at))
        if rng.random() < 0.6:
            source = strips[rng.integers(len(strips))]
        else:
            source = corner(photo=grounds[rng.integers(len(grounds))].picture, rng=rng)
        if rng.random() < 0.3:
            # A closer view: cut above the waist.
            rows = int(person.mask.shape[0] * rng.uniform(0.5, 0.75))
            person = Person(picture=person.picture[:rows], mask=person.mask[:rows], cut=True)
        size = SCENE if rng.random() < 0.7 else SCENE[::-1]
        background = backdrop(source=source, size=size, rng=rng)
        photo, foreground = scene(person=person, background=background, rng=rng, heights=(0.5, 0.98), light=0.8)
        found.query(
            id=f"x{at:03}-{product.id}",
            photo=photo,
            labels=np.where(ndimage.binary_fill_holes(foreground), len(CLASSES) - 1, 0).astype(np.uint8),
            garments=[],
            slices=slices_of(photo=photo, foreground=foreground, gender=product.gender),
        )
    found.close()


SETS: dict[str, Callable[..., None]] = {
    "dressed": dressed,
    "ccp-cutouts": ccp_cutouts,
    "studio-on-street": studio_on_street,
    "drawn": drawn,
    "real": real,
    "ccp-segmentation": ccp_segmentation,
    "composites": composites,
}


def set_name(name: str) -> str:
    """A set's name; the former name of a set works and says so."""
    if name == "atelier":
        print("the set atelier is now called drawn", flush=True)
        return "drawn"
    return name


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tars")
    parser.add_argument("--out", type=Path, help="the sets are folders in here; those written anew are emptied first")
    parser.add_argument("--only", nargs="+", choices=tuple(SETS), type=set_name, default=[*SETS], help="all by default")
    add_renderer_argument(parser=parser)
    parser.add_argument("--imagenet", type=Path, metavar="FILE.onnx", help="writes the ImageNet baseline's encoder, too")
    args = parser.parse_args()
    if args.imagenet:
        export_imagenet(folder=args.data, out=args.imagenet)
    if args.out is None:
        if not args.imagenet:
            parser.error("expected --out DIR or --imagenet FILE.onnx")
        return
    if "drawn" in args.only and shutil.which(args.renderer_bin) is None:
        parser.error(f"{args.renderer_bin} is missing: `cargo build --release --package garment-renderer` builds it")
    sources = Sources(folder=args.data, out=args.out, renderer_bin=args.renderer_bin)
    for name in args.only:
        SETS[name](sources=sources)


if __name__ == "__main__":
    main()
