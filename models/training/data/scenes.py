"""People of studio pictures in other places: streets with their person filled in, and parts of flat-lay photos.

Studio picture → `studio_person` → cut-out with a mask; cut-out and background → `scene` → photo and foreground.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from .augmentation import relight
from .dressing.figure import skin_like, studio_foreground
from .parsed import Parsed


def empty_strip(*, parsed: Parsed, smallest: float = 0.15) -> np.ndarray | None:
    """The widest run of a photo's columns that show nobody, `None` if it is below a share `smallest` of the width."""
    columns = np.concatenate([[True], (parsed.labels > 0).any(axis=0), [True]])
    taken = np.flatnonzero(columns)
    widest = int(np.diff(taken).argmax())
    first, last = taken[widest], taken[widest + 1] - 1
    if last - first < smallest * parsed.labels.shape[1]:
        return None
    return np.ascontiguousarray(parsed.photo[:, first:last])


def empty_parts(*, parsed: Parsed, smallest: float = 0.15) -> list[np.ndarray]:
    """The widest run of a photo's columns that show nobody and the highest run of its rows, each if it is large enough."""
    turned = Parsed(id=parsed.id, photo=parsed.photo.transpose(1, 0, 2), labels=parsed.labels.T)
    beside, above = empty_strip(parsed=parsed, smallest=smallest), empty_strip(parsed=turned, smallest=smallest)
    parts = [beside, None if above is None else np.ascontiguousarray(above.transpose(1, 0, 2))]
    return [part for part in parts if part is not None and min(part.shape[:2]) >= SMALLEST_SIDE]


SMALLEST_SIDE = 40
"""In pixels: a narrower part of a photo is no background."""
RIM = 228
"""Pixels near the outline with all channels at or above this are paper."""
FACE_SHARE = 0.18
"""Skin in the middle of the figure's top fifth: a person wears the product."""


@dataclass(frozen=True)
class Person:
    """A cut-out: picture `(H, W, 3)` uint8, `mask` `(H, W)` bool; `cut`: the picture's lower edge cuts the body."""

    picture: np.ndarray
    mask: np.ndarray
    cut: bool


def studio_person(*, picture: np.ndarray, clear: float = 0.94) -> Person | None:
    """The wearer on a studio picture; `None` if nobody is there or light clothes make the outline uncertain.

    `clear` is the share of the outline's pixels that have to be darker than the paper.
    """
    mask = ndimage.binary_fill_holes(studio_foreground(picture=picture))
    # A few near-white pixels inside the figure's outline are paper.
    deep = ndimage.binary_erosion(mask, iterations=3, border_value=1)
    mask = ndimage.binary_opening(deep | (mask & ndimage.binary_fill_holes(studio_foreground(picture=picture, paper=RIM))))
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) < 40 or len(columns) < 20 or not 0.15 < mask.mean() < 0.85:
        return None
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    picture, mask = picture[box], mask[box]
    height, width = mask.shape
    face = skin_like(picture=picture)[: height // 5, int(width * 0.3) : int(width * 0.7)]
    if face.mean() < FACE_SHARE or height < 1.2 * width:
        return None
    head = mask[int(height * 0.04) : int(height * 0.15)].mean()
    if head > 0.65 or head > 0.75 * mask.mean(axis=1).max():
        return None
    # Two to four pixels inside, where the paper no longer shows through.
    inner = ndimage.binary_erosion(mask, iterations=2, border_value=1)
    outline = inner & ~ndimage.binary_erosion(inner, iterations=2, border_value=1)
    if (picture.min(axis=2)[outline] < 238).mean() < clear:
        return None
    # Pixels of the outline are mixed with paper: they get the nearest inner colours.
    core = ndimage.binary_erosion(mask, iterations=2, border_value=1)
    nearest = ndimage.distance_transform_edt(~core, return_distances=False, return_indices=True)
    picture = np.where((mask & core)[..., None], picture, picture[tuple(nearest)])
    # A cut makes the figure's last row wide; feet are narrow.
    return Person(picture=picture, mask=mask, cut=bool(mask[-2].mean() > 0.25))


def filled(*, photo: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The photo with `mask` filled from around it, by averages of ever larger squares (pull-push: Gortler et al. 1996)."""
    hole = ndimage.binary_dilation(mask, iterations=7)

    def pull(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        if min(w.shape) < 2 or (w > 0).all():
            return x / np.maximum(w, 1e-6)[..., None]
        pad = ((0, w.shape[0] % 2), (0, w.shape[1] % 2))
        xs, ws = np.pad(x, (*pad, (0, 0))), np.pad(w, pad)
        small_x = xs[0::2, 0::2] + xs[1::2, 0::2] + xs[0::2, 1::2] + xs[1::2, 1::2]
        small_w = ws[0::2, 0::2] + ws[1::2, 0::2] + ws[0::2, 1::2] + ws[1::2, 1::2]
        up = pull(small_x, small_w).repeat(2, axis=0).repeat(2, axis=1)[: w.shape[0], : w.shape[1]]
        return np.where((w > 0)[..., None], x / np.maximum(w, 1e-6)[..., None], up)

    weight = (~hole).astype(np.float32)
    full = pull(photo * weight[..., None], weight)
    smooth = ndimage.gaussian_filter(full, (10, 10, 0))
    # Photos have noise everywhere.
    smooth += np.random.default_rng(0).normal(0, 3, (*hole.shape, 1)).astype(np.float32)
    soft = ndimage.gaussian_filter(hole.astype(np.float32), 2)[..., None]
    return (photo * (1 - soft) + smooth * soft + 0.5).clip(0, 255).astype(np.uint8)


def corner(*, photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part at the edge of a flat-lay photo, where the ground is."""
    height, width = photo.shape[:2]
    h, w = int(height * rng.uniform(0.3, 0.5)), int(width * rng.uniform(0.3, 0.5))
    top = int(rng.integers(0, height - h + 1)) if rng.random() < 0.5 else int(rng.choice([0, height - h]))
    left = int(rng.choice([0, width - w]))
    return photo[top : top + h, left : left + w]


def backdrop(*, source: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A random part of a photo at `size` (height, width), `(H, W, 3)` float32, with random blur."""
    image = Image.fromarray(source)
    aspect = size[1] / size[0]
    h = min(image.height, image.width / aspect) * rng.uniform(0.7, 1.0)
    w = h * aspect
    x, y = rng.uniform(0, image.width - w), rng.uniform(0, image.height - h)
    part = image.resize((size[1], size[0]), Image.Resampling.BICUBIC, box=(x, y, x + w, y + h))
    if rng.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.6:
        part = part.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 3.0)))
    return np.asarray(part, np.float32)


def scene(
    *,
    person: Person,
    background: np.ndarray,
    rng: np.random.Generator,
    heights: tuple[float, float] = (0.6, 0.95),
    light: float = 0.5,
) -> tuple[np.ndarray, np.ndarray]:
    """A person composited into a background `(H, W, 3)` float32 → photo `(H, W, 3)` uint8 and its foreground `(H, W)` bool.

    A cut body is placed at the lower edge, a whole one anywhere; `heights` are shares of the photo's height.
    """
    height, width = background.shape[:2]
    tall = rng.uniform(*heights) * height
    scale = min(tall / person.mask.shape[0], 0.95 * width / person.mask.shape[1])
    size = max(int(person.mask.shape[1] * scale), 8), max(int(person.mask.shape[0] * scale), 8)
    small = np.asarray(Image.fromarray(person.picture).resize(size, Image.Resampling.BICUBIC), np.float32)
    alpha = np.asarray(Image.fromarray(person.mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BICUBIC), np.float32) / 255
    edge = ndimage.gaussian_filter(alpha, 0.5 * scale, mode="nearest")
    alpha = np.clip((edge - 0.55) * 3 + 0.5, 0, 1)
    left = int(rng.uniform(0, width - size[0]) if rng.random() < 0.5 else (width - size[0]) * rng.uniform(0.35, 0.65))
    top = height - size[1] if person.cut else int((height - size[1]) * rng.uniform(0.4, 1.0))
    box = slice(top, top + size[1]), slice(left, left + size[0])
    # The person gets a part of the place's brightness and colour cast.
    place = background.mean(axis=(0, 1))
    cast = (place / max(float(place.mean()), 1.0)) ** 0.3 * (max(float(place.mean()), 20.0) / 125) ** 0.35
    lit = relight(picture=np.clip(small * cast.astype(np.float32), 0, 255), rng=rng, strength=light)
    photo = background.copy()
    photo[box] = photo[box] * (1 - alpha[..., None]) + lit * alpha[..., None]
    if rng.random() < 0.4:
        photo = ndimage.gaussian_filter(photo, (rng.uniform(0.3, 0.9),) * 2 + (0,))
    photo = photo + rng.normal(0, rng.uniform(0.5, 4), photo.shape)
    foreground = np.zeros((height, width), bool)
    foreground[box] = alpha > 0.5
    return np.clip(photo + 0.5, 0, 255).astype(np.uint8), foreground
