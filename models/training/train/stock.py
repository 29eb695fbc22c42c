"""FashionDNA's training and validation products, with their dressed views."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..classes import CATEGORIES
from ..data.articles import ATTRIBUTES, Article, boxed, encode_attributes, encode_words, stacked, title_words, vocabulary
from ..data.cache import cached
from ..data.drawn import drawn_articles
from ..data.dressed import Dressed, load_dressed
from ..data.products import Product, test_articles, training_products

DRESSED_VIEWS = 4
"""How many dressed views of each product are kept."""


@dataclass
class Stock:
    """Products: `pictures` `(N, 3, h, w)` uint8, their attributes (−1: unknown), title words (−1: no title), categories.

    `dressed_of[i]` are rows of `dressed` `(M, 3, H, W)`: people's garments in the cloth of product `i`.
    `drawn[i]`: product `i` is drawn, not photographed.
    """

    pictures: Tensor
    attributes: Tensor
    words: Tensor
    categories: np.ndarray
    dressed: Tensor
    dressed_of: list[np.ndarray]
    drawn: np.ndarray

    def to(self, device: torch.device) -> "Stock":
        """A copy with its tensors on a device, where augmentation then runs without transfers."""
        tensors = {key: getattr(self, key).to(device) for key in ("pictures", "attributes", "words", "dressed")}
        return replace(self, **tensors)


def article_of(*, product: Product) -> Article:
    """A product as FashionDNA's input."""
    attributes = {key: product.attributes.get(key, "") for key in ATTRIBUTES}
    return Article(id=product.id, picture=boxed(picture=product.picture), attributes=attributes, title=product.title)


def padded(*, garments: Tensor) -> Tensor:
    """Garment queries `(M, 3, 192, 128)` on white → the articles' aspect, `(M, 3, 192, 144)`."""
    return F.pad(garments, (8, 8), value=255)


def stock_of(*, articles: list[Article], drawn: list[Article], dressed: Dressed | None, words: dict, titles: list[str]) -> Stock:
    """Photographed and drawn articles and the dressed garments as one."""
    every = [*articles, *drawn]
    rows = {article.id: i for i, article in enumerate(every)}
    kept: list[int] = []
    of: list[list[int]] = [[] for _ in every]
    for garment, id in enumerate(dressed.product_ids if dressed else []):
        row = rows.get(id)
        if row is not None and len(of[row]) < DRESSED_VIEWS:
            of[row].append(len(kept))
            kept.append(garment)
    pictures = dressed.garments[kept] if dressed and kept else torch.zeros(0, 3, 192, 128, dtype=torch.uint8)
    return Stock(
        pictures=stacked(articles=every),
        attributes=encode_attributes(articles=every, words=words),
        words=encode_words(articles=every, words=titles),
        categories=np.array([CATEGORIES.index(article.attributes["category"]) for article in every]),
        dressed=padded(garments=pictures),
        dressed_of=[np.array(found, int) for found in of],
        drawn=np.arange(len(every)) >= len(articles),
    )


def boxed_articles(*, split: Callable[..., list[Product]], folder: Path) -> list[Article]:
    """The articles of a split (`training_products` or `test_articles`), kept in `cache/`."""
    return cached(name=f"boxed-{split.__name__}", make=lambda: [article_of(product=p) for p in split(folder=folder)])


def stocks(*, folder: Path, drawn: Path, with_drawn: bool) -> tuple[Stock, Stock, dict[str, list[str]], list[str]]:
    """Training products, held-out products that were dressed on held-out people, and the vocabularies."""
    articles = boxed_articles(split=training_products, folder=folder)
    looks = drawn_articles(folder=drawn / "train") if with_drawn else []
    words, titles = vocabulary(articles=[*articles, *looks]), title_words(articles=articles)
    given = {"words": words, "titles": titles}
    train = stock_of(articles=articles, drawn=looks, dressed=load_dressed(split="train"), **given)
    held = boxed_articles(split=test_articles, folder=folder)
    return train, stock_of(articles=held, drawn=[], dressed=load_dressed(split="validation"), **given), words, titles
