"""A training of a few steps, killed and gone on with."""

import dataclasses
from pathlib import Path

import pytest
import torch

from training.networks.fashion_dna import article_encoder
from training.train import fashion2shop
from training.train.fashion2shop import Settings
from training.train.queries import Queries
from training.train.runs import Run
from training.train.settings import load


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


def test_a_killed_training_goes_on_after_its_last_epoch(
    sources: list[Queries], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fashion2shop, "load_dna", lambda run: article_encoder())
    cfg = load(schema=Settings, name="fashion2shop", profile="cpu")
    cfg = dataclasses.replace(cfg, epochs=1, queries_per_epoch=8, batch=4, negatives=4, shares={"dressed": 1.0})

    def train(epochs: int) -> Run:
        run = Run(model="fashion2shop", name="it", config=cfg, root=tmp_path)
        given = {"sources": sources, "held": sources, "run": run}
        fashion2shop.train(cfg=dataclasses.replace(cfg, epochs=epochs), **given)
        return run

    first = train(1)
    weights = torch.load(first.checkpoint, weights_only=False)["model"]
    assert first.metrics[-1]["epoch"] == 0
    assert 0 <= first.metrics[-1]["dressed_top10"] <= 1
    second = train(2)
    assert [m["epoch"] for m in second.metrics] == [0, 1]
    later = torch.load(second.checkpoint, weights_only=False)["model"]
    assert any(not torch.equal(weights[key], later[key]) for key in weights)
    # The first blocks are ImageNet's and stay as they are.
    frozen = [key for key in weights if key.startswith("encoder.0.") and "num_batches" not in key]
    assert frozen
    assert all(torch.equal(weights[key], later[key]) for key in frozen)
