"""What trainings of the query encoder share: ranks, the attention's loss, mirrored pictures and maps."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..classes import CATEGORIES, FIRST_CATEGORY
from ..data.pair_views import UPPER_UNKNOWN, UPPERS


def top_k(*, ranks: Tensor) -> dict[str, float]:
    """Shares of ranks below 1, 10 and 50."""
    return {f"top{k}": float((ranks < k).float().mean()) for k in (1, 10, 50)}


def attention_loss(*, look: Tensor, labels: Tensor, grid: tuple[int, int]) -> Tensor:
    """Attention logits `(N, 8, places)` on `grid` (height, width) against label maps `(N, 48, 32)`.

    The target of a category is its pixels' share of each place; categories that a map does not show have no loss. An upper
    garment of unknown category is one of each that it may have.
    """
    kinds = torch.arange(FIRST_CATEGORY, FIRST_CATEGORY + len(CATEGORIES), device=labels.device)[None, :, None, None]
    shown = labels[:, None] == kinds
    shown[:, list(UPPERS)] |= (labels == UPPER_UNKNOWN)[:, None]
    share = F.adaptive_avg_pool2d(shown.float(), grid).flatten(2)
    total = share.sum(2, keepdim=True)
    seen = (total > 1)[..., 0]
    if not seen.any():
        return look.new_zeros(())
    return -(share / total.clamp_min(1) * look.log_softmax(dim=2)).sum(2)[seen].mean()


def flipped(*, x: Tensor, rows: Tensor) -> Tensor:
    """`(N, …, w)` with the rows that `rows` `(N,)` names mirrored along the last axis."""
    return torch.where(rows.view(-1, *[1] * (x.ndim - 1)), x.flip(-1), x)
