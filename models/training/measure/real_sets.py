"""Test sets of real photos and of composites: category, colour and segmentation."""

import numpy as np
from scipy import ndimage

from ..classes import CLASSES
from ..data.packs import split_ids
from ..data.scenes import Person, backdrop, corner, empty_strip, scene
from .held_out import SCENE, SEED, HeldOut, add_held, add_people, studio_people
from .testset_folder import slices_of

COMPOSITES = 200
"""Photos that are put together."""


def real(*, held_out: HeldOut) -> None:
    """Real photos whose garments are no articles: only category and colour can be measured."""
    found = held_out.test_set(
        name="real", about="The 120 validation photos of CCP as they are; all held-out products are the articles"
    )
    add_held(found=found, held_out=held_out)
    add_people(found=found, held_out=held_out)


def ccp_segmentation(*, held_out: HeldOut) -> None:
    """Real photos with their label maps."""
    about = "The 120 validation photos of CCP with their label maps, 59 labels made 13 classes"
    add_people(found=held_out.test_set(name="ccp-segmentation", about=about, kind="segmentation"), held_out=held_out)


def composites(*, held_out: HeldOut) -> None:
    """Studio models composited on streets and household backgrounds."""
    about = (
        "Wearers of the held-out studio products of studio-validation.txt, cut out by the white background where the outline is "
        "clear (so hardly any white clothes), on parts of streets and household background, half bodies and small figures, in "
        "changed light. The truth is foreground or not (class other-worn). Other pictures of the same models are in training packs"
    )
    found = held_out.test_set(name="composites", about=about, kind="segmentation")
    held = {"s" + id for id in split_ids(name="studio-validation")}
    people = studio_people(products=[product for product in held_out.products if product.id in held], count=COMPOSITES)
    grounds = [product for product in held_out.products if product.kind == "flat"]
    # Not the filled streets: the filled area looks like a person.
    strips = [strip for p in held_out.people if (strip := empty_strip(parsed=p, smallest=0.3)) is not None]
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
