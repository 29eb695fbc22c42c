"""A product's own cloth. In: a product's picture and its category. Out: a [`Cloth`], or none where it cannot be told.

A studio picture's garment is what its white paper, head, skin and other pieces leave; a flat-lay's has the colours of the
picture's middle and not those of its frame.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..classes import CATEGORIES

LOWER = frozenset(CATEGORIES.index(name) for name in ("skirts", "trousers"))


LONG = frozenset({CATEGORIES.index("dresses")})


LUMA = np.array([0.299, 0.587, 0.114], np.float32)


PAPER = 248
"""Pixels with all channels at or above this, joined to the picture's border, are a studio picture's paper."""


DARKEST_PAPER = 215
"""A packshot's border that is darker than this is not paper: a garment touches it."""
WHITE = 260.0
"""Where a packshot's paper is brought to, a little above 255 so that its noise is white too."""


@dataclass(frozen=True)
class Cloth:
    """A product's own cloth: `texture` `(h, w, 3)` uint8, filled beyond the garment, whose mask is `alpha` `(h, w)`.

    `left` and `right` `(h,)` are each row's ends in pixels.
    """

    texture: np.ndarray
    alpha: np.ndarray
    left: np.ndarray
    right: np.ndarray

    def __post_init__(self) -> None:
        height, width = self.alpha.shape
        if self.texture.shape != (height, width, 3) or self.left.shape != (height,) or self.right.shape != (height,):
            raise ValueError(f"cloth: texture {self.texture.shape}, alpha {self.alpha.shape}, ends {self.left.shape}")


def check_picture(picture: np.ndarray) -> None:
    """Refuses what is not an RGB picture."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(f"expected (H, W, 3) uint8, got {picture.shape} {picture.dtype}")


def _ycc(picture: np.ndarray) -> np.ndarray:
    """Luma and the two colour differences, `(H, W, 3)` float32, each about 0..255."""
    x = picture.astype(np.float32)
    y = x @ LUMA
    return np.stack([y, (x[..., 2] - y) * 0.564 + 128, (x[..., 0] - y) * 0.713 + 128], axis=-1)


def skin_like(*, picture: np.ndarray) -> np.ndarray:
    """`(H, W, 3)` uint8 → `(H, W)` bool: the usual rule in YCbCr (Chai, Ngan 1999)."""
    y, cb, cr = np.moveaxis(_ycc(picture), -1, 0)
    return (y > 50) & (cb > 77) & (cb < 127) & (cr > 136) & (cr < 175) & (cr - cb > 14)


def studio_foreground(*, picture: np.ndarray, paper: int = PAPER) -> np.ndarray:
    """What stands on white paper, `(H, W)` bool: all but the near-white that is joined to the border, specks dropped."""
    check_picture(picture)
    white = picture.min(axis=2) >= paper
    parts, _ = ndimage.label(np.pad(white, 1, constant_values=True))
    found = (parts != parts[0, 0])[1:-1, 1:-1]
    if min(found.shape) > 100:
        found = ndimage.binary_opening(found)
    parts, count = ndimage.label(found)
    if count < 2:
        return found
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return (sizes > 0.05 * sizes.max())[parts]


def _codes(picture: np.ndarray) -> np.ndarray:
    """Colours as bins of 8 × 8 × 8."""
    q = picture >> 5
    return (q[..., 0].astype(np.int32) << 6) | (q[..., 1].astype(np.int32) << 3) | q[..., 2]


def _histogram(codes: np.ndarray) -> np.ndarray:
    """Soft counts: `(8, 8, 8)` bins, spread a little over their neighbours, as log probabilities."""
    counts = np.bincount(codes.ravel(), minlength=512).reshape(8, 8, 8).astype(np.float32)
    counts = ndimage.gaussian_filter(counts, 0.6, mode="constant") + 0.002 * max(counts.sum(), 1) / 512
    return np.log(counts / counts.sum()).ravel()


def _split(*, codes: np.ndarray, mask: np.ndarray, inner: slice, outer: slice, low: int, high: int) -> int:
    """The row between `low` and `high` where the colours of `inner` rows end and those of `outer` rows, below it, begin."""
    if high - low < 2 or not mask[inner].any() or not mask[outer].any():
        return high
    odds = _histogram(codes[inner][mask[inner]]) - _histogram(codes[outer][mask[outer]])
    score = np.where(mask, np.clip(odds[codes], -3, 3), 0).sum(axis=1)[low:high] / max(mask.sum(axis=1).max(), 1)
    total = np.concatenate([[0], np.cumsum(score)])
    # A prior for all of it: two pieces have to differ clearly.
    total[-1] += 0.05 * len(score)
    return low + int(total.argmax())


def box_of(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right (half open) of a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) < 4 or len(columns) < 4:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def ends_of(*, mask: np.ndarray, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Each row's left and right end of a mask, smooth: `whole` = all of the row, else the run around the middle (no arms)."""
    height, width = mask.shape
    # Gaps as narrow as a strap do not end a row.
    gap = max(int(width * 0.12), 1)
    closed = np.pad(mask, ((0, 0), (gap, gap)))
    closed = ndimage.minimum_filter1d(ndimage.maximum_filter1d(closed.astype(np.uint8), gap, axis=1), gap, axis=1) > 0
    closed = closed[:, gap : gap + width]
    columns = np.arange(width)
    any_row = closed.any(axis=1)
    left = np.where(any_row, closed.argmax(axis=1), 0)
    right = np.where(any_row, width - closed[:, ::-1].argmax(axis=1), width)
    if not whole:
        counts = closed.sum(axis=0)
        middle = int(np.clip(np.average(columns, weights=counts + 1e-6), 0, width - 1))
        before = np.maximum.accumulate(np.where(closed, -1, columns)[:, : middle + 1], axis=1)[:, -1] + 1
        after = np.minimum.accumulate(np.where(closed, width, columns)[:, :middle:-1], axis=1)
        after = after[:, -1] if after.shape[1] else np.full(height, width)
        inside = closed[:, middle] & (after - before > 0.25 * (right - left))
        left, right = np.where(inside, before, left), np.where(inside, after, right)
    known = np.flatnonzero(any_row)
    rows = np.arange(height)
    size = max(int(height * 0.08) | 1, 3)
    ends = []
    for values in (left, right):
        line = np.interp(rows, known, values[known]).astype(np.float32) if len(known) else values.astype(np.float32)
        ends.append(ndimage.gaussian_filter1d(ndimage.median_filter(line, size, mode="nearest"), height * 0.03, mode="nearest"))
    return ends[0], np.maximum(ends[1], ends[0] + 2)


def _garment(*, picture: np.ndarray, figure: np.ndarray, category: int) -> np.ndarray | None:
    """The product within a studio picture's foreground: head, skin and other pieces away; `None` if it looks like skin."""
    if (box := box_of(figure)) is None:
        return None
    top, bottom, left, right = box
    tall, wide = bottom - top, right - left
    codes, skin = _codes(picture), skin_like(picture=picture) & figure

    def at(share: float) -> int:
        return top + int(share * tall)

    def columns(a: float, b: float) -> slice:
        return slice(left + int(a * wide), max(left + int(b * wide), left + int(a * wide) + 1))

    centre = np.zeros_like(figure)
    centre[:, columns(0.2, 0.8)] = True
    mask = figure.copy()
    if category in LOWER:
        # Bare legs below shorts and skirts end the garment; skin-coloured trousers are skin-coloured above, too.
        bare = ndimage.uniform_filter1d(skin.sum(axis=1) / np.maximum(figure.sum(axis=1), 1), 5)
        low = np.flatnonzero(bare[at(0.15) :] > 0.45)
        has_bare_legs = len(low) > 0 and bare[at(0.65) : at(0.92)].mean() > 0.4 and np.median(bare[at(0.08) : at(0.28)]) < 0.25
        if has_bare_legs:
            mask[at(0.15) + int(low[0]) :] = False
            bottom = max(at(0.15) + int(low[0]), top + 4)
            tall = bottom - top
        core = (slice(at(0.45), max(at(0.7), at(0.45) + 1)), columns(0.2, 0.8))
        head = _split(
            codes=codes[::-1],
            mask=(figure & ~skin)[::-1],
            inner=slice(len(codes) - at(0.8), len(codes) - at(0.4)),
            outer=slice(len(codes) - max(at(0.1), top + 2), len(codes) - top),
            low=len(codes) - at(0.5),
            high=len(codes) - top,
        )
        mask[: len(codes) - head] = False
        is_worn = skin[top : at(0.2)].mean() > 0.02 or skin[at(0.85) : bottom].mean() > 0.02 or len(codes) - head > at(0.06)
        if is_worn and not has_bare_legs:
            # Shoes.
            mask[at(0.93) :] = False
    else:
        face = skin[top : at(0.2), columns(0.3, 0.7)]
        on_model = face.mean() > 0.18
        if on_model:
            # Skin is what has the face's colour.
            ycc = _ycc(picture)
            face_colour = np.median(ycc[top : at(0.2), columns(0.3, 0.7)][face], axis=0)
            skin &= np.abs(ycc[..., 1:] - face_colour[1:]).max(axis=2) < 11
            core = (slice(at(0.34), at(0.55)), columns(0.36, 0.64))
            colours = ycc[core][figure[core]]
            if len(colours):
                away = np.abs(np.median(colours, axis=0) - face_colour)
                if away[1:].max() < 5 and away[0] < 25:
                    return None
            mask[: at(0.235)] = False
            # Beside the neck there is hair, not cloth.
            mask[: at(0.27), columns(0, 0.2)] = mask[: at(0.27), columns(0.8, 1)] = False
            last = 0.6 if category in LONG else 0.55
            hem = _split(
                codes=codes,
                mask=figure & ~skin & centre,
                inner=slice(at(0.32), at(0.58)),
                outer=slice(at(0.92), bottom),
                low=at(last),
                high=bottom,
            )
            mask[hem:] = False
        else:
            core = (slice(at(0.3), at(0.7)), columns(0.3, 0.7))
    if skin[core].mean() < 0.45:
        mask &= ~ndimage.binary_dilation(skin)
    if category in LOWER:
        # Paper between the legs, which closed feet keep from the border.
        blank = (picture.min(axis=2) >= 238) & mask
        if blank.sum() < 0.3 * mask.sum():
            mask &= ~ndimage.binary_opening(blank)
    if category not in LOWER:
        # Narrow gaps within a row are white parts of a print.
        reach = max(int(wide * 0.04), 1)
        closed = ndimage.binary_closing(np.pad(mask, reach), np.ones((1, 2 * reach + 1)))[reach:-reach, reach:-reach]
        mask = ndimage.binary_fill_holes(closed) & ~(skin & ~mask)
        mask[: at(0.235) if category not in LOWER and core[0].start == at(0.34) else top] = False
    if mask[core].mean() < 0.5:
        # White cloth on white paper: what the flood left of it is not its shape.
        mask = np.zeros_like(figure)
        rows = (0.28, 0.6) if category not in LOWER else (0.4, 0.8)
        mask[at(rows[0]) : at(rows[1]), columns(0.3, 0.7)] = True
        if skin[mask].mean() > 0.3:
            return None
    return mask


def _flat_garment(*, picture: np.ndarray) -> np.ndarray | None:
    """A garment on household ground: colours of the middle against those of the frame. `None` when they are alike."""
    height, width = picture.shape[:2]
    codes = _codes(picture)
    core = np.zeros((height, width), bool)
    core[int(height * 0.35) : int(height * 0.65), int(width * 0.35) : int(width * 0.65)] = True
    frame = np.ones((height, width), bool)
    frame[int(height * 0.06) : int(height * 0.94), int(width * 0.06) : int(width * 0.94)] = False
    odds = np.clip(_histogram(codes[core]) - _histogram(codes[frame]), -4, 4)[codes]
    if odds[core].mean() < 1.2:
        return None
    mask = ndimage.gaussian_filter(odds, 1.5) > 0.3
    parts, _ = ndimage.label(mask)
    counts = np.bincount(parts[core], minlength=1)
    counts[0] = 0
    if counts.max() < 0.7 * core.sum():
        return None
    found = ndimage.binary_erosion(parts == counts.argmax())
    # Small holes are print, large ones are ground between sleeves or legs.
    holes, count = ndimage.label(ndimage.binary_fill_holes(found) & ~found)
    if count:
        sizes = np.bincount(holes.ravel())
        sizes[0] = found.size
        found |= (sizes < 0.01 * found.size)[holes]
    return found


def on_white(*, picture: np.ndarray) -> np.ndarray:
    """A packshot `(H, W, 3)` uint8 with its paper made white: divided by the border's median colour. Dark borders stay."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    paper = np.median(border, axis=0)
    if paper.min() < DARKEST_PAPER:
        return picture
    return np.clip(picture * (WHITE / paper) + 0.5, 0, 255).astype(np.uint8)


def cloth_of(*, picture: np.ndarray, kind: str, category: int) -> Cloth | None:
    """A product picture `(H, W, 3)` uint8 → its cloth; `kind` is `studio` (white paper), `packshot` (light grey
    or white paper) or `flat` (household ground).

    `None` when the garment cannot be told from its ground or from skin: no pair is made of such a product.
    """
    check_picture(picture)
    if kind == "packshot":
        picture, kind = on_white(picture=picture), "studio"
    if kind == "studio":
        mask = _garment(picture=picture, figure=studio_foreground(picture=picture), category=category)
    elif kind == "flat":
        mask = _flat_garment(picture=picture)
    else:
        raise ValueError(f"expected the kind studio, packshot or flat, got {kind!r}")
    if mask is None:
        return None
    parts, count = ndimage.label(mask)
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        mask = (sizes > 0.15 * sizes.max())[parts]
    inner = ndimage.binary_erosion(mask) if min(mask.shape) > 100 else mask
    if (box := box_of(inner)) is None or inner.mean() < 0.02:
        return None
    top, bottom, left, right = box
    alpha, texture = inner[top:bottom, left:right], picture[top:bottom, left:right]
    # Beyond the garment its colours go on: those from within, for its rim is mixed with the ground.
    seeds = ndimage.binary_erosion(alpha, iterations=2 if min(mask.shape) > 100 else 1)
    light = texture.min(axis=2)
    if kind == "studio" and (usual := float(np.median(light[alpha]))) < 200:
        deep = ndimage.binary_erosion(alpha, iterations=3)
        seeds &= deep | (light < (usual + 255) / 2)
    seeds = seeds if seeds.sum() > 0.2 * alpha.sum() else alpha
    nearest = ndimage.distance_transform_edt(~seeds, return_distances=False, return_indices=True)
    ends = ends_of(mask=alpha, whole=category in LOWER)
    return Cloth(texture=np.ascontiguousarray(texture[tuple(nearest)]), alpha=alpha, left=ends[0], right=ends[1])
