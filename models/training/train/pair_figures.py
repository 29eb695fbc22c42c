"""Ranks on held-out true pairs, by cosine and by the match, among the articles of all held-out pairs that are given."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..classes import CATEGORIES
from ..data.pair_views import UPPERS
from .pair_sources import VIEWS, Pooled, PooledPairs
from .queries import top_k

BLOCK = 64
"""Queries that are scored at a time: a block holds block × articles × 256 numbers."""


def ranks_of(*, scores: Tensor) -> Tensor:
    """`(N, A)` scores, query i wears article i → ranks `(N,)`, ties against the worn article."""
    return (scores >= scores.diagonal()[:, None]).sum(1) - 1


def match_scores(*, match: nn.Module, queries: Tensor, articles: Tensor) -> Tensor:
    """`(N, 128)` and `(A, 128)` → `(N, A)`, in blocks."""
    return torch.cat([match(block, articles) for block in queries.split(BLOCK)])


@torch.inference_mode()
def held_figures(*, query: nn.Module, article: nn.Module, match: nn.Module, held: PooledPairs) -> dict[str, float]:
    """Top-1/10/50 of each view by cosine and by the match; the query is that of the last upper category."""
    count = held.articles.shape[1]
    f = article(held.articles[0].float(), torch.zeros(count, dtype=torch.long))
    found = {}
    for view, pooled in zip(VIEWS, held.queries, strict=True):
        q = query(pooled[:, UPPERS[-1]].float(), torch.full((count,), UPPERS[-1]))
        scores = {
            "cosine": F.normalize(q, dim=1) @ F.normalize(f, dim=1).T,
            "match": match_scores(match=match, queries=q, articles=f),
        }
        for name, values in scores.items():
            found |= {f"{view}_{name}_{key}": value for key, value in top_k(ranks=ranks_of(scores=values)).items()}
    return found


@torch.inference_mode()
def made_figures(*, query: nn.Module, article: nn.Module, match: nn.Module, held: Pooled) -> dict[str, float]:
    """Top-1/10/50 by the match of held-out dressed people, within the worn product's category; top-10 of each category."""
    f = article(held.articles.float(), torch.zeros(len(held.articles), dtype=torch.long))
    kinds = held.categories[held.worn]
    ranks = torch.zeros(len(held.worn), dtype=torch.long)
    found = {}
    for kind in kinds.unique().tolist():
        rows, pool = torch.nonzero(kinds == kind)[:, 0], torch.nonzero(held.categories == kind)[:, 0]
        q = query(held.queries[rows].float(), torch.full((len(rows),), kind))
        scores = match_scores(match=match, queries=q, articles=f[pool])
        own = (pool[None] == held.worn[rows][:, None]).to(scores.dtype)
        ranks[rows] = (scores >= (scores * own).sum(1)[:, None]).sum(1) - 1
        found[f"{held.name}_{CATEGORIES[kind]}_top10"] = float((ranks[rows] < 10).float().mean())
    return {f"{held.name}_{key}": value for key, value in top_k(ranks=ranks).items()} | found
