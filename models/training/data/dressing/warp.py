"""First stage: the cloth follows the garment's region row by row, so prints, stripes and their scale stay."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .cloth import Cloth
from .masks import ends_of


def _sample(*, texture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
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


@dataclass(frozen=True)
class _Region:
    """A garment's region: its first row and height, and each row's ends in pixels, `(H,)`."""

    first: int
    tall: int
    from_x: np.ndarray
    to_x: np.ndarray

    @property
    def wide(self) -> float:
        """The usual width of a row."""
        rows = slice(self.first, self.first + self.tall)
        return float(np.median((self.to_x - self.from_x)[rows]))


def _region_of(*, mask: np.ndarray, whole: bool, follow: float) -> _Region:
    """A mask's rows; `follow` 1 takes the rows' own ends, 0 straight ones."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    ends = ends_of(mask=mask, whole=whole)
    straight = float(columns[0]), float(columns[-1] + 1)
    # Straight ends are those of the box, or of the usual row if sleeves make the box wider.
    middle = slice(rows[0], rows[-1] + 1)
    usual = np.median(ends[0][middle]), np.median(ends[1][middle])
    straight = min(straight[0] * 0.3 + usual[0] * 0.7, usual[0]), max(straight[1] * 0.3 + usual[1] * 0.7, usual[1])
    return _Region(
        first=int(rows[0]),
        tall=int(rows[-1] + 1 - rows[0]),
        from_x=follow * ends[0] + (1 - follow) * straight[0],
        to_x=follow * ends[1] + (1 - follow) * straight[1],
    )


@dataclass(frozen=True)
class _Shown:
    """The part of the cloth that is shown, in shares of its width and height."""

    u0: float
    v0: float
    u_span: float
    v_span: float

    @classmethod
    def draw(cls, *, region: _Region, product: Cloth, rng: np.random.Generator) -> "_Shown":
        """A part such that neither direction is stretched much more than the other."""
        wide = float(np.median(product.right - product.left))
        stretch = (region.tall / len(product.alpha)) / (region.wide / wide)
        limit = rng.uniform(1.2, 1.6)
        u_span, v_span = min(1.0, limit / stretch), min(1.0, limit * stretch)
        u0 = (1 - u_span) * rng.uniform(0.35, 0.65)
        v0 = (1 - v_span) * (rng.uniform(0, 0.35) if v_span < 1 else 0.0)
        return cls(u0=u0, v0=v0, u_span=u_span, v_span=v_span)


def _on_garment(*, region: _Region, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's position on the garment: u across, v down, 0..1, `(H, W)` each."""
    from_x, to_x = region.from_x, region.to_x
    u = (np.arange(shape[1], dtype=np.float32)[None] + 0.5 - from_x[:, None]) / np.maximum(to_x - from_x, 4)[:, None]
    v = (np.arange(shape[0], dtype=np.float64)[:, None] + 0.5 - region.first) / region.tall
    return u, np.broadcast_to(v, shape)


def _on_cloth(*, u: np.ndarray, v: np.ndarray, product: Cloth, follow: float) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the cloth → its pixels, x and y `(H, W)`; beyond the torso's ends, where sleeves are, it is reflected."""
    height = len(product.alpha)
    y = np.clip(v, 0, 1) * (height - 1)
    row = np.clip(y.astype(np.int32), 0, height - 1)
    straight = float(np.median(product.left)), float(np.median(product.right))
    left = follow * product.left + (1 - follow) * straight[0]
    right = follow * product.right + (1 - follow) * straight[1]
    begin, end = left[row], right[row]
    u = np.abs(u)
    u = 1 - np.abs(1 - np.mod(u, 2))
    return begin + u * (end - begin) - 0.5, y


def warp(*, product: Cloth, mask: np.ndarray, whole: bool, rng: np.random.Generator) -> np.ndarray:
    """The cloth laid over a region `mask` `(H, W)`, `(H, W, 3)` float32; `whole` as in `ends_of`."""
    follow = rng.choice([1.0, rng.uniform(0.3, 1.0), 0.0], p=[0.45, 0.4, 0.15])
    region = _region_of(mask=mask, whole=whole, follow=follow)
    shown = _Shown.draw(region=region, product=product, rng=rng)
    u, v = _on_garment(region=region, shape=mask.shape)
    inset = rng.uniform(0.02, 0.06)
    # Folds shift the cloth a little.
    u = shown.u0 + shown.u_span * (inset + (1 - 2 * inset) * u) + 0.03 * waves(shape=mask.shape, rng=rng)
    v = shown.v0 + shown.v_span * (inset / 2 + (1 - inset) * v) + 0.02 * waves(shape=mask.shape, rng=rng)
    x, y = _on_cloth(u=u, v=v, product=product, follow=follow)
    cloth = _sample(texture=product.texture, x=x, y=y)
    wide = float(np.median(product.right - product.left))
    zoom = max(region.tall * shown.v_span / len(product.alpha), region.wide * shown.u_span / max(wide, 1))
    return ndimage.gaussian_filter(cloth, (0.35 / zoom, 0.35 / zoom, 0)) if zoom < 0.7 else cloth
