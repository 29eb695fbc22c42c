"""What embedding heads are fitted on: pooled numbers of queries and of the articles that they show, by source.

`pairs` are true pairs (women's upper garments); `made` are photographed people in products' cloths, `ccp` photographed garments and
pictures cut from them, `drawn` looks. The last three keep up what true pairs do not show: the other categories and other people.
The encoders below the heads are frozen, so every picture is seen once (`pooled_numbers`) and kept in `cache/`.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..classes import CATEGORIES
from ..data.articles import stacked
from ..data.cache import cached
from ..data.ccp import ccp_photos
from ..data.drawn import drawn_articles
from ..data.dressed import count_dressed, load_dressed
from ..data.packs import DataMissingError
from ..data.pair_views import PairViews
from ..data.products import test_articles, training_products
from ..data.views import plain, views
from ..networks.encoder import POOLED, Encoder
from .frozen import inference
from .query_sets import as_tensor, drawn_pictures, garments_of
from .stock import Described, boxed_articles

BATCH = 16
VIEWS = ("garment", "parsed_garment", "person")
"""How true pairs are searched: by the true region, by a parser's, and by the whole person."""
STRENGTH = 0.35
"""How much training views are warped and relit: less than in a training of all layers, since each picture is seen once."""


class Pooling(nn.Module):
    """An encoder's pooled numbers as its output: `(N, 3, H, W)` → `(N, maps, 1008)`."""

    def __init__(self, *, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder.pool(*self.encoder.front(x))[0].transpose(1, 2)


def pooled_numbers(*, encoder: Encoder, pictures: Tensor, seed: int | None = None) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, maps, 1008)` float16; with a seed the pictures are warped and relit at random."""
    if not len(pictures):
        return torch.zeros(0, encoder.maps, POOLED, dtype=torch.float16)
    infer, found = inference(model=Pooling(encoder=encoder), size=encoder.size), []
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    for part in pictures.split(BATCH):
        given = {"pictures": part, "size": encoder.size}
        x = plain(**given) if generator is None else views(**given, generator=generator, strength=STRENGTH)
        found.append(infer(x).half())
    return torch.cat(found)


@dataclass
class Pooled:
    """Pooled numbers of one source: queries `(Q, 1008)`, each of the map of its article's category, show the articles `worn` `(Q)`.

    `articles` `(A, 1008)`, `categories` `(A)`; a query's negatives are articles of its category.
    """

    name: str
    queries: Tensor
    worn: Tensor
    articles: Tensor
    categories: Tensor
    described: Described | None = None

    def __post_init__(self) -> None:
        if len(self.queries) != len(self.worn) or len(self.articles) != len(self.categories):
            counts = [len(tensor) for tensor in (self.queries, self.worn, self.articles, self.categories)]
            raise ValueError(f"{self.name}: expected as many queries as worn and articles as categories, got {counts}")


@dataclass
class PooledPairs:
    """True pairs: `queries` `(views, N, 8, 1008)`, of all maps as pairs have no category, and `articles` `(copies, N, 1008)`."""

    queries: Tensor
    articles: Tensor


def pooled_pairs(*, pairs: PairViews, queries: Encoder, articles: Encoder, name: str, seed: int | None) -> PooledPairs:
    """A split's pooled numbers, kept in `cache/` under a `name`.

    With a seed queries are seen at random, and articles once so and once as they are.
    """

    def make() -> PooledPairs:
        seen = [
            pooled_numbers(encoder=queries, pictures=getattr(pairs, view), seed=None if seed is None else seed + i)
            for i, view in enumerate(VIEWS)
        ]
        copies = [pooled_numbers(encoder=articles, pictures=pairs.article)[:, 0]]
        if seed is not None:
            copies.append(pooled_numbers(encoder=articles, pictures=pairs.article, seed=seed)[:, 0])
        return PooledPairs(queries=torch.stack(seen), articles=torch.stack(copies))

    return cached(name=name, make=make)


@dataclass
class Source:
    """Pictures of queries and of the articles that they show. Query i is picture `owner[i]` and shows article `worn[i]`.

    `pictures` `(N, 3, 192, 128)`, `shown` `(A, 3, h, w)`, both uint8; `categories` `(A,)`. A picture is a query for each
    of its articles.
    """

    name: str
    pictures: Tensor
    owner: Tensor
    worn: Tensor
    shown: Tensor
    categories: Tensor
    described: Described | None = None

    @classmethod
    def of(
        cls,
        *,
        name: str,
        pictures: Tensor,
        worn: list[list[int]],
        shown: Tensor,
        categories: Tensor,
        described: Described | None = None,
    ) -> "Source":
        """A source from the articles that each picture shows."""
        owner = torch.tensor([row for row, articles in enumerate(worn) for _ in articles], dtype=torch.long)
        of = torch.tensor([article for articles in worn for article in articles], dtype=torch.long)
        given = {"pictures": pictures, "shown": shown, "categories": categories, "described": described}
        return cls(name=name, owner=owner, worn=of, **given)

    def pooled(self, *, encoders: tuple[Encoder, Encoder]) -> Pooled:
        """The pooled numbers of every query, in the map of its article's category, and of every article."""
        queries = pooled_numbers(encoder=encoders[0], pictures=self.pictures)
        articles = pooled_numbers(encoder=encoders[1], pictures=self.shown)[:, 0]
        queries = queries[self.owner, self.categories[self.worn]]
        given = {"articles": articles, "categories": self.categories, "described": self.described}
        return Pooled(name=self.name, queries=queries, worn=self.worn, **given)


def made_pairs(*, folder: Path, held: bool = False) -> Source:
    """Dressed people and their single garments; people who wear what is not a product of the split are left out.

    Training people in training products; `held`: validation people among all held-out products.
    """
    split, products_of = ("validation", test_articles) if held else ("train", training_products)
    if (found := load_dressed(split=split)) is None:
        raise DataMissingError(f"no dressed people: run `python -m training.data.dressed --split {split}` first")
    products = boxed_articles(split=products_of, folder=folder)
    rows = {article.id: i for i, article in enumerate(products)}
    bad = {int(owner) for owner, id in zip(found.owner, found.product_ids, strict=True) if id not in rows}
    people = [i for i in range(len(found.persons)) if i not in bad]
    garments = [i for i, owner in enumerate(found.owner.tolist()) if owner not in bad]
    worn: dict[int, list[int]] = {person: [] for person in people}
    for garment in garments:
        worn[int(found.owner[garment])].append(rows[found.product_ids[garment]])
    return Source.of(
        name="made-held" if held else "made",
        pictures=torch.cat([found.persons[people], found.garments[garments]]),
        worn=[*worn.values(), *([rows[found.product_ids[garment]]] for garment in garments)],
        shown=stacked(articles=products),
        categories=torch.tensor([CATEGORIES.index(product.attributes["category"]) for product in products]),
        described=Described.of(articles=products),
    )


def ccp_pairs(*, folder: Path) -> Source:
    """Photographed garments and product-like pictures cut from the same photo."""

    def make() -> dict:
        queries, pictures, categories = garments_of(photos=ccp_photos(data=folder, validation=False))
        return {"q": as_tensor(pictures=queries), "a": as_tensor(pictures=pictures), "categories": torch.tensor(categories)}

    found = cached(name="ccp-garments-train", make=make)
    worn = [[row] for row in range(len(found["q"]))]
    return Source.of(name="ccp", pictures=found["q"], worn=worn, shown=found["a"], categories=found["categories"])


def drawn_pairs(*, folder: Path) -> Source:
    """Drawn looks, whole and by garment: `train-*` below `folder`, which wear the products of `train`."""
    found = drawn_pictures(looks=[path.parent for path in sorted(folder.glob("train-*/looks.jsonl"))])
    articles = drawn_articles(folder=folder / "train")
    rows = {article.id: i for i, article in enumerate(articles)}
    return Source.of(
        name="drawn",
        pictures=found["q"],
        worn=[[rows[id] for id in worn] for worn in found["worn"]],
        shown=stacked(articles=articles),
        categories=torch.tensor([CATEGORIES.index(article.attributes["category"]) for article in articles]),
    )


def source_key(*, name: str) -> str:
    """The name of a source in `cache/`: dressed people may become more."""
    return f"{name}-{count_dressed(split='train')}" if name == "made" else name


def source(*, name: str, folder: Path, drawn: Path) -> Source:
    """A source beside true pairs."""
    makers = {
        "made": lambda: made_pairs(folder=folder),
        "made-held": lambda: made_pairs(folder=folder, held=True),
        "ccp": lambda: ccp_pairs(folder=folder),
        "drawn": lambda: drawn_pairs(folder=drawn),
    }
    if name not in makers:
        raise ValueError(f"unknown source {name!r}: expected one of {sorted(makers)}")
    return makers[name]()
