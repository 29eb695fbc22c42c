"""Trainings of a few steps, killed and resumed."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from training.data.parsed import Parsed
from training.train import pair_heads, street2fashion
from training.train.loop import EpochRandom, Group, Trained, Training, fit
from training.train.runs import Run
from training.train.samples import Pool
from training.train.settings import load, renamed


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
    cfg = load(schema=pair_heads.Settings, name="pair_heads", profile="cpu")
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
    cfg = dataclasses.replace(load(schema=pair_heads.Settings, name="pair_heads", profile="cpu"), validate_every=9)
    for epochs, peak in ((1, 0.1), (2, 0.02)):
        run = Run(model="it", name="it", config=cfg, root=tmp_path)
        fit(training=Constant(peak=peak), settings=dataclasses.replace(cfg, epochs=epochs), run=run)
        assert torch.load(run.checkpoint, weights_only=False)["optimiser"]["param_groups"][0]["peak"] == peak


def test_former_names_of_settings_work_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = renamed(table={"atelier_share": 0.1, "shares": {"atelier": 0.2, "ccp": 0.8}})
    assert found == {"drawn_share": 0.1, "shares": {"drawn": 0.2, "ccp": 0.8}}
    assert "setting atelier_share is now called drawn_share" in capsys.readouterr().out
