"""Training from a shop's own catalogue: the export is read, wearers are found, and other products are ranked."""

import dataclasses
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.classes import CLASSES
from training.data import cache
from training.data.packs import DataMissingError
from training.data.shop_export import SPLITS, read_export
from training.train.pair_heads import Settings, train
from training.train.runs import Run
from training.train.settings import load
from training.train.shop_heads import held_out_figures, shop_data
from training.train.shop_pairs import shop_pairs

LABELS = np.zeros((128, 96), np.uint8)
for rows, name in (((8, 24), "hair"), ((24, 36), "skin"), ((36, 76), "t-shirts"), ((76, 120), "trousers")):
    LABELS[rows[0] : rows[1], 30:66] = CLASSES.index(name)


def segment(photo: np.ndarray) -> np.ndarray:
    """A segmenter of block figures: a photo whose hair is not black shows nobody."""
    labels = LABELS if photo[10, 40].max() < 60 else np.zeros_like(LABELS)
    return np.eye(len(CLASSES), dtype=np.float32)[labels].transpose(2, 0, 1)


def shop(*, folder: Path, products: int) -> Path:
    """An export of t-shirts in one colour each: every one with a wearer, and a picture without."""
    (folder / "images").mkdir(parents=True)
    rng, rows = np.random.default_rng(3), []
    for number in range(products):
        colour = rng.integers(20, 236, 3)
        title = np.full((128, 96, 3), 255, np.uint8)
        title[20:110, 20:76] = colour
        person = np.full((128, 96, 3), 210, np.uint8)
        person[CLASSES.index("hair") == LABELS] = 20
        person[CLASSES.index("skin") == LABELS] = (220, 180, 150)
        person[CLASSES.index("t-shirts") == LABELS] = colour
        person[CLASSES.index("trousers") == LABELS] = 90
        names = [f"images/{number}-{part}.png" for part in ("title", "person", "empty")]
        for name, picture in zip(names, (title, person, np.full((128, 96, 3), 200, np.uint8)), strict=True):
            Image.fromarray(picture).save(folder / name)
        pictures = {"image_link": names[0], "additional_image_link": names[1:]}
        rows.append(json.dumps({"id": f"p-{number}", "category": "t-shirts", "title": "Tee", **pictures}))
    (folder / "products.jsonl").write_text("\n".join(rows) + "\n")
    return folder


def test_an_export_is_split_by_product(tmp_path: Path) -> None:
    products = read_export(folder=shop(folder=tmp_path / "shop", products=40))
    assert [len(product.further) for product in products] == [2] * 40
    counts = Counter(product.split for product in products)
    assert set(counts) == set(SPLITS)
    assert counts["training"] > 20


def test_variants_of_one_picture_are_one_product_and_a_shared_picture_is_nobodys(tmp_path: Path) -> None:
    folder = shop(folder=tmp_path / "shop", products=6)
    lines = (folder / "products.jsonl").read_text().splitlines()
    variant = json.loads(lines[0]) | {"id": "p-0-xl", "title": "Tee\u2028XL"}
    other = json.loads(lines[1])
    other["additional_image_link"].append(json.loads(lines[2])["additional_image_link"][0])
    lines = [lines[0], json.dumps(variant, ensure_ascii=False), json.dumps(other), *lines[2:]]
    (folder / "products.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    products = read_export(folder=folder)
    assert [product.id for product in products] == ["p-0", "p-1", "p-2", "p-3", "p-4", "p-5"]
    assert [len(product.further) for product in products] == [2, 2, 1, 2, 2, 2]


def test_what_is_no_export_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="catalogue export"):
        read_export(folder=tmp_path)
    (tmp_path / "products.jsonl").write_text('{"id": "a", "category": "hats", "image_link": "a.jpg"}\n')
    with pytest.raises(ValueError, match="line 1: expected a category"):
        read_export(folder=tmp_path)


def test_wearers_are_found_and_their_garment_is_cut_out(tmp_path: Path) -> None:
    products = read_export(folder=shop(folder=tmp_path / "shop", products=12))
    pairs = shop_pairs(products=products, split="training", segment=segment, name="shop")
    articles = len(pairs.source.categories)
    assert (len(pairs.persons), pairs.without) == (articles, articles)
    assert len(pairs.source.worn) == 2 * articles, "the whole person and the garment"
    # Each query's middle has the colour of its article's middle.
    for query, row in zip(pairs.source.pictures, pairs.source.worn[pairs.source.owner.argsort()], strict=True):
        worn = query[:, 70:100, 50:78].float().mean((1, 2))
        shown = pairs.source.shown[row][:, 70:106, 56:84].float().mean((1, 2))
        assert float((worn - shown).abs().max()) < 12
    nobody = segment(np.full((128, 96, 3), 200, np.uint8))
    with pytest.raises(ValueError, match="shows a person"):
        shop_pairs(products=products, split="training", segment=lambda photo: nobody, name="shop")


def test_a_shop_alone_teaches_heads_that_find_its_other_products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "WORK", tmp_path)
    products = read_export(folder=shop(folder=tmp_path / "shop", products=90))
    data, held = shop_data(products=products, segment=segment, key="it")
    cfg = load(schema=Settings, name="shop_heads", profile="cpu")
    cfg = dataclasses.replace(cfg, epochs=2, steps_per_epoch=15, counts={"shop": 64}, candidates=40)
    run = Run(model="pair_heads", name="it", config=cfg, root=tmp_path)
    train(cfg=cfg, data=data, run=run)
    found = held_out_figures(run=run, held=held)
    chance = 1 / len(held.articles)
    assert found["shop-test_top1"] > 4 * chance, found
    with pytest.raises(ValueError, match="at least 50 training queries"):
        shop_data(products=products[:20], segment=segment, key="few")
