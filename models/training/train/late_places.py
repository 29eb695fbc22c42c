"""The pictures of the pair sources as frozen layers leave them at stride 16, for training the layers behind.

In: a source's pictures. Out: [`Stored`] places, float16, 78 kB for a query and 65 kB for an article, kept in `cache/`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..data.cache import cached
from ..data.pair_views import PairViews
from ..data.views import plain, views
from ..networks.efficientnet import S8, S16
from ..networks.encoder import COLOURS, Encoder, Places
from .frozen import inference
from .pair_sources import BATCH, STRENGTH, VIEWS, Source
from .queries import flipped


@dataclass
class Stored:
    """Places of `N` pictures, float16."""

    near: Tensor
    dark: Tensor
    s16: Tensor

    def __len__(self) -> int:
        return len(self.near)

    def at(self, rows: Tensor, *, mirrored: Tensor | None = None) -> Places:
        """The places of these rows, float32; `mirrored` `(N,)` names the rows to mirror.

        The mirrored features are nearly those of the mirrored picture: its sampling grid lies a pixel aside.
        """

        def of(stored: Tensor) -> Tensor:
            x = stored[rows].float()
            x = x if mirrored is None else flipped(x=x, rows=mirrored)
            return x.contiguous(memory_format=torch.channels_last)

        return Places(near=of(self.near), dark=of(self.dark), s16=of(self.s16))


class _Placing(nn.Module):
    """An encoder's places as one row for each picture: `(N, 3, H, W)` → `(N, numbers)`."""

    def __init__(self, *, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, x: Tensor) -> Tensor:
        places = self.encoder.places(*self.encoder.front(x))
        return torch.cat([part.flatten(1) for part in (places.near, places.dark, places.s16)], dim=1)


def stored_places(*, encoder: Encoder, pictures: Tensor, seed: int | None = None) -> Stored:
    """`(N, 3, h, w)` uint8 → places; with a seed the pictures are warped and relit at random."""
    infer = inference(model=_Placing(encoder=encoder), size=encoder.size)
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    (height, width), found = encoder.size, []
    shapes = [(COLOURS + S8, height // 8, width // 8), (1, height // 8, width // 8), (S16, height // 16, width // 16)]
    for part in pictures.split(BATCH):
        given = {"pictures": part, "size": encoder.size}
        x = plain(**given) if generator is None else views(**given, generator=generator, strength=STRENGTH)
        found.append(infer(x).half())
    parts = torch.cat(found).split([math.prod(shape) for shape in shapes], dim=1)
    near, dark, s16 = (part.reshape(-1, *shape) for part, shape in zip(parts, shapes, strict=True))
    return Stored(near=near.contiguous(), dark=dark.contiguous(), s16=s16.contiguous())


@dataclass
class PairPlaces:
    """True pairs: a store for each of `VIEWS`, and the articles'."""

    views: list[Stored]
    articles: Stored


def pair_places(*, pairs: PairViews, encoders: tuple[Encoder, Encoder], name: str, seed: int | None) -> PairPlaces:
    """Places of a split's queries, augmented with a seed, and of its articles."""

    def make() -> PairPlaces:
        seen = [
            stored_places(encoder=encoders[0], pictures=getattr(pairs, view), seed=None if seed is None else seed + i)
            for i, view in enumerate(VIEWS)
        ]
        return PairPlaces(views=seen, articles=stored_places(encoder=encoders[1], pictures=pairs.article))

    return cached(name=name, make=make)


@dataclass
class SourcePlaces:
    """Another source: its pictures, of which query i is `owner[i]`, and the articles."""

    pictures: Stored
    owner: Tensor
    articles: Stored


def source_places(*, source: Callable[[], Source], encoders: tuple[Encoder, Encoder], name: str, seed: int | None) -> SourcePlaces:
    """Places of a source's pictures, augmented, and of its articles."""

    def make() -> SourcePlaces:
        found = source()
        pictures = stored_places(encoder=encoders[0], pictures=found.pictures, seed=seed)
        return SourcePlaces(pictures=pictures, owner=found.owner, articles=stored_places(encoder=encoders[1], pictures=found.shown))

    return cached(name=name, make=make)
