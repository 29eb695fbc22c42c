"""The part of an encoder behind its pooled numbers, in a form that trains well, for heads fitted on frozen features.

Pooled numbers differ in scale by orders of magnitude; here they are standardised first. `fold_into` writes the same function into
the encoder's own `project`, `hidden`, `refine` and `bias`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .encoder import EPSILON, HIDDEN, POOLED, WIDTH, Encoder


class PairHead(nn.Module):
    """Pooled numbers `(N, 1008)` of the maps `(N)` → embeddings `(N, 128)`, root mean square 1."""

    mean: Tensor
    spread: Tensor

    def __init__(self, *, maps: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(POOLED))
        self.register_buffer("spread", torch.ones(POOLED))
        self.weight = nn.Parameter(torch.zeros(WIDTH, POOLED))
        self.bias = nn.Parameter(torch.zeros(maps, WIDTH))
        self.hidden = nn.Linear(POOLED, HIDDEN)
        self.refine = nn.Linear(HIDDEN, WIDTH, bias=False)
        nn.init.zeros_(self.refine.weight)
        self.dropout = dropout

    def forward(self, pooled: Tensor, maps: Tensor) -> Tensor:
        if pooled.shape[-1] != POOLED or len(pooled) != len(maps):
            raise ValueError(f"expected (N, {POOLED}) and (N), got {tuple(pooled.shape)} and {tuple(maps.shape)}")
        x = F.dropout((pooled - self.mean) / self.spread, self.dropout, self.training)
        z = x @ self.weight.T + self.bias[maps] + self.refine(F.relu(self.hidden(x)))
        return z / (z.square().mean(-1, keepdim=True) + EPSILON).sqrt()

    @torch.no_grad()
    def standardise(self, *, pooled: Tensor) -> None:
        """Standardises by the numbers `(N, 1008)` that the head is fitted on."""
        self.mean.copy_(pooled.mean(0))
        self.spread.copy_(pooled.std(0).clamp_min(1e-3))

    @torch.no_grad()
    def start_at_random(self, *, weight: Tensor) -> None:
        """Starts as a random projection, `(128, 1008)`: query's and article's begin with the same."""
        self.weight.copy_(weight)

    @torch.no_grad()
    def start_from(self, *, encoder: Encoder, pooled: Tensor) -> None:
        """Takes over what `encoder` computes, standardised by the numbers `(N, 1008)` that it is fitted on."""
        self.standardise(pooled=pooled)
        linear, hidden = encoder.project.weight[:, :, 0, 0], encoder.hidden.weight[:, :, 0, 0]
        self.weight.copy_(linear * self.spread)
        self.bias.copy_(encoder.bias[0, :, :, 0].T + linear @ self.mean)
        self.hidden.weight.copy_(hidden * self.spread)
        self.hidden.bias.copy_(encoder.hidden.bias + hidden @ self.mean)
        self.refine.weight.copy_(encoder.refine.weight[:, :, 0, 0])

    @torch.no_grad()
    def fold_into(self, *, encoder: Encoder) -> None:
        """Writes this head into `encoder`."""
        linear, hidden = self.weight / self.spread, self.hidden.weight / self.spread
        encoder.project.weight.copy_(linear[:, :, None, None])
        encoder.bias.copy_((self.bias - linear @ self.mean).T[None, :, :, None])
        encoder.hidden.weight.copy_(hidden[:, :, None, None])
        encoder.hidden.bias.copy_(self.hidden.bias - hidden @ self.mean)
        encoder.refine.weight.copy_(self.refine.weight[:, :, None, None])
