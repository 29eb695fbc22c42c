"""The loss of pairs: a query's worn article has to be nearer than others, by cosine and by the learnt match.

Cross-entropy over cosines with a learnt factor, both ways (van den Oord et al. 2018; Radford et al. 2021), and over the match's
scores (the paper's loss). An article is never the negative of a query that shows the same article. A share of the target goes to
the articles whose colour is near that of the worn one: a shop seldom has the very article, and then colour is what is seen first.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..networks.match import Match

LARGEST_FACTOR = 80.0
"""The cosines' largest factor: beyond it, one near copy among the negatives would outweigh the rest."""
BACK_WEIGHT = 0.5
"""How much finding the query by its article counts, beside finding the article by its query."""
MATCHED = 192
"""Queries of a step whose match is computed: it costs 256 numbers for each pair of query and article."""
EXCLUDED = -1e4


@dataclass(frozen=True)
class Colours:
    """L*a*b* of worn articles `(N, 3)` and candidates `(M, 3)`. A `share` of the target falls off by exp(−ΔE / `spread`)."""

    worn: Tensor
    every: Tensor
    share: float
    spread: float

    def target(self, *, allowed: Tensor) -> Tensor:
        """`allowed` `(n, n)` or `(n, n + M)`, the worn articles first → probabilities of the same shape. Row i wears column i."""
        count = len(allowed)
        colours = torch.cat([self.worn[:count], self.every])[: allowed.shape[1]]
        near = (-torch.cdist(self.worn[:count], colours) / self.spread).masked_fill(~allowed, EXCLUDED).softmax(dim=1)
        return self.share * near + (1 - self.share) * torch.eye(count, allowed.shape[1])


class Factor(nn.Module):
    """The learnt factor of the cosines, exp(s); it starts at 16, near the temperature .06 of retrieval losses."""

    def __init__(self) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.tensor(16.0).log())

    def forward(self) -> Tensor:
        return self.log.exp().clamp(max=LARGEST_FACTOR)


def pair_loss(
    *,
    queries: Tensor,
    articles: Tensor,
    ids: Tensor,
    every: Tensor,
    every_ids: Tensor,
    match: Match,
    factor: Tensor,
    colours: Colours,
) -> Tensor:
    """`queries` and the `articles` that they show `(N, 128)`, with the articles' `ids` `(N)`; `every` `(M, 128)` are candidates.

    Candidates with a query's id are left out for that query, but the worn article itself is always one.
    """
    if queries.shape != articles.shape or len(ids) != len(articles) or len(every_ids) != len(every):
        raise ValueError(
            f"queries {tuple(queries.shape)}, articles {tuple(articles.shape)}, {len(ids)} ids, {len(every)} candidates"
        )
    count, target = len(queries), torch.arange(len(queries), device=queries.device)
    q, a = F.normalize(queries, dim=1), F.normalize(articles, dim=1)
    own = torch.eye(count, dtype=torch.bool, device=queries.device)
    same = (ids[:, None] == ids[None]) & ~own
    shown = ids[:, None] == every_ids[None]
    back = (a @ q.T * factor).masked_fill(same, EXCLUDED)
    beside = (q @ F.normalize(every, dim=1).T * factor).masked_fill(shown, EXCLUDED)
    there = torch.cat([back.T, beside], dim=1)
    scores = match(queries[:MATCHED], articles[:MATCHED]).masked_fill(same[:MATCHED, :MATCHED], EXCLUDED)
    wanted = colours.target(allowed=~torch.cat([same, shown], dim=1))
    cosine = F.cross_entropy(there, wanted) + BACK_WEIGHT * F.cross_entropy(back, target)
    return cosine + F.cross_entropy(scores, colours.target(allowed=~same[:MATCHED, :MATCHED]))
