"""Dressing and what is made with it, on tiny made pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch

from training.classes import CATEGORIES, FIRST_CATEGORY
from training.data.degraded import degraded
from training.data.dressed import dressed_batch, dressed_samples, load_dressed
from training.data.dressing.cloth import Cloth, cloth_of
from training.data.dressing.dress import dress, dress_all, garments_seen
from training.data.dressing.figure import studio_foreground
from training.data.dressing.wardrobe import Wardrobe, dressed_person
from training.data.families import alike, choose_test, groups
from training.data.frames import garment_cut, labels_to_frame, to_frame
from training.data.packs import split_ids
from training.data.parsed import Parsed
from training.data.products import Product, category_of_label, held_out
from training.measure.testset_folder import jpeg_bytes

TSHIRTS, TROUSERS = CATEGORIES.index("t-shirts"), CATEGORIES.index("trousers")


def studio_picture(*, colour: tuple[int, int, int], size: tuple[int, int] = (224, 168)) -> np.ndarray:
    """A garment without a wearer on white paper: a block with sleeves."""
    picture = np.full((*size, 3), 255, np.uint8)
    height, width = size
    picture[height // 5 : height * 4 // 5, width // 3 : width * 2 // 3] = colour
    picture[height // 5 : height * 2 // 5, width // 6 : width * 5 // 6] = colour
    return picture


def product_of(*, id: str, category: str, colour: tuple[int, int, int]) -> Product:
    """A product with a made picture."""
    payload = jpeg_bytes(picture=studio_picture(colour=colour))
    return Product(
        id=id, source="studio-168x224", kind="studio", payload=payload, category=category, gender="", title="", attributes={}
    )


def plain_cloth(*, colour: tuple[int, int, int]) -> Cloth:
    """A cloth of one colour."""
    texture = np.full((40, 30, 3), colour, np.uint8)
    return Cloth(texture=texture, alpha=np.ones((40, 30), bool), left=np.zeros(40, np.float32), right=np.full(40, 30, np.float32))


@pytest.fixture
def wardrobe() -> Wardrobe:
    """Three products of two categories."""
    return Wardrobe(
        products=[
            product_of(id="s1", category="t-shirts", colour=(30, 60, 200)),
            product_of(id="s2", category="t-shirts", colour=(20, 150, 60)),
            product_of(id="s3", category="trousers", colour=(120, 30, 110)),
        ]
    )


def test_foreground_is_what_white_does_not_reach() -> None:
    picture = studio_picture(colour=(30, 60, 200))
    picture[100:110, 80:90] = 255
    found = studio_foreground(picture=picture)
    assert found[60, 84]
    assert found[105, 85], "white within the garment is print"
    assert not found[5, 5]


def test_a_cloth_has_the_garments_colour_everywhere() -> None:
    cloth = cloth_of(picture=studio_picture(colour=(30, 60, 200)), kind="studio", category=TSHIRTS)
    assert cloth is not None
    assert np.abs(cloth.texture.astype(int) - (30, 60, 200)).max() <= 2
    assert (cloth.left < cloth.right).all()


def test_a_white_garment_on_white_paper_gives_a_white_cloth() -> None:
    cloth = cloth_of(picture=studio_picture(colour=(252, 252, 252)), kind="studio", category=TSHIRTS)
    assert cloth is None or cloth.texture.min() >= 250


def test_a_flat_garment_like_its_ground_gives_no_cloth() -> None:
    picture = np.full((100, 80, 3), 120, np.uint8)
    assert cloth_of(picture=picture, kind="flat", category=TSHIRTS) is None
    picture[25:75, 20:60] = (200, 30, 30)
    cloth = cloth_of(picture=picture, kind="flat", category=TSHIRTS)
    assert cloth is not None
    assert np.abs(cloth.texture.astype(int) - (200, 30, 30)).max() <= 2


def packshot(*, paper: tuple[int, int, int], colour: tuple[int, int, int]) -> np.ndarray:
    """A garment on paper that gets darker downwards, with a little noise."""
    picture = np.empty((288, 192, 3), np.float32)
    picture[:] = np.array(paper) - np.linspace(0, 12, 288)[:, None, None]
    picture[60:230, 50:140] = colour
    return np.clip(picture + np.random.default_rng(1).normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [(205, 150, 125), (20, 20, 24), (250, 250, 252)])
def test_a_packshots_garment_is_what_differs_from_its_paper(colour: tuple[int, int, int]) -> None:
    cloth = cloth_of(picture=packshot(paper=(225, 222, 218), colour=colour), kind="packshot", category=TSHIRTS)
    assert cloth is not None
    assert abs(cloth.alpha.shape[0] - 170) <= 6
    assert abs(cloth.alpha.shape[1] - 90) <= 6
    assert cloth.alpha.mean() > 0.95, "skin colours are cloth, as nobody wears it"


def test_a_packshot_in_the_colour_of_its_paper_gives_no_cloth() -> None:
    picture = packshot(paper=(225, 222, 218), colour=(219, 216, 212))
    assert cloth_of(picture=picture, kind="packshot", category=TSHIRTS) is None


def test_only_the_region_changes_and_takes_the_cloths_colour(person: Parsed) -> None:
    out = dress(
        photo=person.photo,
        labels=person.labels,
        category=TSHIRTS,
        product=plain_cloth(colour=(30, 60, 200)),
        rng=np.random.default_rng(1),
    )
    region = person.labels == FIRST_CATEGORY + TSHIRTS
    red, _, blue = out[region].mean(axis=0)
    assert blue > 2 * red
    assert (out[:5] == person.photo[:5]).all()
    assert np.abs(out[90:110, 30:50].astype(int) - person.photo[90:110, 30:50]).max() == 0, "the trousers stay"


def test_dark_folds_stay_dark(person: Parsed) -> None:
    photo = person.photo.copy()
    photo[45:50, 25:55] = 70
    out = dress(
        photo=photo,
        labels=person.labels,
        category=TSHIRTS,
        product=plain_cloth(colour=(160, 160, 160)),
        rng=np.random.default_rng(1),
    )
    assert out[47, 30:50].mean() < 0.85 * out[38, 30:50].mean()


def test_a_photo_without_the_garment_stays_as_it_is(person: Parsed) -> None:
    out = dress(
        photo=person.photo, labels=person.labels, category=0, product=plain_cloth(colour=(1, 2, 3)), rng=np.random.default_rng(1)
    )
    assert (out == person.photo).all()


def test_dressing_names_wrong_shapes(person: Parsed) -> None:
    with pytest.raises(ValueError, match="expected labels"):
        dress(
            photo=person.photo,
            labels=person.labels[1:],
            category=0,
            product=plain_cloth(colour=(1, 2, 3)),
            rng=np.random.default_rng(1),
        )


def test_all_garments_seen_are_dressed_once(person: Parsed) -> None:
    assert garments_seen(labels=person.labels) == [TROUSERS, TSHIRTS]
    cloths = {TROUSERS: plain_cloth(colour=(200, 20, 20)), TSHIRTS: plain_cloth(colour=(20, 200, 20))}
    out, done = dress_all(photo=person.photo, labels=person.labels, products=cloths, rng=np.random.default_rng(3))
    assert done == [TROUSERS, TSHIRTS]
    assert out[90, 40].argmax() == 0
    assert out[50, 40].argmax() == 1


def test_a_seed_dresses_alike(person: Parsed, wardrobe: Wardrobe) -> None:
    shown = [dressed_person(parsed=person, wardrobe=wardrobe, rng=np.random.default_rng(5)) for _ in range(2)]
    assert shown[0] is not None
    assert shown[1] is not None
    assert (shown[0].photo == shown[1].photo).all()
    assert shown[0].worn == shown[1].worn


def test_chunks_hold_what_their_garments_name(person: Parsed, wardrobe: Wardrobe, tmp_path: Path) -> None:
    source = dressed_samples(people=[person], wardrobe=wardrobe, rng=np.random.default_rng(5))
    (tmp_path / "train").mkdir()
    for index in range(2):
        torch.save(dressed_batch(source=source, wardrobe=wardrobe, count=3), tmp_path / "train" / f"chunk-{index:03}.pt")
    found = load_dressed(split="train", folder=tmp_path)
    assert found is not None
    assert found.persons.shape == (6, 3, 192, 128)
    assert found.labels.shape == (6, 48, 32)
    assert found.garments.shape[1:] == (3, 192, 128)
    assert sorted(set(found.owner.tolist())) == [*range(6)]
    category_of = {product.id: CATEGORIES.index(product.category) for product in wardrobe.products}
    assert [category_of[id] for id in found.product_ids] == found.categories.tolist()
    assert load_dressed(split="validation", folder=tmp_path) is None


def test_labels_lie_where_the_person_lies(person: Parsed) -> None:
    cut = np.where((person.labels > 0)[..., None], person.photo, 255).astype(np.uint8)
    frame, box = to_frame(cut=cut)
    small = labels_to_frame(labels=person.labels, box=box)
    shown = (frame < 250).any(axis=2)[2::4, 2::4]
    assert (shown == (small > 0)).mean() > 0.95


def test_a_garments_cut_is_white_outside_of_the_person(person: Parsed) -> None:
    region = person.labels == FIRST_CATEGORY + TSHIRTS
    cut = garment_cut(photo=np.zeros_like(person.photo), region=region, person=person.labels > 0)
    dark = (cut < 250).any(axis=2)
    assert region.sum() < dark.sum() <= region.sum() + 2 * 30, "a row above and below, nothing at the sides"


def test_degraded_masks_still_overlap(person: Parsed) -> None:
    region = person.labels == FIRST_CATEGORY + TSHIRTS
    rng = np.random.default_rng(7)
    for _ in range(30):
        mask = degraded(mask=region, rng=rng)
        assert (mask & region).sum() > 0.2 * region.sum()


def test_families_are_never_parted() -> None:
    stock = [product_of(id=f"s{i}", category=CATEGORIES[i % 8], colour=(i, i, i)) for i in range(80)]
    family = groups(count=80, pairs=[(0, 8), (8, 16), (3, 11)])
    assert family[0] == family[8] == family[16] == 0
    chosen = choose_test(products=stock, family=family, forced={"s11"})
    assert {"s3", "s11"} <= chosen
    assert len({"s0", "s8", "s16"} & chosen) in (0, 3)
    assert 0.3 * 80 < len(chosen) < 0.6 * 80


def test_pictures_that_are_nearly_the_same_are_found() -> None:
    rng = np.random.default_rng(1)
    thumbs = rng.uniform(0, 255, (20, 300)).astype(np.float32)
    thumbs[7] = thumbs[3] + 1
    assert alike(thumbs=thumbs, block=6) == [(3, 7)]


@pytest.mark.parametrize(
    ("label", "kids", "expected"),
    [
        ("Longsleeve", False, "t-shirts"),
        ("Hoodie", False, "jumpers"),
        ("Undershirt", False, "tops"),
        ("Body", False, ""),
        ("Dress", True, ""),
    ],
)
def test_flat_lay_labels(label: str, kids: bool, expected: str) -> None:
    assert category_of_label(label=label, kids=kids) == expected


def test_held_out_products_hold_all_of_the_earlier_split() -> None:

    assert {"s" + id for id in split_ids(name="studio-validation")} <= held_out()
    assert split_ids(name="products-test-twins") <= held_out()
