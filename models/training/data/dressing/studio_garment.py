"""The garment of a studio picture: the foreground without head, skin and other garments."""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from ...classes import CATEGORIES
from .colours import boundary_row, colour_bins
from .figure import luma_chroma, skin_like
from .masks import box_of

LOWER = frozenset(CATEGORIES.index(name) for name in ("skirts", "trousers"))
LONG = frozenset({CATEGORIES.index("dresses")})

Core = tuple[slice, slice]
"""Rows and columns that certainly show the garment."""


@dataclass
class _Body:
    """A studio picture's foreground `figure` `(H, W)` bool with its skin, and shares of its box as rows and columns."""

    picture: np.ndarray
    figure: np.ndarray
    top: int
    bottom: int
    left: int
    right: int
    skin: np.ndarray = field(init=False)
    codes: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.skin = skin_like(picture=self.picture) & self.figure
        self.codes = colour_bins(picture=self.picture)

    @property
    def wide(self) -> int:
        return self.right - self.left

    def at(self, share: float) -> int:
        """The row at a share of the height."""
        return self.top + int(share * (self.bottom - self.top))

    def columns(self, a: float, b: float) -> slice:
        """The columns between two shares of the width."""
        return slice(self.left + int(a * self.wide), max(self.left + int(b * self.wide), self.left + int(a * self.wide) + 1))


def _end_at_bare_legs(*, body: _Body, mask: np.ndarray) -> bool:
    """Bare legs below shorts and skirts end the garment, and the body; returns whether there are any.

    Skin-coloured trousers are skin-coloured above, too.
    """
    bare = ndimage.uniform_filter1d(body.skin.sum(axis=1) / np.maximum(body.figure.sum(axis=1), 1), 5)
    low = np.flatnonzero(bare[body.at(0.15) :] > 0.45)
    above, below = bare[body.at(0.08) : body.at(0.28)], bare[body.at(0.65) : body.at(0.92)]
    if not (len(low) > 0 and below.mean() > 0.4 and np.median(above) < 0.25):
        return False
    end = body.at(0.15) + int(low[0])
    mask[end:] = False
    body.bottom = max(end, body.top + 4)
    return True


def _lower(*, body: _Body) -> tuple[np.ndarray, Core]:
    """Trousers or a skirt: down to bare legs or shoes, up to where another garment's colours begin."""
    mask = body.figure.copy()
    has_bare_legs = _end_at_bare_legs(body=body, mask=mask)
    at, rows = body.at, len(body.codes)
    core = slice(at(0.45), max(at(0.7), at(0.45) + 1)), body.columns(0.2, 0.8)
    head = boundary_row(
        codes=body.codes[::-1],
        mask=(body.figure & ~body.skin)[::-1],
        inner=slice(rows - at(0.8), rows - at(0.4)),
        outer=slice(rows - max(at(0.1), body.top + 2), rows - body.top),
        low=rows - at(0.5),
        high=rows - body.top,
    )
    mask[: rows - head] = False
    skin = body.skin
    is_worn = skin[body.top : at(0.2)].mean() > 0.02 or skin[at(0.85) : body.bottom].mean() > 0.02 or rows - head > at(0.06)
    if is_worn and not has_bare_legs:
        # Shoes.
        mask[at(0.93) :] = False
    if skin[core].mean() < 0.45:
        mask &= ~ndimage.binary_dilation(skin)
    # Paper between the legs, which closed feet keep from the border.
    blank = (body.picture.min(axis=2) >= 238) & mask
    if blank.sum() < 0.3 * mask.sum():
        mask &= ~ndimage.binary_opening(blank)
    return mask, core


def _is_worn(*, body: _Body) -> bool:
    """Whether a face is where a wearer's would be."""
    return bool(body.skin[body.top : body.at(0.2), body.columns(0.3, 0.7)].mean() > 0.18)


def _worn_upper(*, body: _Body, category: int) -> tuple[np.ndarray, Core] | None:
    """An upper garment or dress on a wearer, without head and what is worn below; `None` if it has the skin's colour."""
    at, columns = body.at, body.columns
    ycc = luma_chroma(picture=body.picture)
    face = body.skin[body.top : at(0.2), columns(0.3, 0.7)]
    face_colour = np.median(ycc[body.top : at(0.2), columns(0.3, 0.7)][face], axis=0)
    # Skin has the face's colour.
    body.skin &= np.abs(ycc[..., 1:] - face_colour[1:]).max(axis=2) < 11
    core = slice(at(0.34), at(0.55)), columns(0.36, 0.64)
    colours = ycc[core][body.figure[core]]
    if len(colours):
        away = np.abs(np.median(colours, axis=0) - face_colour)
        if away[1:].max() < 5 and away[0] < 25:
            return None
    mask = body.figure.copy()
    mask[: at(0.235)] = False
    # Beside the neck there is hair, not cloth.
    mask[: at(0.27), columns(0, 0.2)] = mask[: at(0.27), columns(0.8, 1)] = False
    centre = np.zeros_like(body.figure)
    centre[:, columns(0.2, 0.8)] = True
    hem = boundary_row(
        codes=body.codes,
        mask=body.figure & ~body.skin & centre,
        inner=slice(at(0.32), at(0.58)),
        outer=slice(at(0.92), body.bottom),
        low=at(0.6 if category in LONG else 0.55),
        high=body.bottom,
    )
    mask[hem:] = False
    return mask, core


def _upper(*, body: _Body, category: int) -> tuple[np.ndarray, Core] | None:
    """An upper garment or dress, worn or not."""
    is_worn = _is_worn(body=body)
    if is_worn:
        if (found := _worn_upper(body=body, category=category)) is None:
            return None
        mask, core = found
    else:
        mask, core = body.figure.copy(), (slice(body.at(0.3), body.at(0.7)), body.columns(0.3, 0.7))
    if body.skin[core].mean() < 0.45:
        mask &= ~ndimage.binary_dilation(body.skin)
    # Narrow gaps within a row are white parts of a print.
    reach = max(int(body.wide * 0.04), 1)
    closed = ndimage.binary_closing(np.pad(mask, reach), np.ones((1, 2 * reach + 1)))[reach:-reach, reach:-reach]
    mask = ndimage.binary_fill_holes(closed) & ~(body.skin & ~mask)
    mask[: body.at(0.235) if is_worn else body.top] = False
    return mask, core


def studio_garment(*, picture: np.ndarray, figure: np.ndarray, category: int) -> np.ndarray | None:
    """The product within a studio picture's foreground, `(H, W)` bool: head, skin and other pieces away.

    `None` if it has the colour of skin.
    """
    if (box := box_of(figure)) is None:
        return None
    body = _Body(picture=picture, figure=figure, top=box[0], bottom=box[1], left=box[2], right=box[3])
    found = _lower(body=body) if category in LOWER else _upper(body=body, category=category)
    if found is None:
        return None
    mask, core = found
    if mask[core].mean() < 0.5:
        # White cloth on white paper: the foreground does not have its shape.
        mask = np.zeros_like(figure)
        rows = (0.28, 0.6) if category not in LOWER else (0.4, 0.8)
        mask[body.at(rows[0]) : body.at(rows[1]), body.columns(0.3, 0.7)] = True
        if body.skin[mask].mean() > 0.3:
            return None
    return mask
