"""Fashion2Shop's training and validation sets, as [`Queries`].

`dressed` and `garments`: photographed people in the cloth of products, whole and one garment at a time (`data/dressing/`), and
the products' own pictures. `ccp`: photographed garments, and warped, relit copies of themselves. `drawn`: drawn looks, whole and
one garment at a time, and the pictures of the products worn. Slow results are kept in `cache/`.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..classes import CATEGORIES, FIRST_CATEGORY
from ..data.articles import CACHED, Article, boxed, stacked
from ..data.cache import cached
from ..data.ccp import ccp_photos
from ..data.drawn import drawn_articles, drawn_looks
from ..data.dressed import load_dressed
from ..data.frames import LABELS, garment_cut, labels_to_frame, to_frame
from ..data.geometry import crop_to_content, cut_out
from ..data.packs import DataMissingError
from ..data.parsed import Parsed
from ..data.views import views
from ..networks.encoder import Encoder
from ..networks.fashion_dna import article_encoder
from ..paths import WORK
from .frozen import embed_articles
from .queries import Queries
from .runs import device

SMALLEST = 0.012
"""A garment that covers a smaller share of the photo is not a query."""


def load_dna(*, run: str) -> Encoder:
    """The frozen article network of a run."""
    dna = article_encoder()
    dna.load_state_dict(torch.load(WORK / "runs" / run / "checkpoint.pt", weights_only=False)["ema"])
    return dna.eval().requires_grad_(False).to(device(), memory_format=torch.channels_last)


def as_tensor(*, pictures: list[np.ndarray]) -> Tensor:
    """Pictures of one size → `(N, 3, h, w)` uint8."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def garments_of(*, photos: list[Parsed]) -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    """All garments of parsed photos: as queries, as product-like pictures, and their categories."""
    queries, pictures, categories = [], [], []
    for parsed in photos:
        person = parsed.labels > 0
        for category in range(len(CATEGORIES)):
            region = parsed.labels == FIRST_CATEGORY + category
            if region.mean() < SMALLEST:
                continue
            own = crop_to_content(picture=cut_out(picture=parsed.photo, mask=region))
            queries.append(to_frame(cut=garment_cut(photo=parsed.photo, region=region, person=person))[0])
            pictures.append(boxed(picture=np.pad(own, ((12, 12), (12, 12), (0, 0)), constant_values=255)))
            categories.append(category)
    return queries, pictures, categories


@torch.inference_mode()
def embed_copies(*, dna: Encoder, pictures: Tensor, copies: int, seed: int) -> Tensor:
    """`(N, 3, h, w)` → `(N, copies, 128)`: f(A) of warped, relit copies."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(copies):
        given = {"generator": generator, "size": CACHED}
        shown = torch.cat([(views(pictures=part, **given) + 1) * 127.5 for part in pictures.split(256)]).round().clamp(0, 255)
        found.append(embed_articles(dna=dna, pictures=shown.byte()))
    return torch.stack(found, dim=1)


def ccp_queries(*, folder: Path, dna: Encoder, validation: bool) -> Queries:
    """Photographed garments and their copies; the label maps' own regions."""

    def make() -> dict:
        queries, pictures, categories = garments_of(photos=ccp_photos(data=folder, validation=validation))
        return {"q": as_tensor(pictures=queries), "a": as_tensor(pictures=pictures), "categories": torch.tensor(categories)}

    found = cached(name=f"ccp-garments-{'validation' if validation else 'train'}", make=make)
    bank = embed_copies(dna=dna, pictures=found["a"], copies=1 if validation else 3, seed=3)
    worn = [[row] for row in range(len(bank))]
    return Queries(name="ccp", pictures=found["q"], labels=None, worn=worn, bank=bank, categories=found["categories"])


def drawn_pictures(*, looks: list[Path]) -> dict:
    """Drawn looks, whole and by garment: pictures `q` `(N, 3, 192, 128)`, `labels` `(N, 48, 32)`, ids of the products `worn`."""

    def make() -> dict:
        pictures, labels, worn = [], [], []
        for folder in looks:
            for look in drawn_looks(folder=folder):
                photo, known = look.parsed.photo, look.parsed.labels
                person = known > 0
                picture, box = to_frame(cut=cut_out(picture=photo, mask=person))
                pictures.append(picture)
                labels.append(labels_to_frame(labels=known, box=box))
                worn.append(look.products)
                for category, id in look.worn.items():
                    region = known == FIRST_CATEGORY + CATEGORIES.index(category)
                    if region.mean() >= SMALLEST:
                        pictures.append(to_frame(cut=garment_cut(photo=photo, region=region, person=person))[0])
                        labels.append(np.zeros(LABELS, np.uint8))
                        worn.append([id])
        return {"q": as_tensor(pictures=pictures), "labels": torch.from_numpy(np.stack(labels)), "worn": worn}

    return cached(name=f"drawn-queries-{'-'.join(folder.name for folder in looks)}", make=make)


def drawn_queries(*, products: Path, looks: list[Path], dna: Encoder) -> Queries:
    """Drawn looks, whole and by garment; `looks` are folders whose looks wear `products`."""
    found = drawn_pictures(looks=looks)
    articles = drawn_articles(folder=products)
    rows = {article.id: i for i, article in enumerate(articles)}
    return Queries(
        name="drawn",
        pictures=found["q"],
        labels=found["labels"],
        worn=[[rows[id] for id in worn] for worn in found["worn"]],
        bank=embed_articles(dna=dna, pictures=stacked(articles=articles))[:, None],
        categories=torch.tensor([CATEGORIES.index(article.attributes["category"]) for article in articles]),
    )


def dressed_queries(*, split: str, dna: Encoder, articles: list[Article], persons: int | None = None) -> tuple[Queries, Queries]:
    """People in products' cloths, whole (`dressed`) and one garment at a time (`garments`); `articles` are the products."""
    found = load_dressed(split=split)
    if found is None:
        raise DataMissingError(f"no dressed people of {split}: run `python -m training.data.dressed --split {split}` first")
    rows = {article.id: i for i, article in enumerate(articles)}
    every = embed_articles(dna=dna, pictures=stacked(articles=articles))[:, None]
    bank = {"bank": every, "categories": torch.tensor([CATEGORIES.index(a.attributes["category"]) for a in articles])}
    count = min(persons or len(found.persons), len(found.persons))
    worn: list[list[int]] = [[] for _ in range(count)]
    kept = torch.nonzero(found.owner < count)[:, 0].tolist()
    for garment in kept:
        worn[int(found.owner[garment])].append(rows[found.product_ids[garment]])
    whole = Queries(name="dressed", pictures=found.persons[:count], labels=found.labels[:count], worn=worn, **bank)
    single = [[rows[found.product_ids[garment]]] for garment in kept]
    return whole, Queries(name="garments", pictures=found.garments[kept], labels=None, worn=single, **bank)
