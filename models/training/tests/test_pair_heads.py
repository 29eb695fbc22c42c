"""Heads fitted on true pairs: the pairs' views, the loss, the start, and a training of a few steps, killed and continued."""

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F

from training.classes import CATEGORIES
from training.data.colour import mean_colours
from training.data.pair_views import UPPER_UNKNOWN, UPPERS, views_of
from training.data.pairs import LIP, Pair
from training.export.quantise import EMBEDDING_LAYERS, quantise
from training.networks import fashion2shop, fashion_dna
from training.networks.encoder import POOLED
from training.networks.match import Match
from training.networks.pair_head import PairHead
from training.paths import MODELS
from training.train.encoder_starts import start_encoders
from training.train.onnx_files import session
from training.train.pair_heads import PairData, Settings, train
from training.train.pair_loss import Colours, pair_loss
from training.train.pair_sources import VIEWS, Pooled, PooledPairs, pooled_numbers
from training.train.runs import Run
from training.train.settings import load


def pair_of(*, colour: int) -> Pair:
    """A block figure in a garment of one grey, and the garment as a product."""
    parse = np.zeros((256, 192), np.uint8)
    parse[20:60, 70:120], parse[60:160, 60:130], parse[160:250, 65:125] = LIP.index("face"), LIP.index("upper clothes"), 9
    person = np.full((256, 192, 3), 220, np.uint8)
    person[parse == LIP.index("upper clothes")] = colour
    person[parse == 9] = 30
    product = np.full((256, 192, 3), 255, np.uint8)
    product[40:220, 40:150] = colour
    return Pair(id="000007", person=person, product=product, parse=parse)


def test_a_pairs_garment_is_cut_out_of_its_person() -> None:
    views = views_of(pair=pair_of(colour=100), rng=np.random.default_rng(1))
    assert views["garment"].shape == views["person"].shape == (192, 128, 3)
    assert abs(float(np.median(views["garment"][80:110, 50:80])) - 100) < 2
    assert (views["garment"] < 60).mean() < 0.05 < (views["person"] < 60).mean()
    assert {0, UPPER_UNKNOWN} < set(np.unique(views["labels"]))


def test_pair_loss_falls_as_pairs_meet_and_skips_the_same_article() -> None:
    articles, ids = F.normalize(torch.randn(6, 128), dim=1) * 128**0.5, torch.arange(6)
    exact = Colours(worn=torch.zeros(6, 3), every=torch.zeros(0, 3), share=0.0, spread=8.0)
    given = {"articles": articles, "ids": ids, "match": Match(), "factor": torch.tensor(16.0), "colours": exact}
    none = {"every": torch.zeros(0, 128), "every_ids": torch.zeros(0, dtype=torch.long)}
    near = pair_loss(queries=articles, **none, **given)
    assert near < pair_loss(queries=articles.roll(1, 0), **none, **given)
    given["colours"] = dataclasses.replace(exact, every=torch.zeros(6, 3))
    # As a candidate with its own id an article is no negative; with another id it is one.
    own = pair_loss(queries=articles, every=articles, every_ids=torch.zeros(6, dtype=torch.long), **given)
    other = pair_loss(queries=articles, every=articles, every_ids=ids + 6, **given)
    assert float(near) < float(own) < float(other)


def test_a_share_of_the_target_goes_to_articles_of_the_worn_ones_colour() -> None:
    """A red, a dark red and a blue article; the query wears the red one, and a candidate is the red one again."""
    red, dark, blue = mean_colours(
        pictures=torch.tensor([[200, 20, 20], [170, 20, 25], [20, 20, 200]], dtype=torch.uint8)[..., None, None]
    )
    colours = Colours(worn=red[None], every=torch.stack([dark, blue, red]), share=0.4, spread=8.0)
    allowed = torch.tensor([[True, True, True, False]])
    worn, alike, other, excluded = colours.target(allowed=allowed)[0].tolist()
    assert worn > 0.6
    assert 0.02 < alike < worn
    assert other < 1e-3
    assert excluded == 0
    assert worn + alike + other == pytest.approx(1)


def test_a_colour_is_that_of_the_garment_without_the_white_around_it() -> None:
    picture = torch.full((1, 3, 40, 20), 255, dtype=torch.uint8)
    picture[:, :, 10:30, 8:12] = torch.tensor([255, 0, 0], dtype=torch.uint8)[None, :, None, None]
    assert torch.allclose(mean_colours(pictures=picture), torch.tensor([[53.24, 80.09, 67.20]]), atol=0.05)


def test_the_start_computes_what_the_shipped_files_do() -> None:
    queries, articles = start_encoders(start="shipped")
    for model, network, file in ((queries, fashion2shop, "fashion2shop-query.onnx"), (articles, fashion_dna, "fashion-dna.onnx")):
        x = torch.rand(network.INPUT) * 2 - 1
        with torch.inference_mode():
            found = model.eval()(x).reshape(-1)
        assert torch.allclose(found, session(path=MODELS / file)(x).reshape(-1), atol=2e-3)


def test_a_head_starts_as_its_encoder_and_folds_back_into_it() -> None:
    queries, _ = start_encoders(start="imagenet")
    pictures = torch.randint(0, 255, (6, 3, 192, 128), dtype=torch.uint8)
    pooled = pooled_numbers(encoder=queries, pictures=pictures).float()
    head = PairHead(maps=len(CATEGORIES)).eval()
    head.start_from(encoder=queries, pooled=pooled.reshape(-1, POOLED))
    torch.nn.init.normal_(head.refine.weight, std=0.01)
    maps = torch.full((6,), UPPERS[0])
    expected = head(pooled[:, UPPERS[0]], maps)
    head.fold_into(encoder=queries)
    found = queries.embed(pooled.transpose(1, 2))[:, UPPERS[0]]
    assert torch.allclose(found, expected, atol=1e-3)


def test_embedding_layers_become_float16() -> None:
    weight = onnx.numpy_helper.from_array(
        np.random.default_rng(1).normal(size=(64, 128, 1, 1)).astype(np.float32), "encoder.hidden.weight"
    )
    node = onnx.helper.make_node("Conv", ["x", "encoder.hidden.weight"], ["y"])
    values = [onnx.helper.make_tensor_value_info(name, 1, [1, size, 4, 4]) for name, size in (("x", 128), ("y", 64))]
    graph = onnx.helper.make_graph([node], "g", values[:1], values[1:], [weight])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    for halved, expected in (((), ["DequantizeLinear", "Conv"]), (EMBEDDING_LAYERS, ["Cast", "Conv"])):
        assert [node.op_type for node in quantise(model=model, halved=halved).graph.node] == expected


def data_of(*, count: int) -> PairData:
    """Numbers that pairs share, with noise."""
    queries, articles = start_encoders(start="imagenet")
    shared = torch.randn(count, POOLED)
    seen = (shared[None, :, None] + 0.1 * torch.randn(len(VIEWS), count, len(CATEGORIES), POOLED)).half()
    pairs = PooledPairs(queries=seen, articles=(shared + 0.1 * torch.randn(2, count, POOLED)).half())
    given = {"worn": torch.arange(count), "articles": shared.half(), "categories": torch.arange(count) % len(CATEGORIES)}
    made = Pooled(name="made", queries=shared.half(), **given)
    colours = dict.fromkeys(("pairs", "made"), torch.rand(count, 3) * 50)
    return PairData(pairs=pairs, held=pairs, held_made=made, others=[made], colours=colours, queries=queries, articles=articles)


def test_a_killed_fit_continues_after_its_last_epoch(tmp_path: Path) -> None:
    cfg = load(schema=Settings, name="pair_heads", profile="cpu")
    cfg = dataclasses.replace(cfg, steps_per_epoch=3, batch=16, counts={"made": 16}, candidates=4)
    data = data_of(count=32)

    def run_of(epochs: int) -> Run:
        run = Run(model="pair_heads", name="it", config=cfg, root=tmp_path)
        train(cfg=dataclasses.replace(cfg, epochs=epochs), data=data, run=run)
        return run

    first = run_of(1)
    before = torch.load(first.checkpoint, weights_only=False)["query_live"]
    assert 0 <= first.metrics[-1]["person_cosine_top10"] <= 1
    second = run_of(2)
    assert [m["epoch"] for m in second.metrics] == [0, 1]
    after = torch.load(second.checkpoint, weights_only=False)["query_live"]
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert {"weight", "bias"} <= changed
    assert not {"mean", "spread"} & changed


@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_the_profiles_of_pair_heads_read(profile: str) -> None:
    load(schema=Settings, name="pair_heads", profile=profile)
