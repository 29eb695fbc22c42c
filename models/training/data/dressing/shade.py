"""Second stage: the warped cloth gets the photo's light and the old garment's folds.

Folds are luminance over its blurred self, by normalised convolution (Knutsson, Westin 1993), so that nothing outside the region
contributes.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .masks import LUMA


@dataclass(frozen=True)
class Light:
    """The light of one photo, the same for all its dressed garments: `gain` `(3,)`, and the photo's black level (0..255)."""

    gain: np.ndarray
    black: float


def light_of(*, photo: np.ndarray, rng: np.random.Generator) -> Light:
    """A light from the photo's colour cast and contrast, damped, with some random variation."""
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


def _folds(*, luma: np.ndarray, mask: np.ndarray, size: float, pattern: float) -> np.ndarray:
    """Relative brightness of the old garment around 1, `(H, W)`: its folds and a part of its slow shading.

    A strong `pattern` of the old garment (deviation of its log brightness) is damped, since it is print rather than folds.
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


def _pattern(*, old: np.ndarray, mask: np.ndarray) -> float:
    """How much of a print the old garment is, 0..1: the spread of its chroma. A print's brightness is not folds."""
    inside = old[mask]
    chroma = inside - inside.mean(axis=1, keepdims=True)
    return float(np.clip((chroma.std(axis=0).max() - 8) / 25, 0, 1))


def shade(*, cloth: np.ndarray, old: np.ndarray, mask: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """The cloth `(H, W, 3)` float32 in the light and with the folds of the `old` part of the photo, `(H, W, 3)` float32."""
    pattern = _pattern(old=old, mask=mask)
    folds = _folds(luma=old @ LUMA, mask=mask, size=float(np.sqrt(mask.sum())), pattern=pattern)
    lit = cloth * light.gain * folds[..., None]
    lit = light.black + lit * (1 - light.black / 255)
    # Highlights are compressed instead of clipped.
    lit = np.where(lit > 215, 215 + (lit - 215) * 0.55, lit)
    grain = rng.normal(0, rng.uniform(0.5, 2.5), mask.shape).astype(np.float32)
    return lit + grain[..., None]
