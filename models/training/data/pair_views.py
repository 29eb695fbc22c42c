"""True pairs as networks see them: the person and the upper garment in the query's frame, the product in the article's frame.

In: the pairs of a split. Out: [`PairViews`], uint8, kept in `cache/`. Each person and garment is cut out twice: by the parse map
and by a mask with a parser's errors, since the service never has the true region.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..classes import CATEGORIES, CLASSES, FIRST_CATEGORY
from .articles import boxed
from .cache import cached
from .degraded import degraded
from .frames import garment_cut, labels_to_frame, to_frame
from .geometry import cut_out
from .pairs import LIP, Pair, pair_ids, read_pairs

UPPER_UNKNOWN = 20
"""In the label maps of pairs: an upper garment of which the pack does not say whether it is a t-shirt, top, shirt or jumper."""
UPPERS = tuple(CATEGORIES.index(name) for name in ("jumpers", "shirts", "t-shirts", "tops"))
"""The categories that such a garment may have."""
SMALLEST = 0.012
"""A garment on fewer of a photo's pixels is no query: the person is shown instead."""
PERSON_STRENGTH = 0.4
"""How wrong a person's mask is: outlines of people are surer than those of garments."""


def _classes() -> np.ndarray:
    """LIP's labels → classes; upper garments become `UPPER_UNKNOWN`."""
    skin = ("glove", "face", "left arm", "right arm", "left leg", "right leg")
    known = {"background": 0, "hair": CLASSES.index("hair")} | dict.fromkeys(skin, CLASSES.index("skin"))
    known |= dict.fromkeys(("upper clothes", "dress", "coat", "jumpsuit"), UPPER_UNKNOWN)
    known |= {"trousers": FIRST_CATEGORY + CATEGORIES.index("trousers"), "skirt": FIRST_CATEGORY + CATEGORIES.index("skirts")}
    return np.array([known.get(label, CLASSES.index("other-worn")) for label in LIP], np.uint8)


CLASS_OF_LIP = _classes()


@dataclass
class PairViews:
    """N pairs: `person`, `garment` (true masks), `parsed_person`, `parsed_garment` (a parser's) `(N, 3, 192, 128)`.

    `labels` `(N, 48, 32)` are the classes in `person`'s frame; `article` `(N, 3, 176, 140)` is the product. All uint8.
    """

    ids: list[str]
    person: Tensor
    garment: Tensor
    parsed_person: Tensor
    parsed_garment: Tensor
    labels: Tensor
    article: Tensor

    def __post_init__(self) -> None:
        views = (self.person, self.garment, self.parsed_person, self.parsed_garment)
        if any(view.shape != (len(self.ids), 3, 192, 128) for view in views) or len(self.article) != len(self.ids):
            raise ValueError(f"{len(self.ids)} pairs, views {[tuple(view.shape) for view in views]}, {len(self.article)} articles")


def views_of(*, pair: Pair, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One pair's arrays by the names of [`PairViews`], pictures `(h, w, 3)`."""
    person, box = to_frame(cut=cut_out(picture=pair.person, mask=pair.mask))
    rough = degraded(mask=pair.mask, rng=rng, strength=PERSON_STRENGTH)
    found = {"person": person, "parsed_person": to_frame(cut=cut_out(picture=pair.person, mask=rough))[0]}
    found |= {"garment": person, "parsed_garment": found["parsed_person"]}
    if pair.garment.mean() >= SMALLEST:
        region = degraded(mask=pair.garment, rng=rng)
        found["garment"] = to_frame(cut=garment_cut(photo=pair.person, region=pair.garment, person=pair.mask))[0]
        found["parsed_garment"] = to_frame(cut=garment_cut(photo=pair.person, region=region, person=pair.mask))[0]
    found["labels"] = labels_to_frame(labels=CLASS_OF_LIP[pair.parse], box=box)
    return found | {"article": boxed(picture=pair.product)}


def stack_views(*, pairs: list[Pair]) -> PairViews:
    """Pairs' views; a pair's masks depend on its id only."""
    made = [views_of(pair=pair, rng=np.random.default_rng(int(pair.id))) for pair in pairs]

    def of(name: str) -> Tensor:
        array = torch.from_numpy(np.stack([views[name] for views in made]))
        return array if name == "labels" else array.permute(0, 3, 1, 2).contiguous()

    names = ("person", "garment", "parsed_person", "parsed_garment", "labels", "article")
    return PairViews(ids=[pair.id for pair in pairs], **{name: of(name) for name in names})


def pair_views(*, folder: Path, split: str, limit: int | None = None) -> PairViews:
    """The views of a split's first `limit` pairs."""

    def make() -> PairViews:
        return stack_views(pairs=[*read_pairs(data=folder, ids=pair_ids(data=folder, split=split)[:limit])])

    return cached(name=f"pair-views-{split}{'' if limit is None else f'-{limit}'}", make=make)
