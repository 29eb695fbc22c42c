"""Letterbox, crop and cut-out: the preprocessing of the three networks. The Rust side does the same."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

WHITE = (255, 255, 255)
CROP_THRESHOLD = 250
"""A pixel with any channel below this is not white."""
CROP_MARGIN = 0.04
"""Room around a cut-out's bounding box on each side, as a share of the box's own width and height."""


@dataclass(frozen=True)
class Letterbox:
    """A picture's position inside the network's input, in pixels."""

    left: int
    top: int
    width: int
    height: int


def letterbox_of(*, width: int, height: int, into_width: int, into_height: int) -> Letterbox:
    """Fits `width × height` into `into_width × into_height`, centred, aspect kept."""
    if width < 1 or height < 1:
        raise ValueError(f"expected a picture of at least 1×1, got {width}×{height}")
    scale = min(into_width / width, into_height / height)
    # Half up, as Rust's `round` does for positive numbers.
    w = min(max(int(width * scale + 0.5), 1), into_width)
    h = min(max(int(height * scale + 0.5), 1), into_height)
    return Letterbox(left=(into_width - w) // 2, top=(into_height - h) // 2, width=w, height=h)


def letterbox(
    *,
    picture: np.ndarray,
    into_width: int,
    into_height: int,
    pad: float,
    resample: int = Image.Resampling.BILINEAR,
) -> tuple[np.ndarray, Letterbox]:
    """`(H, W, 3)` uint8 → `(into_height, into_width, 3)` float32 in 0..255; padding has the value `pad`.

    PIL's BILINEAR widens its triangle when it shrinks, i.e. it is antialiased.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(f"expected (H, W, 3) uint8, got {picture.shape} {picture.dtype}")
    box = letterbox_of(width=picture.shape[1], height=picture.shape[0], into_width=into_width, into_height=into_height)
    small = Image.fromarray(picture).resize((box.width, box.height), resample)
    out = np.full((into_height, into_width, 3), pad, np.float32)
    out[box.top : box.top + box.height, box.left : box.left + box.width] = np.asarray(small, np.float32)
    return out, box


def content_box(*, picture: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of a cut-out's non-white pixels with `CROP_MARGIN` around, clipped; of all if it is entirely white."""
    content = (picture < CROP_THRESHOLD).any(axis=2)
    rows, columns = np.flatnonzero(content.any(axis=1)), np.flatnonzero(content.any(axis=0))
    height, width = content.shape
    if len(rows) == 0:
        return slice(0, height), slice(0, width)
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    dy, dx = int((bottom - top) * CROP_MARGIN + 0.5), int((right - left) * CROP_MARGIN + 0.5)
    return slice(max(top - dy, 0), min(bottom + dy, height)), slice(max(left - dx, 0), min(right + dx, width))


def crop_to_content(*, picture: np.ndarray) -> np.ndarray:
    """Crops a cut-out on white to its `content_box`."""
    return picture[content_box(picture=picture)]


def cut_out(*, picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Composites a picture on white: `mask` is `(H, W)`, bool or a float in 0..1."""
    if mask.shape != picture.shape[:2]:
        raise ValueError(f"expected a mask of {picture.shape[:2]}, got {mask.shape}")
    alpha = mask.astype(np.float32)[..., None]
    return (picture * alpha + 255.0 * (1 - alpha) + 0.5).astype(np.uint8)
