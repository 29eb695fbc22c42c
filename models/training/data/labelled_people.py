"""Labelled people that `training.train.pseudo_labels` has made, kept in `cache/people-*.npz`."""

import numpy as np

from ..paths import WORK
from .parsed import Parsed


def cached_people(*, name: str) -> list[Parsed]:
    """The stored people; empty if `python -m training.train.pseudo_labels` has not run."""
    path = WORK / "cache" / f"people-{name}.npz"
    if not path.exists():
        return []
    with np.load(path) as file:
        ids, sizes, photos, labels = file["ids"], file["sizes"], file["photos"], file["labels"]
    found, at = [], 0
    for id, (height, width) in zip(ids, sizes, strict=True):
        end = at + height * width
        photo = photos[at * 3 : end * 3].reshape(height, width, 3)
        found.append(Parsed(id=str(id), photo=photo, labels=labels[at:end].reshape(height, width)))
        at = end
    return found


def keep_people(*, name: str, people: list[Parsed]) -> None:
    """Writes people for [`cached_people`]."""
    path = WORK / "cache" / f"people-{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        ids=np.array([p.id for p in people]),
        sizes=np.array([p.labels.shape for p in people]),
        photos=np.concatenate([p.photo.ravel() for p in people]),
        labels=np.concatenate([p.labels.ravel() for p in people]),
    )
