"""Dressing: a product's look is laid on a photographed person's garment of the same category, which gives true pairs.

Product picture → `cloth.cloth_of` → `Cloth`; photo, label map and cloths → `dress_all` → photo. The cloth follows the region row by
row (its ends on the garment's ends), so prints, stripes and their scale stay; folds and light are the photo's own: luminance over
its blurred self, by normalised convolution (Knutsson, Westin 1993), so that nothing bleeds in from outside the region.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..classes import CATEGORIES, FIRST_CATEGORY
from .cloth import LOWER, LUMA, Cloth, box_of, check_picture, ends_of

SMALLEST_REGION = 0.008
"""A garment smaller than this share of the photo is not dressed."""


@dataclass(frozen=True)
class Light:
    """The light that everything dressed in one photo is in: `gain` `(3,)`, and the photo's black level (0..255)."""

    gain: np.ndarray
    black: float


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
    check_picture(photo)
    if labels.shape != photo.shape[:2]:
        raise ValueError(f"expected labels of {photo.shape[:2]}, got {labels.shape}")
    if not 0 <= category < len(CATEGORIES):
        raise ValueError(f"expected a category of 0..{len(CATEGORIES) - 1}, got {category}")
    region = labels == FIRST_CATEGORY + category
    if region.mean() < SMALLEST_REGION or (box := box_of(region)) is None:
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
    ends = ends_of(mask=mask, whole=category in LOWER)
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
