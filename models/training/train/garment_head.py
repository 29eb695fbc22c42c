"""The category of a garment in a photo: a linear head on its query embedding and on its pixels' classes.

`softmax(weight · [f(I) ‖ ln(votes + .02)] + bias)` over ten kinds: the eight categories, outerwear, and no garment. f(I) `(8, 128)`
is the shipped query encoder's output for the garment's region; the votes are the shares of its pixels in nine classes.

It is fitted in two steps, because the segmenter was trained on the training photos, and its votes are overconfident there. First
the weights of the embedding, by logistic regression on the training photos. Then, on held-out photos, the weight of the votes, the
biases and the temperature.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..classes import CATEGORIES, CLASSES
from ..data.degraded import degraded
from ..data.frames import garment_cut, to_frame
from ..data.geometry import letterbox
from ..data.layers import VOTED, garments_of
from ..data.parsed import Parsed
from ..data.views import to_input
from .segmentation import probabilities_at_photo

KINDS = (*CATEGORIES, "outerwear", "nothing")
NOTHING = KINDS.index("nothing")
FLOOR = 0.02
"""Added to the votes before the logarithm."""
SURE = 0.5
"""A region is of the class that covers at least this share of it, else nothing."""
DECAY = 1e-2
"""Weight decay on standardised f(I): of 3e-4, 1e-3, 3e-3 and 1e-2 the best on held-out photos."""
TRUE_SHARE = 0.02
"""A true garment below this share of the person is not learnt from."""


@dataclass(frozen=True)
class Garments:
    """Embeddings `(N, 1024)`, votes `(N, 9)`, kinds `(N)`, and the index of each garment's photo `(N)`."""

    embeddings: Tensor
    votes: Tensor
    kinds: Tensor
    photos: Tensor

    def rows(self, mask: Tensor) -> "Garments":
        """The rows of a mask `(N)`."""
        return Garments(self.embeddings[mask], self.votes[mask], self.kinds[mask], self.photos[mask])


@dataclass(frozen=True)
class GarmentHead:
    """`weight` `(10, 1024 + 9)` and `bias` `(10)`."""

    weight: Tensor
    bias: Tensor

    def probabilities(self, garments: Garments) -> Tensor:
        """`(N, 10)`."""
        x = torch.cat([garments.embeddings, (garments.votes + FLOOR).log()], dim=1)
        return (x @ self.weight.T + self.bias).softmax(1)


def label_map(*, photo: np.ndarray, segmenter: Callable[[Tensor], Tensor], size: tuple[int, int]) -> np.ndarray:
    """The segmenter's class indices `(H, W)` at the photo's resolution; `size` is its input's height and width."""
    boxed, box = letterbox(picture=photo, into_width=size[1], into_height=size[0], pad=127.5)
    logits = segmenter(to_input(picture=boxed))
    probabilities = probabilities_at_photo(logits=logits, box=box, width=photo.shape[1], height=photo.shape[0]).numpy()
    return np.where(probabilities[0] < 0.5, probabilities[1:].argmax(0) + 1, 0).astype(np.uint8)


def kind_of(*, labels: np.ndarray, region: np.ndarray) -> int:
    """The kind that covers most of a region, as an index in `KINDS`."""
    shares = np.bincount(labels[region], minlength=len(CLASSES)) / max(int(region.sum()), 1)
    best = int(shares[VOTED].argmax())
    return best if shares[VOTED][best] >= SURE * shares[VOTED].sum() and shares[VOTED].sum() >= SURE else NOTHING


def seen_garments(
    *, photos: list[Parsed], segmenter: Callable[[Tensor], Tensor], size: tuple[int, int], encoder: Callable[[Tensor], Tensor]
) -> Garments:
    """What the segmenter finds in photos with true label maps, each region with the kind that covers most of it."""
    found = []
    for index, parsed in enumerate(photos):
        labels = label_map(photo=parsed.photo, segmenter=segmenter, size=size)
        for garment in garments_of(labels=labels):
            embedding = _embedding(photo=parsed.photo, region=garment.region, person=labels > 0, encoder=encoder)
            if embedding is not None:
                found.append((embedding, garment.votes, kind_of(labels=parsed.labels, region=garment.region), index))
    return _together(found)


def true_garments(*, photos: list[Parsed], encoder: Callable[[Tensor], Tensor], seed: int = 1) -> Garments:
    """Garments by their true maps with a parser's errors. They have no votes (zeros)."""
    rng, found = np.random.default_rng(seed), []
    for index, parsed in enumerate(photos):
        person = parsed.labels > 0
        for kind, name in enumerate(KINDS[:NOTHING]):
            region = parsed.labels == CLASSES.index(name)
            if region.sum() < max(TRUE_SHARE * person.sum(), 1):
                continue
            region = degraded(mask=region, rng=rng)
            embedding = _embedding(photo=parsed.photo, region=region, person=person, encoder=encoder)
            if embedding is not None:
                found.append((embedding, np.zeros(NOTHING, np.float32), kind, index))
    return _together(found)


def fit_garment_head(*, learnt: Garments, held: Garments) -> GarmentHead:
    """The embedding's part on `learnt`; votes, biases and temperature on `held`."""
    middle, spread = learnt.embeddings.mean(0), learnt.embeddings.std(0).clamp_min(1e-3)
    weight, bias = torch.zeros(len(KINDS), learnt.embeddings.shape[1]), torch.zeros(len(KINDS))
    x = (learnt.embeddings - middle) / spread
    _minimise([weight, bias], lambda: F.cross_entropy(x @ weight.T + bias, learnt.kinds) + DECAY * weight.square().sum())
    folded = weight / spread
    logits = held.embeddings @ folded.T + bias - folded @ middle
    votes = (held.votes + FLOOR).log()
    inverse, gain, shift = torch.ones(()), torch.full((), 0.5), torch.zeros(len(KINDS))

    def loss() -> Tensor:
        return F.cross_entropy(_joined(logits * inverse, gain * votes) + shift, held.kinds) + DECAY * shift.square().sum()

    _minimise([inverse, gain, shift], loss)
    by_vote = torch.zeros(len(KINDS), NOTHING)
    by_vote[:NOTHING] = gain * torch.eye(NOTHING)
    return GarmentHead(weight=torch.cat([folded * inverse, by_vote], 1), bias=(bias - folded @ middle) * inverse + shift)


def crossed_figures(*, learnt: Garments, held: Garments, folds: int = 2) -> dict[str, Any]:
    """Figures on held-out photos, each photo measured by a head whose second step did not see it."""
    found = torch.zeros(len(held.kinds), len(KINDS))
    for fold in range(folds):
        inside = held.photos % folds == fold
        found[inside] = fit_garment_head(learnt=learnt, held=held.rows(~inside)).probabilities(held.rows(inside))
    return garment_figures(probabilities=found, garments=held)


def garment_figures(*, probabilities: Tensor, garments: Garments) -> dict[str, Any]:
    """Accuracy of the first and of the first two kinds on real garments, the mean probability given to the truth, and by kind."""
    real = garments.kinds != NOTHING
    order, truth = probabilities[real].argsort(1, descending=True), garments.kinds[real]
    first, two = order[:, 0] == truth, (order[:, :2] == truth[:, None]).any(1)
    by_votes = garments.votes[real].argmax(1) == truth
    kinds = {
        name: [int((truth == k).sum()), _share(first[truth == k]), _share(two[truth == k])]
        for k, name in enumerate(KINDS[:NOTHING])
    }
    return {
        "garments": int(real.sum()),
        "first": _share(first),
        "first_two": _share(two),
        "first_by_votes_alone": _share(by_votes),
        "mean_probability_of_the_first": round(float(probabilities[real].max(1).values.mean()), 3),
        "no_garment": int((~real).sum()),
        "kinds": kinds,
    }


def _embedding(
    *, photo: np.ndarray, region: np.ndarray, person: np.ndarray, encoder: Callable[[Tensor], Tensor]
) -> np.ndarray | None:
    """f(I) `(1024)` of a region; `None` if it is white."""
    cut = garment_cut(photo=photo, region=region, person=person)
    if (cut >= 250).all():
        return None
    frame, _ = to_frame(cut=cut)
    return encoder(to_input(picture=frame)).numpy().ravel()


def _together(found: list[tuple[np.ndarray, np.ndarray, int, int]]) -> Garments:
    if not found:
        raise ValueError("expected photos with garments, found none")
    embeddings, votes, kinds, photos = zip(*found, strict=True)
    return Garments(
        embeddings=torch.from_numpy(np.stack(embeddings)).float(),
        votes=torch.from_numpy(np.stack(votes)).float(),
        kinds=torch.tensor(kinds),
        photos=torch.tensor(photos),
    )


def _joined(logits: Tensor, votes: Tensor) -> Tensor:
    """Adds the nine votes to the first nine of the ten logits."""
    return torch.cat([logits[:, :NOTHING] + votes, logits[:, NOTHING:]], dim=1)


def _minimise(parameters: list[Tensor], loss: Callable[[], Tensor]) -> None:
    """L-BFGS in place."""
    for parameter in parameters:
        parameter.requires_grad_(True)
    optimiser = torch.optim.LBFGS(parameters, max_iter=300, history_size=20, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    optimiser.step(closure)
    for parameter in parameters:
        parameter.requires_grad_(False)


def _share(hits: Tensor) -> float | None:
    return round(float(hits.float().mean()), 3) if len(hits) else None
