"""Dressing: a product's look is laid on a photographed person's garment of the same category, which gives true pairs.

Product picture → `cloth_of` → `Cloth`; photo, label map and cloths → `dress_all` → photo. The cloth follows the region row by
row (its ends on the garment's ends), so prints, stripes and their scale stay; folds and light are the photo's own: luminance over
its blurred self, by normalised convolution (Knutsson, Westin 1993), so that nothing bleeds in from outside the region.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .classes import CATEGORIES, FIRST_CATEGORY

LOWER = frozenset(CATEGORIES.index(name) for name in ("skirts", "trousers"))
LONG = frozenset({CATEGORIES.index("dresses")})
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
PAPER = 248
"""Pixels with all channels at or above this, joined to the picture's border, are a studio picture's paper."""
SMALLEST_REGION = 0.008
"""A garment smaller than this share of the photo is not dressed."""


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


@dataclass(frozen=True)
class Light:
    """The light that everything dressed in one photo is in: `gain` `(3,)`, and the photo's black level (0..255)."""

    gain: np.ndarray
    black: float


def _check_picture(picture: np.ndarray) -> None:
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
    _check_picture(picture)
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


def _box(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right (half open) of a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) < 4 or len(columns) < 4:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _ends(*, mask: np.ndarray, whole: bool) -> tuple[np.ndarray, np.ndarray]:
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
    if (box := _box(figure)) is None:
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
        worn = skin[top : at(0.2)].mean() > 0.02 or skin[at(0.85) : bottom].mean() > 0.02 or len(codes) - head > at(0.06)
        if worn:
            mask[at(0.93) :] = False
            # Legs below shorts and skirts.
            bare = skin.sum(axis=1) > 0.45 * np.maximum(figure.sum(axis=1), 1)
            below = np.flatnonzero(bare[at(0.5) :])
            if len(below) and skin[core].mean() < 0.3:
                mask[at(0.5) + below[0] :] = False
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


def cloth_of(*, picture: np.ndarray, kind: str, category: int) -> Cloth | None:
    """A product picture `(H, W, 3)` uint8 → its cloth; `kind` is `studio` (white paper) or `flat` (household ground).

    `None` when the garment cannot be told from its ground or from skin: no pair is made of such a product.
    """
    _check_picture(picture)
    if kind == "studio":
        mask = _garment(picture=picture, figure=studio_foreground(picture=picture), category=category)
    elif kind == "flat":
        mask = _flat_garment(picture=picture)
    else:
        raise ValueError(f"expected the kind studio or flat, got {kind!r}")
    if mask is None:
        return None
    parts, count = ndimage.label(mask)
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        mask = (sizes > 0.15 * sizes.max())[parts]
    inner = ndimage.binary_erosion(mask) if min(mask.shape) > 100 else mask
    if (box := _box(inner)) is None or inner.mean() < 0.02:
        return None
    top, bottom, left, right = box
    alpha, texture = inner[top:bottom, left:right], picture[top:bottom, left:right]
    nearest = ndimage.distance_transform_edt(~alpha, return_distances=False, return_indices=True)
    ends = _ends(mask=alpha, whole=category in LOWER)
    return Cloth(texture=np.ascontiguousarray(texture[tuple(nearest)]), alpha=alpha, left=ends[0], right=ends[1])


def light_of(*, photo: np.ndarray, rng: np.random.Generator) -> Light:
    """A light that suits the photo: its cast and contrast, mildly, and some chance."""
    small = photo[::8, ::8].reshape(-1, 3).astype(np.float32)
    luma = small @ LUMA
    white, black = np.percentile(luma, 98), np.percentile(luma, 2)
    grey = small[(luma > 30) & (luma < 230)]
    cast = np.ones(3, np.float32)
    if len(grey):
        mean = grey.mean(axis=0)
        cast = np.clip(mean / mean.mean(), 0.8, 1.25) ** 0.25
    gain = (white / 255) ** 0.6 * np.exp(rng.normal(-0.04, 0.1)) * cast * np.exp(rng.normal(0, 0.03, 3))
    return Light(gain=gain.astype(np.float32), black=float(black * rng.uniform(0.3, 0.9)))


def _sample(texture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bilinear: `texture` `(h, w, 3)`, places `(H, W)` in pixel centres → `(H, W, 3)` float32; reflected beyond the ends."""
    height, width = texture.shape[:2]

    def split(at: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        at = np.abs(at)
        at = np.clip((size - 1) - np.abs((size - 1) - at), 0, size - 1)
        low = np.minimum(at.astype(np.int32), max(size - 2, 0))
        return low, np.minimum(low + 1, size - 1), (at - low).astype(np.float32)

    x0, x1, fx = split(x, width)
    y0, y1, fy = split(y, height)
    flat = texture.reshape(-1, 3).astype(np.float32)
    fx, fy = fx[..., None], fy[..., None]
    above = flat[y0 * width + x0] * (1 - fx) + flat[y0 * width + x1] * fx
    below = flat[y1 * width + x0] * (1 - fx) + flat[y1 * width + x1] * fx
    return above * (1 - fy) + below * fy


def waves(*, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A smooth random field of `shape`, about −1..1."""
    grid = rng.uniform(-1, 1, (4, 4)).astype(np.float32)
    rows = np.linspace(0, 3, shape[0], dtype=np.float32)
    columns = np.linspace(0, 3, shape[1], dtype=np.float32)

    def weights(at: np.ndarray) -> np.ndarray:
        # Smoothstep between grid lines.
        low = np.minimum(at.astype(np.int32), 2)
        t = at - low
        t = t * t * (3 - 2 * t)
        out = np.zeros((len(at), 4), np.float32)
        out[np.arange(len(at)), low], out[np.arange(len(at)), low + 1] = 1 - t, t
        return out

    return weights(rows) @ grid @ weights(columns).T


def _folds(*, luma: np.ndarray, mask: np.ndarray, size: float, pattern: float) -> np.ndarray:
    """Relative brightness of the old garment around 1, `(H, W)`: its folds, and a part of its slow shading.

    A strong `pattern` of the old garment (deviation of its log brightness) is damped, for it is print rather than folds.
    """
    weight = mask.astype(np.float32)
    # Normalised convolution at half the size, for speed.
    thin = (slice(None, None, 2), slice(None, None, 2))
    sigma = max(size * 0.09, 2.0) / 2
    top = ndimage.gaussian_filter((luma * weight)[thin], sigma, mode="constant", truncate=2.5)
    under = ndimage.gaussian_filter(weight[thin], sigma, mode="constant", truncate=2.5)
    slow = np.repeat(np.repeat(top / np.maximum(under, 1e-3), 2, axis=0), 2, axis=1)[: luma.shape[0], : luma.shape[1]]
    slow = ndimage.uniform_filter(slow, 3)
    floor = 14.0
    fine = np.log((luma + floor) / (slow + floor))
    mean = float(luma[mask].mean())
    shade = np.log((slow + floor) / (mean + floor))
    spread = float(fine[mask].std())
    strength = min(1.0, 0.16 / max(spread, 1e-3)) * (1 - 0.5 * pattern)
    if spread > 0.16:
        fine = ndimage.gaussian_filter(fine * weight, 1.2) / np.maximum(ndimage.gaussian_filter(weight, 1.2), 0.2)
    return np.exp(np.clip(fine * strength, -0.6, 0.35) + np.clip(shade * 0.45, -0.35, 0.25))


def dress(
    *,
    photo: np.ndarray,
    labels: np.ndarray,
    category: int,
    product: Cloth,
    rng: np.random.Generator,
    light: Light | None = None,
) -> np.ndarray:
    """The photo `(H, W, 3)` uint8 with its region of the category (0..7) in the product's cloth; as it was if there is none.

    `labels` are `(H, W)` uint8 of the 13 classes and stay true.
    """
    _check_picture(photo)
    if labels.shape != photo.shape[:2]:
        raise ValueError(f"expected labels of {photo.shape[:2]}, got {labels.shape}")
    if not 0 <= category < len(CATEGORIES):
        raise ValueError(f"expected a category of 0..{len(CATEGORIES) - 1}, got {category}")
    region = labels == FIRST_CATEGORY + category
    if region.mean() < SMALLEST_REGION or (box := _box(region)) is None:
        return photo
    light = light or light_of(photo=photo, rng=rng)
    pad = 5
    top, bottom = max(box[0] - pad, 0), min(box[1] + pad, photo.shape[0])
    left, right = max(box[2] - pad, 0), min(box[3] + pad, photo.shape[1])
    old = photo[top:bottom, left:right].astype(np.float32)
    mask, around = region[top:bottom, left:right], labels[top:bottom, left:right] == 0
    luma = old @ LUMA

    # Where the label map stops short of the garment, its old colour would stay as a rim.
    ring = ndimage.binary_dilation(mask, iterations=3) & around
    weight = mask.astype(np.float32)
    under = np.maximum(ndimage.uniform_filter(weight, 11), 1e-3)[..., None]
    near = ndimage.uniform_filter(old * weight[..., None], (11, 11, 1)) / under
    ring &= np.abs(old - near).max(axis=2) < 26
    grown = ndimage.binary_opening(mask | ring) | mask

    # Where each pixel lies on the garment: u across, v down, 0..1.
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    ends = _ends(mask=mask, whole=category in LOWER)
    straight = float(columns[0]), float(columns[-1] + 1)
    follow = rng.choice([1.0, rng.uniform(0.3, 1.0), 0.0], p=[0.45, 0.4, 0.15])
    # Straight ends are the box's, or the garment's usual width where sleeves make the box wider.
    middle = slice(rows[0], rows[-1] + 1)
    usual = np.median(ends[0][middle]), np.median(ends[1][middle])
    straight = min(straight[0] * 0.3 + usual[0] * 0.7, usual[0]), max(straight[1] * 0.3 + usual[1] * 0.7, usual[1])
    from_x = follow * ends[0] + (1 - follow) * straight[0]
    to_x = follow * ends[1] + (1 - follow) * straight[1]
    shape = mask.shape
    u = (np.arange(shape[1], dtype=np.float32)[None] + 0.5 - from_x[:, None]) / np.maximum(to_x - from_x, 4)[:, None]
    v = (np.arange(shape[0], dtype=np.float32)[:, None] + 0.5 - rows[0]) / (rows[-1] + 1 - rows[0])
    v = np.broadcast_to(v, shape)

    # The part of the cloth that is shown: neither direction is stretched much more than the other.
    height = len(product.alpha)
    wide, tall = float(np.median((to_x - from_x)[middle])), float(rows[-1] + 1 - rows[0])
    cloth_wide = float(np.median(product.right - product.left))
    stretch = (tall / height) / (wide / cloth_wide)
    most = rng.uniform(1.2, 1.6)
    u_span, v_span = min(1.0, most / stretch), min(1.0, most * stretch)
    u0 = (1 - u_span) * rng.uniform(0.35, 0.65)
    v0 = (1 - v_span) * (rng.uniform(0, 0.35) if v_span < 1 else 0.0)
    inset = rng.uniform(0.02, 0.06)
    u = u0 + u_span * (inset + (1 - 2 * inset) * u) + 0.03 * waves(shape=shape, rng=rng)
    v = v0 + v_span * (inset / 2 + (1 - inset) * v) + 0.02 * waves(shape=shape, rng=rng)

    # Folds move the cloth a little, too.
    y = np.clip(v, 0, 1) * (height - 1)
    row = np.clip(y.astype(np.int32), 0, height - 1)
    cloth_straight = float(np.median(product.left)), float(np.median(product.right))
    product_left = follow * product.left + (1 - follow) * cloth_straight[0]
    product_right = follow * product.right + (1 - follow) * cloth_straight[1]
    begin, end = product_left[row], product_right[row]
    # Sleeves lie beyond the torso's ends: there the cloth is reflected.
    u = np.abs(u)
    u = 1 - np.abs(1 - np.mod(u, 2))
    x = begin + u * (end - begin) - 0.5
    cloth = _sample(product.texture, x, y)
    zoom = max(tall * v_span / height, wide * u_span / max(cloth_wide, 1))
    if zoom < 0.7:
        cloth = ndimage.gaussian_filter(cloth, (0.35 / zoom, 0.35 / zoom, 0))

    # Colourful variety in the old garment is a print, whose brightness is not folds.
    inside = old[mask]
    chroma = inside - inside.mean(axis=1, keepdims=True)
    pattern = float(np.clip((chroma.std(axis=0).max() - 8) / 25, 0, 1))
    folds = _folds(luma=luma, mask=mask, size=float(np.sqrt(mask.sum())), pattern=pattern)
    lit = cloth * light.gain * folds[..., None]
    lit = light.black + lit * (1 - light.black / 255)
    # Bright cloth bends instead of clipping.
    lit = np.where(lit > 215, 215 + (lit - 215) * 0.55, lit)
    grain = rng.normal(0, rng.uniform(0.5, 2.5), shape).astype(np.float32)
    lit = lit + grain[..., None]
    soft = ndimage.gaussian_filter(grown.astype(np.float32), 0.8)
    # The feather lies inside of the region where another thing begins.
    soft = np.where(grown | around, soft, soft * 0.6)[..., None]
    out = photo.copy()
    out[top:bottom, left:right] = np.clip(old * (1 - soft) + lit * soft + 0.5, 0, 255).astype(np.uint8)
    return out


def garments_seen(*, labels: np.ndarray, smallest: float = SMALLEST_REGION) -> list[int]:
    """The categories (0..7) whose region is at least `smallest` of the photo."""
    counts = np.bincount(labels.ravel(), minlength=16)[FIRST_CATEGORY : FIRST_CATEGORY + len(CATEGORIES)]
    return [int(i) for i in np.flatnonzero(counts >= smallest * labels.size)]


def dress_all(
    *, photo: np.ndarray, labels: np.ndarray, products: dict[int, Cloth], rng: np.random.Generator
) -> tuple[np.ndarray, list[int]]:
    """Several garments of one person in one light: category → cloth; the photo and the categories that were dressed."""
    light = light_of(photo=photo, rng=rng)
    done = []
    for category in garments_seen(labels=labels):
        if (product := products.get(category)) is not None:
            photo = dress(photo=photo, labels=labels, category=category, product=product, rng=rng, light=light)
            done.append(category)
    return photo, done
