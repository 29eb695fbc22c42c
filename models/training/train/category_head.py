"""A head on f(A) that predicts an article's category: fit, calibration and figures.

`softmax(weight · relu(hidden_weight · f(A) + hidden_bias) + bias)`: one hidden layer, fitted with dropout (Srivastava, Hinton,
Krizhevsky, Sutskever, Salakhutdinov, Dropout, JMLR 2014), calibrated by a temperature (Guo, Pleiss, Sun, Weinberger, On Calibration
of Modern Neural Networks, ICML 2017).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..classes import CATEGORIES
from ..data.pair_views import UPPERS
from ..data.products import NONE

HEAD_CLASSES = (*CATEGORIES, NONE)
SOME_UPPER = len(HEAD_CLASSES)
"""The label of a garment of which only is known that it is a jumper, shirt, t-shirt or top."""
HEADS = 4
"""Heads of other random starts, whose logits are averaged (Lakshminarayanan, Pritzel, Blundell, Simple and Scalable Predictive
Uncertainty Estimation Using Deep Ensembles, NeurIPS 2017). The cross-entropy of the calibration products is .523 with one, .514
with two, .508 with four.
"""
HIDDEN = 512
"""Hidden units of each. Four heads of 1,024 are as good."""
DROPOUT = 0.6
"""The share of hidden units that a step leaves out."""
DECAY = 0.1
"""AdamW's weight decay."""
BATCH = 256
STEPS = 6000
"""About 60 passes over the products. With 256 units the cross-entropy is .03 higher after 2,000."""
RATE = 2e-3
"""The highest learning rate; it rises for a tenth of the steps and falls to nothing."""
LEVELLING = 0.5
"""A class of n products weighs n^−0.5 a product: another shop's stock has other shares."""
SOME_WEIGHT = 0.2
"""How much a product counts of which only the part of the body is known. At 1, .04 more of true pairs' articles are told as upper
garments, and fewer other products are accepted.
"""
PRECISION = 0.95
"""The least precision of accepted predictions on the calibration products."""


def _allowed() -> Tensor:
    """Which classes each label allows, `(10, 9)`."""
    allowed = torch.eye(SOME_UPPER + 1, len(HEAD_CLASSES), dtype=torch.bool)
    allowed[SOME_UPPER, list(UPPERS)] = True
    return allowed


ALLOWED = _allowed()


@dataclass(frozen=True)
class Features:
    """f(A) `(N, 128)` float32 and the indices in `HEAD_CLASSES`, or `SOME_UPPER`, `(N)`."""

    features: Tensor
    labels: Tensor

    def rows(self, mask: np.ndarray) -> "Features":
        """The rows of a mask `(N)`."""
        return Features(features=self.features[mask], labels=self.labels[mask])

    def __add__(self, other: "Features") -> "Features":
        both = zip((self.features, self.labels), (other.features, other.labels), strict=True)
        return Features(*(torch.cat(pair) for pair in both))


@dataclass(frozen=True)
class Head:
    """`hidden_weight` `(hidden, 128)`, `hidden_bias` `(hidden)`, `weight` `(9, hidden)`, `bias` `(9)`, with the temperature folded
    into the last two, and the least accepted probability.
    """

    hidden_weight: Tensor
    hidden_bias: Tensor
    weight: Tensor
    bias: Tensor
    temperature: float = 1.0
    min_probability: float = 0.0

    def tensors(self) -> dict[str, Tensor]:
        """What its file contains, float32."""
        names = ("hidden_weight", "hidden_bias", "weight", "bias")
        return {name: getattr(self, name).float().contiguous() for name in names}

    def logits(self, features: Tensor) -> Tensor:
        """`(N, 128)` → `(N, 9)`."""
        return torch.relu(features @ self.hidden_weight.T + self.hidden_bias) @ self.weight.T + self.bias

    def best(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """`(N, 128)` → the highest probability and its class, `(N)` each."""
        return tuple(self.logits(features).softmax(1).max(1))


def product_weights(*, labels: Tensor) -> Tensor:
    """How much each product counts, 1 in the mean."""
    weights = (torch.bincount(labels, minlength=len(ALLOWED)).clamp_min(1).float() ** -LEVELLING)[labels]
    weights = torch.where(labels == SOME_UPPER, SOME_WEIGHT * weights, weights)
    return weights / weights.mean()


def fit_head(*, samples: Features, heads: int = HEADS, steps: int = STEPS, hidden: int = HIDDEN, dropout: float = DROPOUT) -> Head:
    """Heads with one hidden layer by AdamW on standardised f(A), as one that has all their hidden units and averages their logits.

    The loss of a product is −log of the summed probability of the classes that its label allows.
    """
    if samples.features.ndim != 2 or samples.labels.shape != samples.features.shape[:1]:
        raise ValueError(f"expected (N, width) and (N), got {tuple(samples.features.shape)} and {tuple(samples.labels.shape)}")
    middle, spread = samples.features.mean(0), samples.features.std(0).clamp_min(1e-4)
    x = (samples.features - middle) / spread
    fitted = [_fit_one(x=x, labels=samples.labels, steps=steps, hidden=hidden, dropout=dropout, seed=seed) for seed in range(heads)]
    # The standardisation is folded into the weights.
    hidden_weight = torch.cat([first.weight for first, _ in fitted]).detach() / spread
    return Head(
        hidden_weight=hidden_weight,
        hidden_bias=torch.cat([first.bias for first, _ in fitted]).detach() - hidden_weight @ middle,
        weight=torch.cat([last.weight for _, last in fitted], 1).detach() / heads,
        bias=torch.stack([last.bias for _, last in fitted]).detach().mean(0),
    )


def _fit_one(*, x: Tensor, labels: Tensor, steps: int, hidden: int, dropout: float, seed: int) -> tuple[nn.Linear, nn.Linear]:
    """The two layers of one head."""
    weights, forbidden = product_weights(labels=labels), ~ALLOWED[labels]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        first, last = nn.Linear(x.shape[1], hidden), nn.Linear(hidden, len(HEAD_CLASSES))
        net = nn.Sequential(first, nn.ReLU(), nn.Dropout(dropout), last)
        optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
        for _ in range(steps):
            rows = torch.randint(len(x), (BATCH,))
            told = net(x[rows]).log_softmax(1).masked_fill(forbidden[rows], -torch.inf).logsumexp(1)
            loss = -(weights[rows] * told).sum() / weights[rows].sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
    return first, last


def calibrate(*, head: Head, samples: Features, precision: float = PRECISION) -> Head:
    """Folds in the temperature of least cross-entropy and sets the least threshold, in hundredths, that is precise enough."""
    logits = head.logits(samples.features)
    temperatures = torch.exp(torch.linspace(-1, 2, 301))
    losses = torch.stack([F.cross_entropy(logits / t, samples.labels) for t in temperatures])
    t = float(temperatures[losses.argmin()])
    head = replace(head, weight=head.weight / t, bias=head.bias / t, temperature=t)
    probability, found = head.best(samples.features)
    right = found == samples.labels
    for hundredths in range(100):
        accepted = probability >= hundredths / 100
        if accepted.any() and float(right[accepted].float().mean()) >= precision:
            return replace(head, min_probability=hundredths / 100)
    raise ValueError(f"no threshold has a precision of {precision} on {len(right)} products")


def share(hits: Tensor) -> float | None:
    """The share of true values; `None` if there are none."""
    return round(float(hits.float().mean()), 3) if len(hits) else None


def upper_share(*, head: Head, features: Tensor) -> float | None:
    """The share of upper garments `(N, 128)` that are taken for one of the four categories that they may have."""
    return share(ALLOWED[SOME_UPPER][head.best(features)[1]])


def head_figures(*, head: Head, samples: Features) -> dict[str, Any]:
    """Accuracy over the nine classes, acceptance, and each class's recall and precision before and after acceptance."""
    probability, found = head.best(samples.features)
    right, accepted, garment = found == samples.labels, probability >= head.min_probability, found < len(CATEGORIES)
    classes = {}
    for index, name in enumerate(HEAD_CLASSES):
        truth, said = samples.labels == index, found == index
        classes[name] = {
            "products": int(truth.sum()),
            "recall": share(right[truth]),
            "precision": share(right[said]),
            "accepted_recall": share((right & accepted)[truth]),
            "accepted_precision": share(right[said & accepted]),
        }
    return {
        "products": len(right),
        "accuracy": share(right),
        "accepted_precision": share(right[accepted]),
        "accepted_coverage": share(accepted),
        "category_precision": share(right[accepted & garment]),
        "category_coverage": share(accepted & garment),
        "classes": classes,
    }
