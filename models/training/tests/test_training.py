"""The parts of the trainings that can go wrong quietly."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.classes import CATEGORIES, CLASSES
from training.data.augmentation import sample
from training.data.ccp import ccp_photos, class_of_ccp
from training.data.frames import labels_to_frame, to_frame
from training.data.geometry import Letterbox, cut_out
from training.data.label_sets import IGNORE, WORN
from training.data.packs import split_ids
from training.data.pair_views import UPPER_UNKNOWN, UPPERS
from training.data.parsed import Parsed
from training.data.views import views
from training.networks import street2fashion
from training.networks.street2fashion import log_odds
from training.train import pair_heads
from training.train import street2fashion as street2fashion_training
from training.train.queries import attention_loss
from training.train.query_sets import garments_of
from training.train.segmentation import foreground_iou, probabilities_at_photo
from training.train.settings import load
from training.train.street2fashion import loss_of


def test_samples_have_the_inputs_size_and_known_labels(person: Parsed) -> None:
    rng = np.random.default_rng(4)
    backgrounds = [np.full((50, 60, 3), 90, np.uint8)]
    for _ in range(40):
        picture, labels = sample(people=[person], backgrounds=backgrounds, rng=rng)
        assert picture.shape == (288, 192, 3)
        assert picture.dtype == np.uint8
        assert set(np.unique(labels)) <= {0, 2, 8, 9, IGNORE}


def logits_of(labels: torch.Tensor, *, sure: float) -> torch.Tensor:
    """`(N, H, W)` labels → `(N, 17, H/2, W/2)` logits that say them."""
    right = torch.nn.functional.one_hot(labels[:, ::2, ::2].long(), 13).permute(0, 3, 1, 2).float()
    return torch.cat([right * sure, torch.zeros(len(labels), 4, *right.shape[2:])], dim=1)


def test_loss_falls_as_logits_get_right(person: Parsed) -> None:
    labels = torch.from_numpy(person.labels[:96, :64].copy())[None]
    weights = torch.ones(13)
    losses = [float(loss_of(logits=logits_of(labels, sure=k), labels=labels, weights=weights)) for k in (0, 2, 8)]
    assert losses[0] > losses[1] > losses[2]


def test_worn_pixels_count_as_person_but_have_no_class(person: Parsed) -> None:
    labels = torch.from_numpy(person.labels[:96, :64].copy())[None]
    logits = logits_of(labels, sure=6.0)
    unknown = torch.where(labels > 0, torch.tensor(WORN, dtype=torch.uint8), labels)
    weights = torch.ones(13)
    wrong_class = logits.clone()
    wrong_class[:, 2:] = wrong_class[:, 2:].roll(1, dims=1)
    torch.manual_seed(3)
    a = float(loss_of(logits=logits, labels=unknown, weights=weights))
    nobody = logits.clone()
    nobody[:, 0] += 20
    torch.manual_seed(3)
    assert float(loss_of(logits=nobody, labels=unknown, weights=weights)) > a + 1


def test_outline_is_refined_to_the_inputs_pixels() -> None:
    logits = torch.zeros(1, 17, 4, 4)
    logits[0, 13 + 2, 1, 1] = 5.0
    odds = log_odds(logits=logits)
    flat = float(odds[0, 0, 0])
    changed = (odds[0] - flat).abs() > 1
    assert changed.nonzero().tolist() == [[3, 2]]


def test_padding_has_no_loss() -> None:
    labels = torch.full((1, 64, 64), IGNORE, dtype=torch.uint8)
    labels[:, :32] = 0
    torch.manual_seed(3)
    logits = torch.randn(1, 17, 32, 32)
    torch.manual_seed(3)
    a = loss_of(logits=logits, labels=labels, weights=torch.ones(13))
    changed = logits.clone()
    # One row further than the padding, since upsampling looks at neighbours.
    changed[:, :, 17:] += torch.randn(1, 17, 15, 32)
    torch.manual_seed(3)
    a = loss_of(logits=logits, labels=labels, weights=torch.ones(13))
    torch.manual_seed(3)
    b = loss_of(logits=changed, labels=labels, weights=torch.ones(13))
    assert torch.allclose(a, b)


def test_probabilities_come_back_to_the_photo() -> None:
    logits = torch.full(street2fashion.OUTPUT, -9.0)
    logits[:, 0] = 9
    logits[:, :, 72:] = -9
    logits[:, 8, 72:] = 9
    logits[:, 13:] = 0
    box = Letterbox(left=15, top=0, width=162, height=288)
    p = probabilities_at_photo(logits=logits, box=box, width=288, height=512)
    assert tuple(p.shape) == (13, 512, 288)
    truth = np.zeros((512, 288), np.uint8)
    truth[256:] = 8
    assert foreground_iou(probability=1 - p[0].numpy(), labels=truth) > 0.99


def test_views_keep_white_white() -> None:
    white = torch.full((4, 3, 144, 108), 255, dtype=torch.uint8)
    out = views(pictures=white, generator=torch.Generator().manual_seed(1), size=(128, 96))
    assert tuple(out.shape) == (4, 3, 128, 96)
    assert float(out.mean()) > 0.9


def test_garments_are_cut_out_by_category(person: Parsed) -> None:
    queries, pictures, categories = garments_of(photos=[person])
    assert [CATEGORIES[c] for c in categories] == ["trousers", "t-shirts"]
    assert all(query.shape == (192, 128, 3) for query in queries)
    assert all(picture.shape == (176, 140, 3) for picture in pictures)


def test_small_labels_lie_where_the_query_lies(person: Parsed) -> None:
    query, box = to_frame(cut=cut_out(picture=person.photo, mask=person.labels > 0))
    labels = labels_to_frame(labels=person.labels, box=box)
    assert labels.shape == (48, 32)
    dark = np.asarray(Image.fromarray(query).resize((32, 48), Image.Resampling.BOX))[..., 0]
    assert abs(float(dark[labels == 8].mean()) - 30) < 25
    assert abs(float(dark[labels == 9].mean()) - 120) < 25


def test_attention_learns_where_a_category_is() -> None:
    labels = torch.zeros(1, 48, 32, dtype=torch.uint8)
    labels[:, 24:, :] = 3
    right, wrong = torch.zeros(1, 8, 24, 16), torch.zeros(1, 8, 24, 16)
    right[:, 0, 12:], wrong[:, 0, :12] = 5, 5
    losses = [float(attention_loss(look=look.flatten(2), labels=labels, grid=(24, 16))) for look in (right, wrong)]
    assert losses[0] < losses[1]


def test_attention_finds_an_upper_garment_of_unknown_category() -> None:
    labels = torch.zeros(1, 48, 32, dtype=torch.uint8)
    labels[:, :24, :] = UPPER_UNKNOWN
    look = torch.zeros(1, 8, 24, 16)
    look[:, list(UPPERS), :12] = 5
    known = float(attention_loss(look=look.flatten(2), labels=labels, grid=(24, 16)))
    assert known < float(attention_loss(look=-look.flatten(2), labels=labels, grid=(24, 16)))
    look[:, CATEGORIES.index("trousers"), 12:] = 9
    assert float(attention_loss(look=look.flatten(2), labels=labels, grid=(24, 16))) == known


@pytest.mark.parametrize(
    ("label", "expected"),
    [("null", "background"), ("jeans", "trousers"), ("suit", "blazers"), ("bag", "other-worn"), ("vest", "outerwear")],
)
def test_ccp_labels(label: str, expected: str) -> None:
    assert CLASSES[class_of_ccp(label=label)] == expected


@pytest.mark.parametrize("name", ["street2fashion", "pair_heads"])
@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_every_profile_reads(name: str, profile: str) -> None:
    trainers = {"street2fashion": street2fashion_training, "pair_heads": pair_heads}
    load(schema=trainers[name].Settings, name=name, profile=profile)


def test_unknown_setting_fails() -> None:
    with pytest.raises(ValueError, match="unknown keys"):
        load(schema=pair_heads.Settings, name="pair_heads", profile="cpu", overrides={"learning_rate": 1.0})


def test_splits_do_not_meet(data_folder: Path) -> None:
    held = split_ids(name="ccp-validation")
    assert len(held) == 120
    trained = {item.id for item in ccp_photos(data=data_folder, validation=False, limit=50)}
    assert not held & trained
