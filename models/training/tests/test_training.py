"""The parts of the trainings that can go wrong quietly."""

from pathlib import Path

import numpy as np
import pytest
import torch

from training import augment, config, data, fashion2shop, fashion_dna, street2fashion
from training.classes import CATEGORIES, CLASSES, class_of_ccp
from training.data import Parsed
from training.match import COORDINATES, Match, guide_of, pretrain_match
from training.pairs import Pairs, garments_of, negatives_of, ranks_within_category


def test_samples_have_the_inputs_size_and_known_labels(person: Parsed) -> None:
    rng = np.random.default_rng(4)
    backgrounds = [np.full((50, 60, 3), 90, np.uint8)]
    for _ in range(40):
        picture, labels = augment.sample(parsed=person, backgrounds=backgrounds, rng=rng)
        assert picture.shape == (256, 192, 3)
        assert picture.dtype == np.uint8
        assert set(np.unique(labels)) <= {0, 2, 8, 9, augment.IGNORE}


def test_loss_falls_as_logits_get_right(person: Parsed) -> None:
    labels = torch.from_numpy(person.labels[:96, :64].copy())[None]
    right = torch.nn.functional.one_hot(labels[:, ::2, ::2].long(), 13).permute(0, 3, 1, 2).float()
    weights = torch.ones(13)
    losses = [float(street2fashion.loss_of(logits=right * k, labels=labels, weights=weights)) for k in (0, 2, 8)]
    assert losses[0] > losses[1] > losses[2]


def test_padding_has_no_loss() -> None:
    labels = torch.full((1, 64, 64), augment.IGNORE, dtype=torch.uint8)
    labels[:, :32] = 0
    torch.manual_seed(3)
    logits = torch.randn(1, 13, 32, 32)
    torch.manual_seed(3)
    a = street2fashion.loss_of(logits=logits, labels=labels, weights=torch.ones(13))
    changed = logits.clone()
    changed[:, :, 16:] += torch.randn(1, 13, 16, 32)
    torch.manual_seed(3)
    a = street2fashion.loss_of(logits=logits, labels=labels, weights=torch.ones(13))
    torch.manual_seed(3)
    b = street2fashion.loss_of(logits=changed, labels=labels, weights=torch.ones(13))
    assert torch.allclose(a, b)


def test_probabilities_come_back_to_the_photo() -> None:
    logits = torch.full(street2fashion.OUTPUT, -9.0)
    logits[:, 0] = 9
    logits[:, :, 64:] = -9
    logits[:, 8, 64:] = 9
    box = street2fashion.Letterbox(left=24, top=0, width=144, height=256)
    p = street2fashion.probabilities_at_photo(logits=logits, box=box, width=288, height=512)
    assert tuple(p.shape) == (13, 512, 288)
    truth = np.zeros((512, 288), np.uint8)
    truth[256:] = 8
    assert street2fashion.foreground_iou(probability=1 - p[0].numpy(), labels=truth) > 0.99


def test_nt_xent_wants_pairs_together() -> None:
    a = torch.eye(8)
    near = fashion_dna.nt_xent(a=a, b=a, temperature=0.1)
    far = fashion_dna.nt_xent(a=a, b=a.roll(1, 0), temperature=0.1)
    assert near < far


def test_views_keep_white_white() -> None:
    white = torch.full((4, 3, 144, 108), 255, dtype=torch.uint8)
    out = fashion_dna.views(pictures=white, generator=torch.Generator().manual_seed(1), size=(128, 96))
    assert tuple(out.shape) == (4, 3, 128, 96)
    assert float(out.mean()) > 0.9


def test_garments_are_cut_out_by_category(person: Parsed) -> None:
    pictures, categories, worn = garments_of(photos=[person])
    assert [CATEGORIES[c] for c in categories] == ["trousers", "t-shirts"]
    assert worn == [[0, 1]]
    assert all(picture.shape == (144, 108, 3) for picture in pictures)


def test_negatives_are_never_worn() -> None:
    pairs = Pairs(
        name="t",
        cutouts=torch.zeros(1, 3, 2, 2),
        variants=[[0]],
        worn=[[0, 3]],
        bank=torch.zeros(20, 1, 128),
        categories=torch.arange(20) % 4,
    )
    rng = np.random.default_rng(1)
    found = negatives_of(pairs=pairs, article=0, worn=[0, 3], count=16, share=0.5, rng=rng)
    assert len(found) == 16
    assert not {0, 3} & set(found.tolist())


def test_ties_rank_against_the_worn_article() -> None:
    pairs = Pairs(
        name="t",
        cutouts=torch.zeros(1, 3, 2, 2),
        variants=[[0]],
        worn=[[1]],
        bank=torch.zeros(4, 1, 128),
        categories=torch.tensor([0, 0, 0, 1]),
    )
    ranks = ranks_within_category(scores=torch.tensor([[0.5, 0.5, 0.1, 9.0]]), pairs=pairs)
    assert ranks.tolist() == [1]


@pytest.mark.parametrize(
    ("label", "expected"),
    [("null", "background"), ("jeans", "trousers"), ("suit", "blazers"), ("bag", "other-worn"), ("vest", "outerwear")],
)
def test_ccp_labels(label: str, expected: str) -> None:
    assert CLASSES[class_of_ccp(label=label)] == expected


@pytest.mark.parametrize("name", ["street2fashion", "fashion_dna", "fashion2shop"])
@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_every_profile_reads(name: str, profile: str) -> None:
    schema = {"street2fashion": street2fashion, "fashion_dna": fashion_dna, "fashion2shop": fashion2shop}[name]
    config.load(schema=schema.Settings, name=name, profile=profile)


def test_unknown_setting_fails() -> None:
    with pytest.raises(ValueError, match="unknown keys"):
        config.load(schema=fashion_dna.Settings, name="fashion_dna", profile="cpu", overrides={"learning_rate": 1.0})


def test_splits_do_not_meet(data_folder: Path) -> None:
    held = data.split_ids(name="ccp-validation")
    assert len(held) == 120
    trained = {item.id for item in data.ccp(data=data_folder, validation=False, limit=50)}
    assert not held & trained


def test_match_starts_as_the_distance_of_coordinates() -> None:
    categories = torch.arange(400) % 8
    articles = torch.randn(400, 128) + torch.randn(8, 128)[categories] * 3
    match = Match()
    guide = guide_of(articles=articles, categories=categories, match=match)
    y = guide.coordinates(articles=articles, categories=categories)
    assert tuple(y.shape) == (400, COORDINATES)
    before = match.u.detach().clone()
    given = {"match": match, "guide": guide, "articles": articles, "categories": categories}
    assert 0 <= pretrain_match(**given, steps=3, seed=1) <= 1
    assert not torch.equal(before, match.u)


def test_trunk_and_tail_are_the_whole_network() -> None:
    model = fashion2shop.query_encoder().eval()
    x = torch.rand(2, 3, 192, 128)
    with torch.inference_mode():
        assert torch.allclose(model(x), model.tail(model.encoder[:14](x), first=14), atol=1e-5)
