"""Trainings of a few steps, killed and resumed."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from training.data.articles import ATTRIBUTES
from training.data.parsed import Parsed
from training.networks.fashion_dna import article_encoder
from training.train import fashion2shop, fashion_dna, street2fashion
from training.train.loop import EpochRandom, Group, Trained, Training, fit
from training.train.queries import Queries
from training.train.runs import Run
from training.train.samples import Pool
from training.train.settings import load, renamed
from training.train.stock import Stock


@pytest.fixture
def sources() -> list[Queries]:
    """Twelve blots of colour and the articles that they are."""
    generator = torch.Generator().manual_seed(1)
    colours = torch.randint(0, 200, (12, 3, 1, 1), generator=generator, dtype=torch.uint8)
    pictures = torch.full((12, 3, 192, 128), 255, dtype=torch.uint8)
    pictures[:, :, 40:150, 30:100] = colours
    labels = torch.zeros(12, 48, 32, dtype=torch.uint8)
    labels[:, 10:38, 8:25] = 8
    bank = torch.randn(12, 1, 128, generator=generator)
    categories = torch.full((12,), 5)
    worn = [[i] for i in range(12)]
    return [Queries(name="dressed", pictures=pictures, labels=labels, worn=worn, bank=bank, categories=categories)]


@pytest.fixture
def stock() -> Stock:
    """Twelve blots of colour as products, two of them drawn, one of them dressed."""
    generator = torch.Generator().manual_seed(1)
    pictures = torch.full((12, 3, 144, 108), 255, dtype=torch.uint8)
    pictures[:, :, 30:110, 30:80] = torch.randint(0, 200, (12, 3, 1, 1), generator=generator, dtype=torch.uint8)
    return Stock(
        pictures=pictures,
        attributes=torch.arange(24).reshape(12, 2) % 3,
        words=torch.zeros(12, 4),
        categories=np.full(12, 5),
        dressed=torch.full((1, 3, 192, 144), 200, dtype=torch.uint8),
        dressed_of=[np.arange(1 if row == 0 else 0) for row in range(12)],
        drawn=np.arange(12) > 9,
    )


def check(*, train: Callable[[int], Run], frozen: str = "") -> list[dict]:
    """Trains one epoch, then resumes for the second; `frozen` is where the names of frozen weights begin."""
    first = train(1)
    weights = torch.load(first.checkpoint, weights_only=False)["model"]
    assert first.metrics[-1]["epoch"] == 0
    second = train(2)
    assert [m["epoch"] for m in second.metrics] == [0, 1]
    later = torch.load(second.checkpoint, weights_only=False)["model"]
    assert any(not torch.equal(weights[key], later[key]) for key in weights)
    if frozen:
        kept = [key for key in weights if key.startswith(frozen) and "num_batches" not in key]
        assert kept
        assert all(torch.equal(weights[key], later[key]) for key in kept)
    return second.metrics


def test_a_killed_training_goes_on_after_its_last_epoch(
    sources: list[Queries], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fashion2shop, "load_dna", lambda run: article_encoder())
    cfg = load(schema=fashion2shop.Settings, name="fashion2shop", profile="cpu")
    cfg = dataclasses.replace(cfg, queries_per_epoch=8, batch=4, negatives=4, shares={"dressed": 1.0})

    def train(epochs: int) -> Run:
        run = Run(model="fashion2shop", name="it", config=cfg, root=tmp_path)
        fashion2shop.train(cfg=dataclasses.replace(cfg, epochs=epochs), sources=sources, held=sources, run=run)
        return run

    # The first blocks are ImageNet's and stay as they are.
    metrics = check(train=train, frozen="encoder.0.")
    assert 0 <= metrics[0]["dressed_top10"] <= 1


def test_a_killed_fashion_dna_goes_on(stock: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = {name: ["a", "b", "c"] for name in ATTRIBUTES[:2]}
    monkeypatch.setattr(fashion_dna, "stocks", lambda **_: (stock, stock, vocabulary, ["one", "two", "three", "four"]))
    monkeypatch.setattr(fashion_dna, "start_encoder_from_imagenet", lambda **_: None)
    cfg = load(schema=fashion_dna.Settings, name="fashion_dna", profile="cpu")
    cfg = dataclasses.replace(cfg, products_per_epoch=8, batch=4)

    def train(epochs: int) -> Run:
        run = Run(model="fashion_dna", name="it", config=cfg, root=tmp_path)
        fashion_dna.train(cfg=dataclasses.replace(cfg, epochs=epochs), folder=tmp_path, run=run, drawn=tmp_path)
        return run

    metrics = check(train=train, frozen="encoder.0.")
    assert 0 <= metrics[-1]["dressed_top1"] <= 1


def test_a_killed_segmenter_goes_on(person: Parsed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pools = [Pool(name="ccp", people=[person], share=1.0, pasted_share=0.0, composed_share=0.0)]
    monkeypatch.setattr(street2fashion, "validation_people", lambda **_: {"ccp": [person, person]})
    monkeypatch.setattr(street2fashion, "pools_of", lambda **_: pools)
    monkeypatch.setattr(street2fashion, "flat_lay_backgrounds", lambda **_: [])
    monkeypatch.setattr(street2fashion, "start_from_imagenet", lambda **_: None)
    cfg = load(schema=street2fashion.Settings, name="street2fashion", profile="cpu")
    cfg = dataclasses.replace(cfg, samples_per_epoch=4, batch=2, workers=0, start="imagenet", small_share=1.0, validate_every=1)

    def train(epochs: int) -> Run:
        run = Run(model="street2fashion", name="it", config=cfg, root=tmp_path)
        street2fashion.train(cfg=dataclasses.replace(cfg, epochs=epochs), folder=tmp_path, run=run, drawn=tmp_path)
        return run

    metrics = check(train=train, frozen="encoder.1.")
    assert 0 <= metrics[-1]["ccp_iou"] <= 1


class Diverging(Training):
    """A network whose loss is not a number."""

    def __init__(self) -> None:
        layer = torch.nn.Linear(1, 1)
        self.networks, self.frozen, self.steps_per_epoch = [Trained(module=layer, live="model", average="ema")], [], 2
        self.groups = [Group(parameters=[*layer.parameters()], peak=0.1)]

    def batches(self, *, epoch: int, draw: EpochRandom) -> list[int]:
        """Two empty batches."""
        return [0, 1]

    def loss(self, *, batch: int, draw: EpochRandom) -> torch.Tensor:
        """Not a number."""
        return next(self.networks[0].module.parameters()).sum() * float("nan")


def test_a_loss_that_is_not_a_number_is_never_saved(tmp_path: Path) -> None:
    cfg = load(schema=fashion_dna.Settings, name="fashion_dna", profile="cpu")
    run = Run(model="it", name="it", config=cfg, root=tmp_path)
    with pytest.raises(FloatingPointError, match="epoch 0"):
        fit(training=Diverging(), settings=cfg, run=run)
    assert not run.checkpoint.exists()


class Constant(Training):
    """A network with a loss of zero."""

    def __init__(self, *, peak: float) -> None:
        layer = torch.nn.Linear(1, 1)
        self.networks, self.frozen, self.steps_per_epoch = [Trained(module=layer, live="model", average="ema")], [], 1
        self.groups = [Group(parameters=[*layer.parameters()], peak=peak)]

    def batches(self, *, epoch: int, draw: EpochRandom) -> list[int]:
        """One empty batch."""
        return [0]

    def loss(self, *, batch: int, draw: EpochRandom) -> torch.Tensor:
        """Zero."""
        return next(self.networks[0].module.parameters()).sum() * 0


def test_a_resumed_training_takes_the_learning_rate_that_is_set_now(tmp_path: Path) -> None:
    cfg = dataclasses.replace(load(schema=fashion_dna.Settings, name="fashion_dna", profile="cpu"), validate_every=9)
    for epochs, peak in ((1, 0.1), (2, 0.02)):
        run = Run(model="it", name="it", config=cfg, root=tmp_path)
        fit(training=Constant(peak=peak), settings=dataclasses.replace(cfg, epochs=epochs), run=run)
        assert torch.load(run.checkpoint, weights_only=False)["optimiser"]["param_groups"][0]["peak"] == peak


def test_former_names_of_settings_work_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = renamed(table={"atelier_share": 0.1, "shares": {"atelier": 0.2, "ccp": 0.8}})
    assert found == {"drawn_share": 0.1, "shares": {"drawn": 0.2, "ccp": 0.8}}
    assert "setting atelier_share is now called drawn_share" in capsys.readouterr().out
