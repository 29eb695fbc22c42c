"""The learnt match of f(I) with f(A), and where its training starts.

    score(q, a) = w2 · relu(U q + V a + b)

`V a + b` is computed once for each article.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .classes import CATEGORIES
from .fashion_dna import WIDTH
from .runs import ramp_cosine

HIDDEN = 256


class Match(nn.Module):
    """score = w2 · relu(U q + V a + b): `(Q, 128)` and `(A, 128)` → `(Q, A)`."""

    def __init__(self) -> None:
        super().__init__()
        self.u = nn.Parameter(torch.randn(HIDDEN, WIDTH) * WIDTH**-0.5)
        self.v = nn.Parameter(torch.randn(HIDDEN, WIDTH) * WIDTH**-0.5)
        self.b = nn.Parameter(torch.zeros(HIDDEN))
        self.w2 = nn.Parameter(torch.randn(HIDDEN) * HIDDEN**-0.5)

    def query(self, q: Tensor) -> Tensor:
        """`U q`: `(Q, 128)` → `(Q, 256)`."""
        return q @ self.u.T

    def article(self, a: Tensor) -> Tensor:
        """`V a + b`: `(A, 128)` → `(A, 256)`, once for each article."""
        return a @ self.v.T + self.b

    def forward(self, q: Tensor, a: Tensor) -> Tensor:
        return torch.relu(self.query(q)[:, None] + self.article(a)[None]) @ self.w2


COORDINATES = WIDTH // len(CATEGORIES)
"""How many of f(I)'s values speak of each category at the start: 128 / 8 = 16."""
GATE = 2.0
"""How far below zero the hidden units of other categories start, in units of a coordinate's spread."""


@dataclass(frozen=True)
class Guide:
    """A start for the match in which f(I) holds, for each category, the leading coordinates of the article worn.

    For category c the articles' principal axes e_k give coordinates y_k(a) = e_k · (a − mean) / spread_k. A pair of hidden
    units holds ±(y_k(a) − q_ck), lowered by `GATE` where a linear guess says that a is of another category; with equal
    negative weights their sum is the L1 distance −|y(a) − q_c|. Training goes on from there, nothing of it is kept fixed.
    """

    axes: Tensor
    """`(8, 128, 16)`, divided by the spread."""
    middles: Tensor
    """`(8, 128)`."""

    def coordinates(self, *, articles: Tensor, categories: Tensor) -> Tensor:
        """`(N, 128)` articles and their `(N,)` categories → `(N, 16)` coordinates."""
        return torch.einsum("nd,ndk->nk", articles - self.middles[categories], self.axes[categories])


def guide_of(*, articles: Tensor, categories: Tensor, match: Match) -> Guide:
    """The principal axes of each category, and `match` set to the start described in [`Guide`]."""
    axes, middles = [], []
    for category in range(len(CATEGORIES)):
        own = articles[categories == category]
        middle = own.mean(0)
        # Singular values give the spread along each axis; its square root is a compromise with plain distance.
        _, spread, directions = torch.linalg.svd(own - middle, full_matrices=False)
        spread = spread[:COORDINATES] / len(own) ** 0.5
        axes.append(directions[:COORDINATES].T / (spread * spread.mean()).sqrt())
        middles.append(middle)
    guide = Guide(axes=torch.stack(axes), middles=torch.stack(middles))
    bordered = torch.cat([articles, torch.ones(len(articles), 1)], dim=1)
    is_of = F.one_hot(categories, len(CATEGORIES)).float()
    ridge = bordered.T @ bordered + 1e-3 * len(articles) * torch.eye(bordered.shape[1])
    gates = torch.linalg.solve(ridge, bordered.T @ is_of)
    u, v, b = torch.zeros_like(match.u), torch.zeros_like(match.v), torch.zeros_like(match.b)
    row = 0
    for category in range(len(CATEGORIES)):
        for k in range(COORDINATES):
            for sign in (1.0, -1.0):
                axis = guide.axes[category, :, k]
                u[row, category * COORDINATES + k] = -sign
                v[row] = sign * axis + GATE * gates[:-1, category]
                b[row] = -sign * (axis @ guide.middles[category]) + GATE * (gates[-1, category] - 1)
                row += 1
    match.u.data.copy_(u)
    match.v.data.copy_(v)
    match.b.data.copy_(b)
    match.w2.data.fill_(-0.5)
    return guide


def pretrain_match(*, match: Match, guide: Guide, articles: Tensor, categories: Tensor, steps: int, seed: int) -> float:
    """Teaches the match alone on made-up queries: the noisy coordinates of one to three articles; returns its last top-1.

    A linear guess of the category gates poorly, so the units need this before pictures come in.
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(match.parameters(), lr=4e-3)
    coordinates = guide.coordinates(articles=articles, categories=categories)
    of = [torch.nonzero(categories == category)[:, 0] for category in range(len(CATEGORIES))]
    batch, negatives, hits = 64, 127, 0.0

    def draw(category: int, count: int) -> Tensor:
        return of[category][torch.randint(len(of[category]), (count,), generator=generator)]

    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 4e-3 * ramp_cosine(progress=step / steps)
        q = torch.zeros(batch, len(CATEGORIES), COORDINATES)
        rows = torch.empty(batch, 1 + negatives, dtype=torch.long)
        for query in range(batch):
            order = torch.randperm(len(CATEGORIES), generator=generator)[:3].tolist()
            for position, category in enumerate(order):
                row = draw(category, 1)
                q[query, category] = coordinates[row[0]]
                if position == 0:
                    same = draw(category, negatives * 3 // 4)
                    rest = torch.randint(len(articles), (negatives - len(same),), generator=generator)
                    rows[query] = torch.cat([row, same, rest])
        q = q + torch.randn(q.shape, generator=generator) * 0.4
        scores = torch.relu(match.query(q.flatten(1))[:, None] + match.article(articles[rows])) @ match.w2
        # An article drawn twice is no negative of itself.
        scores = scores.masked_fill((rows == rows[:, :1]) & (torch.arange(1 + negatives) > 0), float("-inf"))
        loss = F.cross_entropy(scores, torch.zeros(batch, dtype=torch.long))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        hits = float((scores.argmax(1) == 0).float().mean())
    return hits
