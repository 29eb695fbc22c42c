"""Where the garments of a person are: the query encoder's attention, fitted on label maps; everything else stays as it is.

Attention that is learnt from pairs alone would have to find garments by what helps retrieval. Label maps say it outright, and a
linear map of frozen features learns it in minutes.
"""

from pathlib import Path

import torch
from torch import Tensor

from ..data.dressed import load_dressed
from ..data.pair_views import PairViews
from ..data.views import plain
from ..networks.encoder import Encoder
from ..networks.fashion2shop import GRID
from .queries import attention_loss
from .query_sets import drawn_pictures
from .runs import ramp_cosine

PERSONS = 1500
"""People of each source: more changed nothing."""
BATCH = 16
PEAK = 5e-3


def looks(*, encoder: Encoder) -> list[Tensor]:
    """The parameters of the attention."""
    return [*encoder.look8.parameters(), *encoder.look16.parameters(), *encoder.look32.parameters()]


def labelled_persons(*, pairs: PairViews, drawn: Path) -> tuple[Tensor, Tensor]:
    """People `(N, 3, 192, 128)` of true pairs, dressed photos and drawn looks, and their label maps `(N, 48, 32)`."""
    pictures, labels = [pairs.person[:PERSONS]], [pairs.labels[:PERSONS]]
    if (dressed := load_dressed(split="train")) is not None:
        pictures.append(dressed.persons[:PERSONS])
        labels.append(dressed.labels[:PERSONS])
    if found := [path.parent for path in sorted(drawn.glob("train-*/looks.jsonl"))]:
        looks = drawn_pictures(looks=found)
        whole = torch.nonzero(looks["labels"].flatten(1).any(1))[:PERSONS, 0]
        pictures.append(looks["q"][whole])
        labels.append(looks["labels"][whole])
    return torch.cat(pictures), torch.cat(labels)


def fit_attention(*, encoder: Encoder, pictures: Tensor, labels: Tensor, epochs: int = 3, seed: int = 1) -> float:
    """Fits the attention (in place); returns the last epoch's mean loss."""
    encoder.requires_grad_(False)
    for parameter in (parameters := looks(encoder=encoder)):
        parameter.requires_grad_(True)
    optimiser, rng = torch.optim.Adam(parameters), torch.Generator().manual_seed(seed)
    steps, mean = max(1, epochs * len(pictures) // BATCH), 0.0
    for step in range(steps):
        rows = torch.randint(len(pictures), (BATCH,), generator=rng)
        with torch.no_grad():
            s8, half = encoder.front(
                plain(pictures=pictures[rows], size=encoder.size).contiguous(memory_format=torch.channels_last)
            )
        look = encoder.pool(s8, half)[1]
        loss = attention_loss(look=look, labels=labels[rows], grid=GRID)
        for group in optimiser.param_groups:
            group["lr"] = PEAK * ramp_cosine(progress=step / steps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        mean += (float(loss) - mean) / min(step + 1, 100)
        if step % 50 == 49:
            print(f"attention, step {step + 1} of {steps}, loss {mean:.3f}", flush=True)
    encoder.requires_grad_(True)
    return mean
