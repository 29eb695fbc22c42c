"""Garments by layer: one region a layer, a dress or separates, and the head that tells what a region is."""

import numpy as np
import torch

from training.classes import CLASSES
from training.data.layers import VOTED, garments_of
from training.train.garment_head import KINDS, NOTHING, Garments, fit_garment_head, kind_of

LETTERS = {
    ".": "background", "h": "hair", "s": "skin", "b": "blazers", "d": "dresses", "j": "jumpers", "r": "shirts",
    "k": "skirts", "t": "trousers", "i": "t-shirts", "p": "tops", "u": "outerwear", "o": "other-worn",
}  # fmt: skip


def map_of(*rows: str) -> np.ndarray:
    """A label map drawn with letters."""
    return np.array([[CLASSES.index(LETTERS[letter]) for letter in row] for row in rows], np.uint8)


def shown(labels: np.ndarray) -> dict[str, int]:
    return {garment.layer: int(garment.region.sum()) for garment in garments_of(labels=labels)}


def test_one_hoodie_in_three_classes_is_one_garment() -> None:
    labels = map_of("hhhhhh", "jjjiii", "jjrrii", "jjrrii", "tttttt", "tttttt")
    assert shown(labels) == {"upper": 18, "lower": 12}
    upper = garments_of(labels=labels)[0]
    assert upper.votes[KINDS.index("t-shirts")] == np.float32(7 / 18)
    assert len(upper.votes) == len(range(*VOTED.indices(len(CLASSES)))) == NOTHING


def test_a_dress_takes_in_the_top_and_the_skirt_that_it_was_taken_for() -> None:
    assert shown(map_of("hhhh", "pppp", "dddd", "dddd", "kkkk", "tsst")) == {"whole": 16}


def test_a_few_dress_pixels_join_the_separates() -> None:
    labels = map_of("hhhh", "iiii", "iidd", "iiii", "ttdt", "tttt", "tttt")
    assert shown(labels) == {"upper": 12, "lower": 12}


def test_a_coat_is_a_garment_of_its_own_and_specks_are_none() -> None:
    labels = map_of("hhhhhhhh", "uuiiiiuu", "uuiiiiuu", "uuiiiiuu", "tttttttt", "tttttttt", "ooooooor")
    assert shown(labels) == {"lower": 16, "upper": 12, "outer": 12}


def test_a_region_is_what_covers_most_of_it() -> None:
    labels = map_of("tttk", "tt..")
    everything = np.ones_like(labels, bool)
    assert KINDS[kind_of(labels=labels, region=everything)] == "trousers"
    assert kind_of(labels=map_of("t...", "...."), region=everything) == NOTHING


def test_the_head_joins_embedding_and_votes_and_is_as_sure_as_it_is_right() -> None:
    generator = torch.Generator().manual_seed(1)

    def garments(count: int, *, noise: float, vote: float) -> Garments:
        kinds = torch.randint(NOTHING, (count,), generator=generator)
        embeddings = torch.eye(16)[kinds] * 3 + torch.randn(count, 16, generator=generator) * noise
        right = torch.rand(count, generator=generator) < vote
        voted = torch.where(right, kinds, torch.randint(NOTHING, (count,), generator=generator))
        return Garments(embeddings=embeddings, votes=torch.eye(NOTHING)[voted], kinds=kinds, photos=torch.arange(count))

    learnt, held, unseen = (garments(n, noise=2.0, vote=v) for n, v in ((1500, 1.0), (800, 0.6), (1500, 0.6)))
    head = fit_garment_head(learnt=learnt, held=held)
    probabilities = head.probabilities(unseen)
    first = probabilities.argmax(1) == unseen.kinds
    by_votes = float((unseen.votes.argmax(1) == unseen.kinds).float().mean())
    assert float(first.float().mean()) > by_votes + 0.05
    assert abs(float(probabilities.max(1).values.mean()) - float(first.float().mean())) < 0.05
