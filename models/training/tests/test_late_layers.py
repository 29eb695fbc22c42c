"""The layers behind stride 16: stored places give the numbers of whole pictures, and a training of a few steps moves only them."""

import dataclasses
from pathlib import Path

import pytest
import torch

from training.classes import CATEGORIES
from training.networks.efficientnet import LATE
from training.networks.encoder import Encoder
from training.train import late_layers
from training.train.encoder_starts import start_encoders
from training.train.late_layers import LatePlaces, LateSettings, pooled_of
from training.train.late_places import PairPlaces, SourcePlaces, Stored, stored_places
from training.train.pair_heads import HeadTraining, PairData
from training.train.pair_sources import VIEWS, Pooled, PooledPairs, pooled_numbers
from training.train.runs import Run
from training.train.settings import load

COUNT = 12


def pictures_of(*, encoder: Encoder) -> torch.Tensor:
    """Noise on white."""
    height, width = encoder.size
    pictures = torch.full((COUNT, 3, height, width), 255, dtype=torch.uint8)
    noise = torch.randint(0, 256, (COUNT, 3, height // 2, width // 2), dtype=torch.uint8)
    pictures[:, :, height // 4 : height // 4 + height // 2, width // 4 : width // 4 + width // 2] = noise
    return pictures


@pytest.fixture
def encoders() -> tuple[Encoder, Encoder]:
    return start_encoders(start="imagenet")


def test_stored_places_give_the_numbers_of_whole_pictures(encoders: tuple[Encoder, Encoder]) -> None:
    for encoder in encoders:
        pictures = pictures_of(encoder=encoder)
        stored = stored_places(encoder=encoder, pictures=pictures)
        expected = pooled_numbers(encoder=encoder, pictures=pictures).float()
        assert len(stored) == COUNT
        assert torch.allclose(pooled_of(encoder=encoder, stored=stored).float(), expected, atol=2e-2, rtol=1e-2)


def test_mirrored_places_are_those_of_the_other_side(encoders: tuple[Encoder, Encoder]) -> None:
    stored = stored_places(encoder=encoders[1], pictures=pictures_of(encoder=encoders[1]))
    both, rows = torch.tensor([True, False]), torch.tensor([0, 1])
    places, mirrored = stored.at(rows), stored.at(rows, mirrored=both)
    assert torch.equal(mirrored.near[0], places.near[0].flip(-1))
    assert torch.equal(mirrored.s16[1], places.s16[1])


def data_of(*, encoders: tuple[Encoder, Encoder]) -> tuple[PairData, LatePlaces]:
    """True and made pairs of noise."""
    queries, articles = encoders
    seen, shown = (stored_places(encoder=encoder, pictures=pictures_of(encoder=encoder)) for encoder in encoders)
    numbers, products = pooled_of(encoder=queries, stored=seen), pooled_of(encoder=articles, stored=shown)[:, 0]
    pairs = PooledPairs(queries=torch.stack([numbers] * len(VIEWS)), articles=products[None])
    categories, rows = torch.arange(COUNT) % len(CATEGORIES), torch.arange(COUNT)
    made = Pooled(name="made", queries=numbers[rows, categories], worn=rows, articles=products, categories=categories)
    colours = dict.fromkeys(("pairs", "made"), torch.rand(COUNT, 3) * 50)
    given = {"held_made": dataclasses.replace(made, name="made-held"), "colours": colours, "queries": queries, "articles": articles}
    stored = PairPlaces(views=[seen] * len(VIEWS), articles=shown)
    others = dict.fromkeys(("made", "made-held"), SourcePlaces(pictures=seen, owner=rows, articles=shown))
    return PairData(pairs=pairs, held=pairs, others=[made], **given), LatePlaces(pairs=stored, held=stored, others=others)


def start_of(*, cfg: LateSettings, data: PairData, folder: Path) -> None:
    """A run of the heads to begin with, as they start."""
    heads = HeadTraining(cfg=cfg, data=data)
    parts = {"query": heads.query, "article": heads.article, "match": heads.match, "factor": heads.factor}
    parts |= {"attributes": heads.attributes, "query_encoder": data.queries, "article_encoder": data.articles}
    (folder / "runs" / "pair_heads" / "start").mkdir(parents=True)
    states = {name: {key: value.clone() for key, value in part.state_dict().items()} for name, part in parts.items()}
    torch.save(states, folder / "runs" / "pair_heads" / "start" / "checkpoint.pt")


def test_a_killed_training_continues_and_moves_late_layers_only(
    encoders: tuple[Encoder, Encoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late_layers, "WORK", tmp_path)
    cfg = load(schema=LateSettings, name="late_layers", profile="cpu")
    small = {"steps_per_epoch": 2, "batch": 6, "counts": {"made": 8}, "candidates": 4, "start_run": "start"}
    cfg = dataclasses.replace(cfg, **small)
    data, places = data_of(encoders=encoders)
    start_of(cfg=cfg, data=data, folder=tmp_path)
    before = {key: value.clone() for key, value in data.queries.state_dict().items()}

    def run_of(epochs: int) -> Run:
        run = Run(model="pair_heads", name="it", config=cfg, root=tmp_path / "runs")
        late_layers.train(cfg=dataclasses.replace(cfg, epochs=epochs), data=data, places=places, run=run)
        return run

    run_of(1)
    run = run_of(2)
    assert [m["epoch"] for m in run.metrics] == [0, 1]
    assert 0 <= run.metrics[-1]["made-held_top10"] <= 1
    after = torch.load(run.checkpoint, weights_only=False)["query_encoder"]
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert changed
    assert all(key.startswith("encoder.") and int(key.split(".")[1]) >= LATE for key in changed)


@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_the_profiles_of_late_layers_read(profile: str) -> None:
    assert load(schema=LateSettings, name="late_layers", profile=profile).late_lr > 0


def test_a_store_counts_its_pictures() -> None:
    assert len(Stored(near=torch.zeros(3, 72, 2, 2), dark=torch.zeros(3, 1, 2, 2), s16=torch.zeros(3, 112, 1, 1))) == 3
