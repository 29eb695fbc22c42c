"""A photo with its label map."""

from dataclasses import dataclass

import numpy as np

from .packs import Picture


@dataclass(frozen=True)
class Parsed:
    """A photo with its label map of classes `0..13`."""

    id: str
    photo: Picture
    labels: np.ndarray
