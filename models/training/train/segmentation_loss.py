"""Street2Fashion's loss: classes at the logits' resolution, the foreground at the input's."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.augmentation import IGNORE, WORN
from ..networks.street2fashion import FINE, log_odds


def loss_of(*, logits: Tensor, labels: Tensor, weights: Tensor, class_weight: float = 1.0, edge_weight: float = 0.0) -> Tensor:
    """Cross-entropy of the classes, and BCE and Dice (Milletari et al. 2016) of the foreground at the input's resolution.

    `logits` `(N, 17, H/2, W/2)`, `labels` `(N, H, W)`. One of the four pixels under each logit is drawn as its class.
    Pixels within two of an outline count `1 + edge_weight` times.
    """
    if labels.shape[1:] != (logits.shape[2] * 2, logits.shape[3] * 2):
        raise ValueError(f"logits {tuple(logits.shape)} do not halve labels {tuple(labels.shape)}")
    dy, dx = int(torch.randint(2, ())), int(torch.randint(2, ()))
    drawn = labels[:, dy::2, dx::2].long()
    drawn = drawn.masked_fill(drawn == WORN, IGNORE)
    classes = F.cross_entropy(logits[:, :FINE], drawn, weights, ignore_index=IGNORE)
    known = (labels != IGNORE).float()
    truth = (labels > 0).float() * known
    odds = log_odds(logits=logits)
    share = F.avg_pool2d(truth[:, None], 5, stride=1, padding=2, count_include_pad=False)[:, 0]
    importance = known * (1 + edge_weight * ((share > 0) & (share < 1)).float())
    bce = F.binary_cross_entropy_with_logits(odds, truth, reduction="none")
    bce = (bce * importance).sum() / importance.sum().clamp_min(1)
    p = torch.sigmoid(odds) * known
    dice = 1 - (2 * (p * truth).sum((1, 2)) + 1) / (p.sum((1, 2)) + truth.sum((1, 2)) + 1)
    return class_weight * classes.nan_to_num() + bce + dice.mean()
