"""FashionDNA, Fashion2Shop and the match from a shop's own catalogue, starting from ImageNet: weights without others' products.

    shop-the-look catalogue export EXPORT
    python -m training.train.shop_heads --catalogue EXPORT --run shop
    python -m training.export pair-heads=shop

People who wear a product in its further pictures are pairs with its title picture. As in `pair_heads` the convolutions are
ImageNet's; attention, heads and match are learnt. The people are found by the shipped Street2Fashion, whose own training data keep
their terms. Prints the ranks of products that were never learnt from.
"""

import argparse
import hashlib
from collections import Counter
from pathlib import Path

import torch

from ..data.cache import cached
from ..data.colour import mean_colours
from ..data.shop_export import FEED, SPLITS, ShopProduct, read_export
from ..networks.fashion2shop import query_encoder
from ..networks.match import Match
from ..networks.pair_head import PairHead
from .attention import PERSONS, fit_attention
from .encoder_starts import start_encoders
from .pair_figures import made_figures
from .pair_heads import PairData, Settings, train
from .pair_sources import Pooled
from .pseudo_labels import teacher
from .runs import Run
from .settings import load, overrides
from .shop_pairs import Segment, ShopPairs, shop_pairs

FEWEST = 50
"""Training queries below which nothing is learnt that lasts."""


def shop_data(*, products: list[ShopProduct], segment: Segment, key: str) -> tuple[PairData, Pooled]:
    """What `pair_heads` trains on and watches, and the pooled test split. `key` names the export in `cache/`."""
    made: dict[str, ShopPairs] = {}
    for split in SPLITS:
        name = "shop" if split == "training" else f"shop-{split}"
        given = {"products": products, "split": split, "segment": segment, "name": name}
        made[split] = cached(name=f"{key}-{split}", make=lambda given=given: shop_pairs(**given))
        pairs = made[split]
        kinds = Counter(pairs.source.categories[pairs.source.worn].tolist())
        print(f"{split}: {len(pairs.source.categories)} products, {len(pairs.persons)} people who wear one,", end=" ")
        print(f"{pairs.without} pictures without, {len(pairs.source.worn)} queries of {len(kinds)} categories", flush=True)
    training = made["training"]
    if len(training.source.worn) < FEWEST:
        found = len(training.source.worn)
        raise ValueError(f"expected at least {FEWEST} training queries, got {found}: import more further pictures")
    queries, articles = start_encoders(start="imagenet")

    def attention() -> dict[str, torch.Tensor]:
        fit_attention(encoder=queries, pictures=training.persons[:PERSONS], labels=training.labels[:PERSONS])
        return queries.state_dict()

    queries.load_state_dict(cached(name=f"{key}-attention", make=attention))
    articles.colours.load_state_dict(queries.colours.state_dict())

    def pooled(split: str) -> Pooled:
        return cached(name=f"{key}-{split}-pooled", make=lambda: made[split].source.pooled(encoders=(queries, articles)))

    colours = {"shop": mean_colours(pictures=training.source.shown)}
    data = PairData(
        pairs=None,
        held=None,
        held_made=pooled("validation"),
        others=[pooled("training")],
        colours=colours,
        queries=queries,
        articles=articles,
    )
    return data, pooled("test")


def held_out_figures(*, run: Run, held: Pooled) -> dict[str, float]:
    """The ranks of the test split by a run's averaged weights, within the product's category."""
    state = torch.load(run.checkpoint, weights_only=False)
    query, article, match = PairHead(maps=query_encoder().maps).eval(), PairHead(maps=1).eval(), Match().eval()
    for module, key in ((query, "query"), (article, "article"), (match, "match")):
        module.load_state_dict(state[key])
    return made_figures(query=query, article=article, match=match, held=held)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--catalogue", type=Path, required=True, help="folder that `shop-the-look catalogue export` wrote")
    parser.add_argument("--profile", default="cpu", help="a table of config/shop_heads.toml")
    parser.add_argument("--run", default="shop", help="name of the folder under runs/pair_heads/")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one setting (TOML)")
    args = parser.parse_args()
    cfg = load(schema=Settings, name="shop_heads", profile=args.profile, overrides=overrides(pairs=args.set))
    with torch.inference_mode():
        segment = teacher(name="shipped")
    products = read_export(folder=args.catalogue)
    feed = hashlib.sha256((args.catalogue / FEED).read_bytes()).hexdigest()
    data, held = shop_data(products=products, segment=segment, key=f"shop-{feed[:12]}")
    run = Run(model="pair_heads", name=args.run, config=cfg)
    train(cfg=cfg, data=data, run=run)
    for name, value in held_out_figures(run=run, held=held).items():
        print(f"{name} {value:.3f}")


if __name__ == "__main__":
    main()
