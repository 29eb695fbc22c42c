"""Street2Fashion's loss: classes at the logits' resolution, the foreground at the input's."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.label_sets import ALLOWED, IGNORE, WORN
from ..networks.street2fashion import FINE, log_odds

FLOOR = 1e-6
"""Added to a probability before its logarithm."""


def class_loss(*, logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """−log of the summed probability of the classes that a label allows: for a single class the cross-entropy.

    `logits` `(N, 13, h, w)`, `labels` `(N, h, w)` values of `label_sets`, `weights` `(13)`. A pixel counts by the mean weight of
    its classes. Pixels that allow none do not count, nor do those of `WORN`: that they are somebody's is what the foreground's loss
    says.
    """
    allowed = torch.from_numpy(ALLOWED).to(logits.device)
    counts = allowed.sum(1)
    weight_of = (allowed.float() @ weights) / counts.clamp_min(1)
    weight_of[WORN] = 0
    index = labels.long()
    p = (logits.softmax(1) * allowed[index].permute(0, 3, 1, 2)).sum(1)
    weight = weight_of[index]
    return -(torch.log(p + FLOOR) * weight).sum() / weight.sum().clamp_min(1e-6)


def loss_of(*, logits: Tensor, labels: Tensor, weights: Tensor, class_weight: float = 1.0, edge_weight: float = 0.0) -> Tensor:
    """The classes' loss, and BCE and Dice (Milletari et al. 2016) of the foreground at the input's resolution.

    `logits` `(N, 17, H/2, W/2)`, `labels` `(N, H, W)`. One of the four pixels under each logit is drawn as its class.
    Pixels within two of an outline count `1 + edge_weight` times.
    """
    if labels.shape[1:] != (logits.shape[2] * 2, logits.shape[3] * 2):
        raise ValueError(f"logits {tuple(logits.shape)} do not halve labels {tuple(labels.shape)}")
    dy, dx = int(torch.randint(2, ())), int(torch.randint(2, ()))
    classes = class_loss(logits=logits[:, :FINE], labels=labels[:, dy::2, dx::2], weights=weights)
    known = (labels != IGNORE).float()
    truth = (labels > 0).float() * known
    odds = log_odds(logits=logits)
    share = F.avg_pool2d(truth[:, None], 5, stride=1, padding=2, count_include_pad=False)[:, 0]
    importance = known * (1 + edge_weight * ((share > 0) & (share < 1)).float())
    bce = F.binary_cross_entropy_with_logits(odds, truth, reduction="none")
    bce = (bce * importance).sum() / importance.sum().clamp_min(1)
    p = torch.sigmoid(odds) * known
    dice = 1 - (2 * (p * truth).sum((1, 2)) + 1) / (p.sum((1, 2)) + truth.sum((1, 2)) + 1)
    return class_weight * classes + bce + dice.mean()


def kept_loss(*, logits: Tensor, kept: Tensor, labels: Tensor) -> Tensor:
    """How far the network is from what it said before, where that was right (Li, Hoiem, *Learning without Forgetting*, 2016).

    `logits` and `kept` `(N, 17, H/2, W/2)`, `labels` `(N, H, W)`. The divergence of the foreground's probabilities at the input's
    resolution, and of the classes at the logits', each the mean over the pixels at which the labels allow the former answer. 0 for
    equal logits.
    """
    before, now = log_odds(logits=kept), log_odds(logits=logits)
    p = torch.sigmoid(before)
    is_right = ((labels != IGNORE) & ((p > 0.5) == (labels > 0))).float()
    # Less the former answer's own entropy.
    crossed, own = (F.binary_cross_entropy_with_logits(odds, p, reduction="none") for odds in (now, before))
    foreground = ((crossed - own) * is_right).sum() / is_right.sum().clamp_min(1)
    allowed = torch.from_numpy(ALLOWED).to(logits.device)[labels[:, ::2, ::2].long()].permute(0, 3, 1, 2)
    former = kept[:, :FINE].log_softmax(1)
    is_allowed = allowed.gather(1, former.argmax(1, keepdim=True))[:, 0].float()
    divergence = F.kl_div(logits[:, :FINE].log_softmax(1), former, reduction="none", log_target=True).sum(1)
    return foreground + (divergence * is_allowed).sum() / is_allowed.sum().clamp_min(1)
