"""The category head on f(A): fit, calibration, held-out products, and its entry in the manifest."""

import tomllib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from training.data.products import NONE, Product, all_products, none_of, other_products
from training.export.categories import FILE, write_head
from training.export.manifest import update_manifest
from training.networks.encoder import WIDTH
from training.train.category_head import HEAD_CLASSES, SOME_UPPER, Features, Head, calibrate, fit_head, head_figures, upper_share
from training.train.category_parts import parts_of


def blobs(*, spread: float, each: int = 40, width: int = 16) -> Features:
    """Nine clouds of points around nine corners, of unlike scales."""
    labels = torch.arange(len(HEAD_CLASSES)).repeat_interleave(each)
    scales = torch.logspace(-2, 2, width)
    points = torch.eye(width)[labels] + spread * torch.randn(len(labels), width)
    return Features(features=points * scales + 3, labels=labels)


def fit(*, samples: Features) -> Head:
    """A small head, in a fraction of a second."""
    return fit_head(samples=samples, heads=2, steps=600, hidden=32, dropout=0.2)


def test_standardisation_is_in_the_weights() -> None:
    samples = blobs(spread=0.1)
    head = fit(samples=samples)
    assert tuple(head.hidden_weight.shape) == (64, 16)
    assert head_figures(head=head, samples=samples)["accuracy"] > 0.99


def test_garments_of_some_upper_category_teach_what_they_are_not() -> None:
    """Clouds between the upper categories' corners and that of trousers: called trousers until it is told that they are upper."""
    samples, kinds = blobs(spread=0.1), [HEAD_CLASSES.index(name) for name in ("tops", "trousers")]
    between = 0.45 * samples.features[samples.labels == kinds[0]] + 0.55 * samples.features[samples.labels == kinds[1]]
    some = Features(features=between, labels=torch.full((len(between),), SOME_UPPER))
    assert upper_share(head=fit(samples=samples), features=between) < 0.3
    head = fit(samples=samples + some)
    assert upper_share(head=head, features=between) > 0.9
    assert head_figures(head=head, samples=samples)["accuracy"] > 0.95


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match="expected"):
        fit_head(samples=Features(features=torch.zeros(4, 8), labels=torch.zeros(3, dtype=torch.long)))


def test_what_is_believed_is_precise_and_as_sure_as_it_says() -> None:
    head = fit(samples=blobs(spread=0.5, each=8))
    unseen = blobs(spread=0.5, each=300)
    sober = calibrate(head=head, samples=unseen)
    assert sober.temperature > 1, "nine small clouds are learnt by heart"
    assert torch.allclose(sober.weight * sober.temperature, head.weight, rtol=1e-4)
    found = head_figures(head=sober, samples=unseen)
    assert found["accuracy"] < 0.95 <= found["accepted_precision"]
    assert 0 < found["accepted_coverage"] < 1
    gaps = [abs(float(h.best(unseen.features)[0].mean()) - head_figures(head=h, samples=unseen)["accuracy"]) for h in (head, sober)]
    assert gaps[1] < gaps[0] / 2


def test_no_threshold_is_said() -> None:
    samples = blobs(spread=0.1)
    wrong = Features(features=samples.features, labels=(samples.labels + 1) % len(HEAD_CLASSES))
    with pytest.raises(ValueError, match="no threshold"):
        calibrate(head=fit(samples=samples), samples=wrong)


def test_measures_count_what_was_accepted() -> None:
    sure, unsure = torch.tensor([4.0, 0.0]), torch.tensor([0.5, 0.0])
    weight = torch.zeros(len(HEAD_CLASSES), 2)
    weight[0, 0], weight[-1, 1] = 1, 1
    hidden = {"hidden_weight": torch.eye(2), "hidden_bias": torch.zeros(2)}
    head = Head(**hidden, weight=weight * 2, bias=torch.zeros(len(HEAD_CLASSES)), min_probability=0.9)
    samples = Features(
        features=torch.stack([sure, sure, unsure, sure.flip(0)]), labels=torch.tensor([0, 1, 0, len(HEAD_CLASSES) - 1])
    )
    found = head_figures(head=head, samples=samples)
    assert (found["accuracy"], found["accepted_coverage"], found["accepted_precision"]) == (0.75, 0.75, 0.667)
    assert (found["category_coverage"], found["category_precision"]) == (0.5, 0.5)
    assert found["classes"]["blazers"] == {
        "products": 2,
        "recall": 1.0,
        "precision": 0.667,
        "accepted_recall": 0.5,
        "accepted_precision": 0.5,
    }
    assert found["classes"]["tops"]["recall"] is None


def product(id: str, *, category: str = NONE, title: str = "", department: str = "") -> Product:
    """A product without a picture."""
    about = {"source": "s", "kind": "studio", "payload": b"", "gender": "", "attributes": {"subCategory": department}}
    return Product(id=id, category=category, title=title, **about)


def test_families_are_never_in_two_parts() -> None:
    products = [
        product("s0", category="tops", title="A top"),
        product("s1", category="tops", title="Held top"),
        product("s2", title="Bag"),
        product("s3", title="Other bag"),
        product("s4", title="held  TOP"),
        product("s5", category="t-shirts", title="T-shirt bra", department="Innerwear"),
        *(product(f"f{i}") for i in range(400)),
    ]
    parts = parts_of(products=products, held={"s1"}, same_picture=[(0, 2), (1, 3)])
    assert list(parts[:3]) == ["learn", parts[1], "learn"]
    assert parts[1] in ("calibrate", "measure")
    assert list(parts[3:6]) == ["", parts[1], ""], "a twin; the same family by its title; underwear"
    shares = [float((parts[6:] == part).mean()) for part in ("learn", "calibrate", "measure")]
    assert shares == pytest.approx([0.64, 0.11, 0.25], abs=0.06)


def test_a_family_on_both_sides_is_left_out() -> None:
    products = [product("s0", category="tops"), product("s1", category="tops"), product("s2")]
    assert list(parts_of(products=products, held={"s1"}, same_picture=[(0, 2), (1, 2)])) == ["", "", ""]


@pytest.mark.parametrize(
    ("kind", "department", "title", "expected"),
    [
        ("Jackets", "Topwear", "Black Jacket", True),
        ("Salwar", "Bottomwear", "Green Salwar", False),
        ("Tshirts", "Topwear", "Blue Tee", False),
        ("", "Innerwear", "Red Briefs", True),
        ("", "Innerwear", "T-shirt Bra", False),
        ("", "Topwear", "Women Black Jacket", True),
        ("", "Topwear", "Orange Kidswear", False),
    ],
)
def test_none_is_what_is_clearly_none(kind: str, department: str, title: str, expected: bool) -> None:
    assert none_of(row={"articleType": kind, "subCategory": department, "title": title}) is expected


def test_no_product_is_in_both_lists(data_folder: Path) -> None:
    others = {found.id for found in other_products(folder=data_folder)}
    assert len(others) > 1800
    assert not others & {found.id for found in all_products(folder=data_folder)}


def test_other_exports_keep_the_head_and_tell_that_it_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    update_manifest(entries={"fashion-dna": {"sha256": "one"}, "fashion2shop": {"match": {"width": WIDTH}}}, folder=tmp_path)
    first = {"hidden_weight": torch.randn(7, WIDTH), "hidden_bias": torch.randn(7)}
    last = {"weight": torch.randn(len(HEAD_CLASSES), 7), "bias": torch.randn(len(HEAD_CLASSES))}
    head = Head(**first, **last, min_probability=0.8)
    samples = Features(features=torch.randn(5, WIDTH), labels=torch.zeros(5, dtype=torch.long))
    write_head(head=head, fashion_dna_sha256="one", samples=samples, folder=tmp_path)
    stored = load_file(tmp_path / FILE)
    assert {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in stored.items()} == {
        "hidden_weight": ((7, WIDTH), torch.float32),
        "hidden_bias": ((7,), torch.float32),
        "weight": ((9, 7), torch.float32),
        "bias": ((9,), torch.float32),
    }
    path = tmp_path / "manifest.toml"
    path.write_text('terms = "For research."\n' + path.read_text() + "\n[fashion2shop.garments]\nwidth = 8\n")
    update_manifest(entries={"street2fashion": {"sha256": "s"}, "fashion2shop": {"match": {"width": WIDTH}}}, folder=tmp_path)
    manifest = tomllib.loads((tmp_path / "manifest.toml").read_text())
    assert list(manifest) == ["terms", "street2fashion", "fashion-dna", "fashion-dna-categories", "fashion2shop"]
    assert manifest["terms"] == "For research."
    assert manifest["fashion2shop"] == {"garments": {"width": 8}, "match": {"width": WIDTH}}
    assert manifest["fashion-dna-categories"]["min_probability"] == 0.8
    assert "STALE" not in capsys.readouterr().out
    update_manifest(entries={"fashion-dna": {"sha256": "two"}}, folder=tmp_path)
    assert "STALE" in capsys.readouterr().out
    assert tomllib.loads((tmp_path / "manifest.toml").read_text())["fashion-dna-categories"]["fashion_dna_sha256"] == "one"


def test_an_unknown_table_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown tables"):
        update_manifest(entries={"fashion_dna": {}}, folder=tmp_path)
