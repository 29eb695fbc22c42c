"""Queries and the articles that they show: what Fashion2Shop learns from and is measured on while it trains."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .classes import CATEGORIES, FIRST_CATEGORY


@dataclass
class Queries:
    """Cut-outs of one source. `pictures[i]` shows the articles `worn[i]`, rows of `bank`.

    `pictures` `(Q, 3, 192, 128)` uint8 on white; `labels` `(Q, 48, 32)` classes where the source knows them, else `None`;
    `bank` `(A, copies, 128)` f(A), of several pictures of an article; `categories` `(A,)`.
    """

    name: str
    pictures: Tensor
    labels: Tensor | None
    worn: list[list[int]]
    bank: Tensor
    categories: Tensor

    def __post_init__(self) -> None:
        if len(self.pictures) != len(self.worn):
            raise ValueError(f"{self.name}: {len(self.pictures)} pictures, {len(self.worn)} lists of worn articles")
        if len(self.bank) != len(self.categories):
            raise ValueError(f"{self.name}: {len(self.bank)} articles, {len(self.categories)} categories")
        if self.labels is not None and len(self.labels) != len(self.pictures):
            raise ValueError(f"{self.name}: {len(self.pictures)} pictures, {len(self.labels)} label maps")


def negatives_of(
    *, queries: Queries, article: int, worn: list[int], count: int, share: float, rng: np.random.Generator
) -> np.ndarray:
    """`count` articles of the bank: `share` of them of the article's category, none of them worn."""
    categories = queries.categories.numpy()
    same = np.flatnonzero(categories == categories[article])
    same = same[~np.isin(same, worn)]
    first = rng.choice(same, int(count * share)) if len(same) else np.zeros(0, np.int64)
    rest = rng.integers(len(categories), size=count - len(first))
    # A worn one drawn by chance gives way to any other article.
    while (bad := np.isin(rest, worn)).any():
        rest[bad] = rng.integers(len(categories), size=int(bad.sum()))
    return np.concatenate([first, rest])


def ranks_within_category(*, scores: Tensor, article: int, categories: Tensor) -> int:
    """`(A,)` scores → the rank (0 = first) of an article among its category, ties against it."""
    same = scores[categories == categories[article]]
    return int((same >= scores[article]).sum()) - 1


def top_k(*, ranks: Tensor) -> dict[str, float]:
    """Shares of ranks below 1, 10 and 50."""
    return {f"top{k}": float((ranks < k).float().mean()) for k in (1, 10, 50)}


def attention_loss(*, look: Tensor, labels: Tensor, grid: tuple[int, int]) -> Tensor:
    """Attention logits `(N, 8, places)` on `grid` (height, width) against label maps `(N, 48, 32)`.

    The target of a category is its pixels' share of each place; categories that a map does not show say nothing.
    """
    kinds = torch.arange(FIRST_CATEGORY, FIRST_CATEGORY + len(CATEGORIES))[None, :, None, None]
    share = F.adaptive_avg_pool2d((labels[:, None] == kinds).float(), grid).flatten(2)
    total = share.sum(2, keepdim=True)
    seen = (total > 1)[..., 0]
    if not seen.any():
        return look.new_zeros(())
    return -(share / total.clamp_min(1) * look.log_softmax(dim=2)).sum(2)[seen].mean()
