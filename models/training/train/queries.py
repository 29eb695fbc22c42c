"""Queries and the articles that they show: what Fashion2Shop learns from and is measured on while it trains."""

from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..classes import CATEGORIES, FIRST_CATEGORY

TURNS = 16
"""How often negatives that are worn are drawn again; the second half of the draws uses all categories."""


@dataclass
class Queries:
    """Cut-outs of one source. `pictures[i]` shows the articles `worn[i]`, rows of `bank`.

    `pictures` `(Q, 3, 192, 128)` uint8 on white; `labels` `(Q, 48, 32)` classes where the source knows them, else `None`;
    `bank` `(A, copies, 128)` f(A), of several pictures of an article; `categories` `(A,)`. `worn_table` `(Q, W)` is `worn`, filled
    up by −1.
    """

    name: str
    pictures: Tensor
    labels: Tensor | None
    worn: list[list[int]]
    bank: Tensor
    categories: Tensor
    worn_table: Tensor = field(init=False)

    def __post_init__(self) -> None:
        if len(self.pictures) != len(self.worn):
            raise ValueError(f"{self.name}: {len(self.pictures)} pictures, {len(self.worn)} lists of worn articles")
        if len(self.bank) != len(self.categories):
            raise ValueError(f"{self.name}: {len(self.bank)} articles, {len(self.categories)} categories")
        if self.labels is not None and len(self.labels) != len(self.pictures):
            raise ValueError(f"{self.name}: {len(self.pictures)} pictures, {len(self.labels)} label maps")
        most = max((len(worn) for worn in self.worn), default=0)
        self.worn_table = torch.tensor([worn + [-1] * (most - len(worn)) for worn in self.worn]).to(self.pictures.device)

    def to(self, device: torch.device) -> "Queries":
        """A copy with its tensors on a device."""
        labels = None if self.labels is None else self.labels.to(device)
        tensors = {key: getattr(self, key).to(device) for key in ("pictures", "bank", "categories")}
        return replace(self, labels=labels, **tensors)


def negatives_of(
    *, queries: Queries, articles: Tensor, worn: Tensor, count: int, share: float, generator: torch.Generator
) -> Tensor:
    """Of each pair's worn article `(P,)`, `count` articles of the bank, `(P, count)`: `share` of them of its category, none of them
    worn by the pair's person, `worn` `(P, W)`, which is filled up by −1.

    If all articles of a category are worn, negatives of any category are used.
    """
    categories = queries.categories
    order = categories.argsort(stable=True)
    sizes = categories.bincount(minlength=len(CATEGORIES))
    firsts = sizes.cumsum(0) - sizes
    same = torch.arange(count, device=articles.device) < int(count * share)

    def draw(within: Tensor) -> Tensor:
        kinds = categories[articles][:, None]
        part = torch.rand(within.shape, generator=generator, device=articles.device)
        # Double, since a float32 close to 1 may round to 1 times the size.
        of_kind = order[firsts[kinds] + (part.double() * sizes[kinds]).long()]
        return torch.where(within, of_kind, (part.double() * len(categories)).long())

    found = draw(same.expand(len(articles), -1))
    for turn in range(TURNS):
        taken = (found[..., None] == worn[:, None]).any(2)
        if not taken.any():
            break
        found = torch.where(taken, draw((same & (turn < TURNS // 2)).expand(len(articles), -1)), found)
    return found


def ranks_within_category(*, scores: Tensor, article: int, categories: Tensor) -> int:
    """`(A,)` scores → the rank (0 = first) of an article among its category, ties against it."""
    same = scores[categories == categories[article]]
    return int((same >= scores[article]).sum()) - 1


def top_k(*, ranks: Tensor) -> dict[str, float]:
    """Shares of ranks below 1, 10 and 50."""
    return {f"top{k}": float((ranks < k).float().mean()) for k in (1, 10, 50)}


def attention_loss(*, look: Tensor, labels: Tensor, grid: tuple[int, int]) -> Tensor:
    """Attention logits `(N, 8, places)` on `grid` (height, width) against label maps `(N, 48, 32)`.

    The target of a category is its pixels' share of each place; categories that a map does not show have no loss.
    """
    kinds = torch.arange(FIRST_CATEGORY, FIRST_CATEGORY + len(CATEGORIES), device=labels.device)[None, :, None, None]
    share = F.adaptive_avg_pool2d((labels[:, None] == kinds).float(), grid).flatten(2)
    total = share.sum(2, keepdim=True)
    seen = (total > 1)[..., 0]
    if not seen.any():
        return look.new_zeros(())
    return -(share / total.clamp_min(1) * look.log_softmax(dim=2)).sum(2)[seen].mean()
