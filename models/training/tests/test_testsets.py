"""Test-set folders and scenes, on tiny made pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.classes import CATEGORIES
from training.data.parsed import Parsed
from training.data.scenes import Person, backdrop, corner, filled, scene, studio_person
from training.measure.dressed_sets import product_like
from training.measure.testset_folder import TestSetFolder, jpeg_bytes, slices_of


def lines(*, path: Path) -> list[dict]:
    """A file of JSON lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_folder_holds_what_its_tables_name(tmp_path: Path, person: Parsed) -> None:
    found = TestSetFolder(folder=tmp_path / "tiny", about="made", kind="retrieval")
    found.article(id="a1", payload=jpeg_bytes(picture=person.photo), category="t-shirts", gender="")
    slices = slices_of(photo=person.photo, foreground=person.labels > 0, gender="")
    found.query(id="q1", photo=person.photo, labels=person.labels, garments=[("t-shirts", "a1"), ("trousers", None)], slices=slices)
    found.close()
    (query,), (article,) = lines(path=tmp_path / "tiny" / "queries.jsonl"), lines(path=tmp_path / "tiny" / "articles.jsonl")
    assert (tmp_path / "tiny" / article["image"]).exists()
    assert query["garments"] == [{"category": "t-shirts", "article": "a1"}, {"category": "trousers", "article": None}]
    assert query["slices"] == {"gender": "not told", "brightness": "dark", "body": "full"}
    labels = Image.open(tmp_path / "tiny" / query["labels"])
    assert labels.mode == "L"
    assert (np.asarray(labels) == person.labels).all()


def test_a_garment_needs_its_article(tmp_path: Path, person: Parsed) -> None:
    found = TestSetFolder(folder=tmp_path / "tiny", about="made", kind="retrieval")
    found.query(id="q1", photo=person.photo, labels=None, garments=[("t-shirts", "a1")], slices={})
    with pytest.raises(ValueError, match="no article a1"):
        found.close()


def test_labels_of_another_size_are_refused(tmp_path: Path, person: Parsed) -> None:
    found = TestSetFolder(folder=tmp_path / "tiny", about="made", kind="segmentation")
    with pytest.raises(ValueError, match="expected labels"):
        found.query(id="q1", photo=person.photo, labels=person.labels[1:], garments=[], slices={})


def test_a_filled_street_has_none_of_its_person() -> None:
    photo = np.full((120, 90, 3), 100, np.uint8)
    mask = np.zeros((120, 90), bool)
    mask[40:120, 30:60] = True
    photo[mask] = (250, 0, 0)
    out = filled(photo=photo, mask=mask)
    assert np.abs(out.astype(int) - 100).max() < 30


def test_a_cut_body_stands_on_the_lower_edge() -> None:
    person = Person(picture=np.full((100, 60, 3), 40, np.uint8), mask=np.ones((100, 60), bool), cut=True)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        background = backdrop(source=np.full((80, 80, 3), 200, np.uint8), size=(160, 120), rng=rng)
        photo, foreground = scene(person=person, background=background, rng=rng)
        assert photo.shape == (160, 120, 3)
        assert foreground[-3:].any()
        assert photo[foreground].mean() < photo[~foreground].mean()


def test_an_empty_studio_picture_shows_nobody() -> None:
    assert studio_person(picture=np.full((224, 168, 3), 255, np.uint8)) is None


def test_corners_come_from_the_edge() -> None:
    photo = np.zeros((100, 80, 3), np.uint8)
    photo[:, 40:] = 200
    for seed in range(5):
        part = corner(photo=photo, rng=np.random.default_rng(seed))
        assert len(np.unique(part)) == 1


def test_a_product_like_picture_is_a_garment_on_white(person: Parsed) -> None:
    rng = np.random.default_rng(1)
    picture = product_like(parsed=person, category=CATEGORIES.index("t-shirts"), rng=rng)
    assert picture is not None
    assert picture.shape == (224, 168, 3)
    assert (picture[0] == 255).all()
    assert picture[112, 84].mean() < 200
    assert product_like(parsed=person, category=0, rng=rng) is None
