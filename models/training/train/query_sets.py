"""Pictures of queries that several trainings use: photographed garments, and drawn looks. Slow results are kept in `cache/`."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..classes import CATEGORIES, FIRST_CATEGORY
from ..data.articles import boxed
from ..data.cache import cached
from ..data.drawn import drawn_looks
from ..data.frames import LABELS, garment_cut, labels_to_frame, to_frame
from ..data.geometry import crop_to_content, cut_out
from ..data.parsed import Parsed

SMALLEST = 0.012
"""A garment that covers a smaller share of the photo is not a query."""


def as_tensor(*, pictures: list[np.ndarray]) -> Tensor:
    """Pictures of one size → `(N, 3, h, w)` uint8."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def garments_of(*, photos: list[Parsed]) -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    """All garments of parsed photos: as queries, as product-like pictures, and their categories."""
    queries, pictures, categories = [], [], []
    for parsed in photos:
        person = parsed.labels > 0
        for category in range(len(CATEGORIES)):
            region = parsed.labels == FIRST_CATEGORY + category
            if region.mean() < SMALLEST:
                continue
            own = crop_to_content(picture=cut_out(picture=parsed.photo, mask=region))
            queries.append(to_frame(cut=garment_cut(photo=parsed.photo, region=region, person=person))[0])
            pictures.append(boxed(picture=np.pad(own, ((12, 12), (12, 12), (0, 0)), constant_values=255)))
            categories.append(category)
    return queries, pictures, categories


def drawn_pictures(*, looks: list[Path]) -> dict:
    """Drawn looks, whole and by garment: pictures `q` `(N, 3, 192, 128)`, `labels` `(N, 48, 32)`, ids of the products `worn`."""

    def make() -> dict:
        pictures, labels, worn = [], [], []
        for folder in looks:
            for look in drawn_looks(folder=folder):
                photo, known = look.parsed.photo, look.parsed.labels
                person = known > 0
                picture, box = to_frame(cut=cut_out(picture=photo, mask=person))
                pictures.append(picture)
                labels.append(labels_to_frame(labels=known, box=box))
                worn.append(look.products)
                for category, id in look.worn.items():
                    region = known == FIRST_CATEGORY + CATEGORIES.index(category)
                    if region.mean() >= SMALLEST:
                        pictures.append(to_frame(cut=garment_cut(photo=photo, region=region, person=person))[0])
                        labels.append(np.zeros(LABELS, np.uint8))
                        worn.append([id])
        return {"q": as_tensor(pictures=pictures), "labels": torch.from_numpy(np.stack(labels)), "worn": worn}

    return cached(name=f"drawn-queries-{'-'.join(folder.name for folder in looks)}", make=make)
