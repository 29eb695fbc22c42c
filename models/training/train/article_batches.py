"""Batches of FashionDNA's products: drawing, and the two views of each."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..classes import CATEGORIES
from ..data.views import views
from ..networks import fashion_dna
from .loop import EpochRandom
from .stock import Stock

ONE_CATEGORY = 0.75
"""The share of batches that hold one category only: there cut, colour and print distinguish products."""


def two_views(*, stock: Stock, rows: np.ndarray, share: float, draw: EpochRandom) -> Tensor:
    """`(2N, 3, 128, 96)`: each product's picture and, behind these, with probability `share` a person's garment in its cloth,
    else another augmented view."""

    def seen(pictures: Tensor) -> Tensor:
        return views(pictures=pictures, generator=draw.generator, size=fashion_dna.INPUT[2:])

    counts = np.array([len(stock.dressed_of[row]) for row in rows])
    at = np.flatnonzero((counts > 0) & (draw.rng.random(len(rows)) < share))
    chosen = draw.rng.integers(np.maximum(counts, 1))
    worn = np.array([stock.dressed_of[rows[i]][chosen[i]] for i in at], int)
    x = seen(stock.pictures[torch.from_numpy(np.concatenate([rows, rows]))])
    if len(at):
        x[torch.from_numpy(at + len(rows))] = seen(stock.dressed[torch.from_numpy(worn)])
    return x


def product_rows(*, stock: Stock, drawn_share: float, size: int, rng: np.random.Generator, count: int) -> Iterator[np.ndarray]:
    """The rows `(size,)` of `count` batches: drawn products with probability `drawn_share`, else photographed ones."""
    rows = np.arange(len(stock.categories))
    pools = [rows[stock.drawn], rows[~stock.drawn]]
    for _ in range(count):
        pool = pools[0] if len(pools[0]) and rng.random() < drawn_share else pools[1]
        if rng.random() < ONE_CATEGORY:
            # A category by the square root of its size.
            sizes = np.bincount(stock.categories[pool] + 1, minlength=len(CATEGORIES) + 1)[1:] ** 0.5
            kind = rng.choice(len(CATEGORIES), p=sizes / sizes.sum())
            pool = pool[stock.categories[pool] == kind]
        yield rng.choice(pool, size, replace=len(pool) < size)
