"""What Street2Fashion learns from: coarse labels, mended parse maps, made photos."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from training.classes import CLASSES
from training.data.augmentation import sample
from training.data.composition import composed, figure_of, frame_of, occlude
from training.data.label_sets import ALLOWED, ANY_UPPER, COAT, IGNORE, OTHER, UPPER, WORN, label_of_lip, label_of_street
from training.data.packs import split_ids
from training.data.pairs import LIP, Pair
from training.data.parsed import Parsed
from training.data.scenes import empty_parts
from training.data.segmented import held_ids, loosened, mended, packs, split_of
from training.data.street_parsed import LABELS
from training.measure.mask_sets import named
from training.measure.segmenter_slices import peer_figures
from training.train.samples import SampleSettings, pools_of
from training.train.segmentation import slice_figures
from training.train.segmentation_loss import class_loss, kept_loss


def classes_of(label: int) -> set[str]:
    """The names of the classes that a label allows."""
    return {name for name, allowed in zip(CLASSES, ALLOWED[label], strict=True) if allowed}


def test_a_coarse_label_allows_its_classes() -> None:
    street = dict(zip(LABELS, label_of_street(labels=LABELS).tolist(), strict=True))
    assert classes_of(street["upper garment"]) == {"shirts", "t-shirts", "tops"}
    assert classes_of(street["dress or skirt"]) == {"dresses", "skirts"}
    assert classes_of(street["other of the person"]) == {"blazers", "jumpers", "outerwear", "other-worn"}
    assert classes_of(street["shoes"]) == {"other-worn"}
    parser = dict(zip(LIP, label_of_lip(labels=LIP).tolist(), strict=True))
    assert parser["upper clothes"] == ANY_UPPER
    assert parser["coat"] == COAT
    assert classes_of(parser["left arm"]) == {"skin"}
    assert classes_of(WORN) == set(CLASSES) - {"background"}
    assert not ALLOWED[IGNORE].any()


def test_the_loss_of_single_classes_is_the_cross_entropy() -> None:
    logits, labels = torch.randn(2, 13, 6, 4), torch.randint(0, 13, (2, 6, 4)).to(torch.uint8)
    labels[0, :3] = IGNORE
    weights = torch.rand(13) + 0.5
    expected = F.cross_entropy(logits, labels.long(), weights, ignore_index=IGNORE)
    assert torch.allclose(class_loss(logits=logits, labels=labels, weights=weights), expected, atol=1e-4)


def test_the_loss_of_a_set_is_that_of_its_summed_probability() -> None:
    logits, labels = torch.zeros(1, 13, 1, 1), torch.full((1, 1, 1), UPPER, dtype=torch.uint8)
    found = float(class_loss(logits=logits, labels=labels, weights=torch.ones(13)))
    assert found == pytest.approx(-np.log(3 / 13), abs=1e-4)
    logits[:, CLASSES.index("shirts")] = 20
    assert float(class_loss(logits=logits, labels=labels, weights=torch.ones(13))) == pytest.approx(0, abs=1e-4)


def test_a_map_of_padding_only_has_no_loss() -> None:
    labels = torch.full((1, 2, 2), IGNORE, dtype=torch.uint8)
    assert float(class_loss(logits=torch.randn(1, 13, 2, 2), labels=labels, weights=torch.ones(13))) == 0


def test_what_was_right_is_kept_and_what_was_wrong_may_change() -> None:
    labels = torch.zeros(1, 8, 4, dtype=torch.uint8)
    labels[:, 4:] = WORN
    former = torch.randn(1, 17, 4, 2) * 0.1
    former[:, 0, :2], former[:, 0, 2:] = 8, -8
    assert float(kept_loss(logits=former, kept=former, labels=labels)) == pytest.approx(0, abs=1e-6)
    other = former.clone()
    other[:, 0] *= -1
    assert float(kept_loss(logits=other, kept=former, labels=labels)) > 5
    # Where the labels contradict it, what was said before counts for nothing.
    assert float(kept_loss(logits=other, kept=former, labels=torch.where(labels > 0, 0, WORN))) == 0


def test_rough_outlines_are_ignored_on_both_sides() -> None:
    labels = np.zeros((20, 20), np.uint8)
    labels[6:14, 6:14] = WORN
    item = Parsed(id="1", photo=np.zeros((20, 20, 3), np.uint8), labels=labels)
    loose = loosened(item=item, band=2).labels
    assert loose[10].tolist() == [0] * 4 + [IGNORE] * 4 + [WORN] * 4 + [IGNORE] * 4 + [0] * 4
    assert loosened(item=item, band=0) is item


def test_a_neck_in_the_parsers_background_becomes_skin() -> None:
    person, parse = np.full((256, 192, 3), 235, np.uint8), np.zeros((256, 192), np.uint8)
    parse[20:60, 80:112], parse[75:200, 50:140] = LIP.index("face"), LIP.index("upper clothes")
    person[20:75, 80:112] = (190, 140, 120)
    person[75:200, 50:140] = 40
    # A bag that the parser did not see.
    person[150:180, 150:180] = (20, 90, 20)
    labels = mended(pair=Pair(id="1", person=person, product=person, parse=parse)).labels
    assert (labels[61:74, 84:108] == CLASSES.index("skin")).all()
    assert (labels[155:175, 155:175] == IGNORE).all()
    assert (labels[parse == LIP.index("upper clothes")] == ANY_UPPER).all()
    assert (labels[:, :40] == 0).all()


def test_frames_are_from_a_third_to_three_times_as_wide_as_high() -> None:
    rng = np.random.default_rng(1)
    aspects = [(place := frame_of(rng=rng)).width / place.height for _ in range(400)]
    assert 0.3 < min(aspects) < 0.5
    assert 2 < max(aspects) < 3.2
    assert 0.4 < np.mean([0.55 < aspect < 0.85 for aspect in aspects]) < 0.75


def test_everyone_pasted_is_foreground_and_padding_is_ignored(person: Parsed) -> None:
    backgrounds, rng = [np.full((60, 80, 3), 230, np.uint8)], np.random.default_rng(1)
    seen = set()
    for _ in range(60):
        picture, labels = composed(people=[person] * 4, backgrounds=backgrounds, rng=rng)
        assert picture.shape == (288, 192, 3)
        assert set(np.unique(labels)) <= {0, 2, 8, 9, IGNORE, WORN}
        seen |= set(np.unique(labels).tolist())
        assert (picture[labels == IGNORE] == 127).all()
    assert {0, 2, 8, 9, IGNORE} <= seen


def test_what_stands_in_front_is_background() -> None:
    rng, source = np.random.default_rng(3), np.full((80, 60, 3), 10, np.float32)
    picture, labels = np.full((80, 60, 3), 200, np.float32), np.full((80, 60), 9, np.uint8)
    occlude(picture=picture, labels=labels, source=source, rng=rng)
    assert (labels == 0).any()
    assert picture[labels == 0].max() < 110
    assert picture[labels == 9].min() > 100


def test_a_figure_needs_people() -> None:
    nobody = Parsed(id="1", photo=np.zeros((40, 40, 3), np.uint8), labels=np.full((40, 40), IGNORE, np.uint8))
    assert figure_of(parsed=nobody) is None


def test_composed_samples_have_the_inputs_size(person: Parsed) -> None:
    rng, backgrounds = np.random.default_rng(4), [np.full((50, 60, 3), 90, np.uint8)]
    for _ in range(30):
        picture, labels = sample(people=[person] * 3, backgrounds=backgrounds, rng=rng, composed_share=0.6, empty_share=0.1)
        assert picture.shape == (288, 192, 3)
        assert set(np.unique(labels)) <= {0, 2, 8, 9, IGNORE, WORN}


def test_coarse_regions_count_by_the_classes_they_allow() -> None:
    labels = np.zeros((288, 192), np.uint8)
    labels[:144], labels[144:] = UPPER, CLASSES.index("trousers")
    logits = torch.full((1, 17, 144, 96), -9.0)
    logits[:, 13:] = 0
    logits[:, CLASSES.index("tops"), :72] = 9
    logits[:, CLASSES.index("trousers"), 72:] = 9
    street = [Parsed(id="1", photo=np.zeros((288, 192, 3), np.uint8), labels=labels)]
    found = slice_figures(infer=lambda _: logits, parsed=street)
    assert found["iou"] == 1
    assert found["coarse_upper"] > 0.98
    assert found["coarse_trousers"] > 0.98
    assert found["coarse_hair"] == 0


def test_shares_have_to_sum_to_one(tmp_path: Path) -> None:
    shares = {"ccp": 0.5, "street": 0.2}
    settings = SampleSettings(
        seed=1,
        samples_per_epoch=1,
        shares=shares,
        pairs=1,
        rough_band=2,
        studio=1,
        whole_share=0.5,
        pasted_share=0.1,
        composed_share=0.1,
        empty_share=0.1,
        light=1.0,
    )
    with pytest.raises(ValueError, match="sum to 1"):
        pools_of(settings=settings, folder=tmp_path, drawn=tmp_path)


def test_validation_photos_are_the_first_by_hash(data_folder: Path) -> None:
    counts = {"street": 50, "portraits": 60, "scenes": 40, "people-portraits": 30}
    for name, items in packs(data=data_folder).items():
        assert split_ids(name=f"{name}-validation") == held_ids(slice=name) == set(split_of(items=items, count=counts[name]))
        assert all(ALLOWED[item.labels].any(axis=2).all() for item in items[:20])
        assert OTHER not in items[0].labels or name == "street"


def test_empty_parts_show_nobody() -> None:
    labels = np.zeros((100, 120), np.uint8)
    labels[50:, 60:90] = WORN
    photo = np.repeat(labels[..., None], 3, axis=2)
    parts = empty_parts(parsed=Parsed(id="1", photo=photo, labels=labels))
    assert [part.shape[:2] for part in parts] == [(100, 60), (50, 120)]
    assert not any(part.any() for part in parts)
    crowd = Parsed(id="1", photo=photo, labels=np.full_like(labels, WORN))
    assert empty_parts(parsed=crowd) == []


def test_a_test_set_has_one_class_for_each_label() -> None:
    labels = np.array([[0, 2, UPPER, OTHER, WORN, COAT]], np.uint8)
    assert [CLASSES[index] for index in named(labels=labels)[0]] == ["background", "skin", "tops", *["other-worn"] * 3]


def test_a_peer_is_measured_as_the_network_is() -> None:
    labels = np.zeros((40, 30), np.uint8)
    labels[10:30, 5:25] = WORN
    items = [Parsed(id="1", photo=np.zeros((40, 30, 3), np.uint8), labels=labels)]
    right = peer_figures(probability=lambda _: (labels > 0).astype(np.float32), parsed=items)
    assert right == {"iou": 1, "boundary_f": 1}
    half = peer_figures(probability=lambda _: (labels > 0) * (np.arange(40) < 20)[:, None], parsed=items)
    assert half["iou"] == 0.5
