"""Photos with person masks: what `portraits.zip` and `people.zip` have in common."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .packs import Picture, decode, decode_labels, names_in, open_zip


@dataclass(frozen=True)
class Masked:
    """A photo `(H, W, 3)` uint8 with the mask of all people `(H, W)` bool."""

    id: str
    photo: Picture
    mask: np.ndarray

    def __post_init__(self) -> None:
        if self.mask.shape != self.photo.shape[:2] or self.mask.dtype != bool:
            raise ValueError(f"{self.id}: photo {self.photo.shape[:2]}, mask {self.mask.shape} {self.mask.dtype}")


def masked_photos(*, data: Path, pack: str, prefix: str = "", limit: int | None = None) -> Iterator[Masked]:
    """The photos `photos/PREFIX….webp` of a pack by id, with `masks/ID.png`."""
    with open_zip(data=data, name=pack) as file:
        ids = [id for id in names_in(file, folder="photos") if id.startswith(prefix)]
        for id in ids[:limit]:
            mask = decode_labels(payload=file.read(f"masks/{id}.png")) > 0
            yield Masked(id=id, photo=decode(payload=file.read(f"photos/{id}.webp")), mask=mask)
