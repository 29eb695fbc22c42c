"""The learnt match of f(I) with f(A):

    score(q, a) = w2 · relu(U q + V a + b)

`V a + b` is computed once for each article. It starts as a distance: with U = [1; −1], V = [−1; 1], b = 0 and equal negative
w2 it is −s · Σ|q_i − a_i| exactly, since |x| = relu(x) + relu(−x). Training bends it from there.
"""

import torch
from torch import Tensor, nn

from .encoder import WIDTH

HIDDEN = 2 * WIDTH
SHARPNESS = 0.15
"""s at the start: what the score loses for each unit of the L1 distance of two embeddings with root mean square 1."""


class Match(nn.Module):
    """`(Q, 128)` and `(A, 128)` → `(Q, A)`."""

    def __init__(self) -> None:
        super().__init__()
        one = torch.eye(WIDTH)
        self.u = nn.Parameter(torch.cat([one, -one]))
        self.v = nn.Parameter(torch.cat([-one, one]))
        self.b = nn.Parameter(torch.zeros(HIDDEN))
        self.w2 = nn.Parameter(torch.full((HIDDEN,), -SHARPNESS))

    def query(self, q: Tensor) -> Tensor:
        """`U q`: `(Q, 128)` → `(Q, 256)`."""
        return q @ self.u.T

    def article(self, a: Tensor) -> Tensor:
        """`V a + b`: `(A, 128)` → `(A, 256)`, once for each article."""
        return a @ self.v.T + self.b

    def forward(self, q: Tensor, a: Tensor) -> Tensor:
        return self.score(query=self.query(q)[:, None], article=self.article(a)[None])

    def score(self, *, query: Tensor, article: Tensor) -> Tensor:
        """Halves `(…, 256)` that broadcast against each other → scores `(…)`."""
        return torch.relu(query + article) @ self.w2
