"""Where Fashion2Shop's pairs come from, as [`Queries`].

`dressed` and `garments`: photographed people in the cloth of products, whole and one garment at a time (`dressing.py`), and the
products' own pictures. `ccp`: photographed garments, and warped, relit copies of themselves. `atelier`: drawn looks, whole and
one garment at a time, and the pictures of the products worn. What is slow to make is kept in `cache/`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from . import atelier as atelier_data
from . import config, data
from .classes import CATEGORIES, FIRST_CATEGORY
from .encoder import Encoder
from .articles import CACHED, boxed, stacked, views
from .fashion_dna import INPUT, embed, fashion_dna
from .geometry import crop_to_content, cut_out
from .queries import Queries

if TYPE_CHECKING:
    from .fashion2shop import Settings

SIZE = (192, 128)
"""Queries are kept at their network's input size (height, width)."""
LABELS = (48, 32)
"""Their label maps at a quarter of it."""
GROWN = 0.01
"""A garment's region grows by this share of the picture's long side before it is cut out, at least by one pixel."""
SMALLEST = 0.012
"""A garment on fewer of a photo's pixels is no query."""


def load_dna(*, run: str) -> Encoder:
    """The frozen article network of a run."""
    dna = fashion_dna()
    dna.load_state_dict(torch.load(config.HERE / "runs" / run / "checkpoint.pt", weights_only=False)["ema"])
    return dna.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def cached(*, name: str, make: Callable[[], dict]) -> dict:
    """What `make` returns, kept in `cache/NAME.pt` (git-ignored) for the next run."""
    path = config.HERE / "cache" / f"{name}.pt"
    if path.exists():
        return torch.load(path, weights_only=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = make()
    torch.save(made, path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)
    return made


def as_tensor(*, pictures: list[np.ndarray]) -> Tensor:
    """Pictures of one size → `(N, 3, h, w)` uint8."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def to_query(*, photo: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A photo and what to keep of it → cropped, letterboxed on white, `(192, 128, 3)` uint8."""
    return boxed(picture=crop_to_content(picture=cut_out(picture=photo, mask=mask)), size=SIZE)


def region_of(*, labels: np.ndarray, category: int) -> np.ndarray | None:
    """A garment's pixels, grown a little within the person; `None` where it is too small."""
    region = labels == FIRST_CATEGORY + category
    if region.mean() < SMALLEST:
        return None
    radius = max(1, round(GROWN * max(labels.shape)))
    return ndimage.binary_dilation(region, iterations=radius) & (labels > 0)


def small_labels(*, labels: np.ndarray) -> np.ndarray:
    """The label map as [`to_query`] places the person's picture, at [`LABELS`]; 0 outside of it."""
    rows, columns = np.flatnonzero((labels > 0).any(1)), np.flatnonzero((labels > 0).any(0))
    # A picture whose content is what is labelled, carried through the same crop and letterbox.
    picture = np.full((*labels.shape, 3), 255, np.uint8)
    picture[labels > 0] = labels[labels > 0][:, None]
    if len(rows) == 0 or len(columns) == 0:
        return np.zeros(LABELS, np.uint8)
    cropped = crop_to_content(picture=picture)[..., 0]
    scale = min(LABELS[1] / cropped.shape[1], LABELS[0] / cropped.shape[0])
    height, width = (min(max(round(side * scale), 1), room) for side, room in zip(cropped.shape, LABELS, strict=True))
    at = np.ix_(np.arange(height) * cropped.shape[0] // height, np.arange(width) * cropped.shape[1] // width)
    small = cropped[at]
    found = np.zeros(LABELS, np.uint8)
    top, left = (LABELS[0] - height) // 2, (LABELS[1] - width) // 2
    found[top : top + height, left : left + width] = np.where(small == 255, 0, small)
    return found


def garments_of(*, photos: list[data.Parsed]) -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    """All garments of parsed photos: as queries, as product-like pictures, and their categories."""
    queries, pictures, categories = [], [], []
    for parsed in photos:
        for category in range(len(CATEGORIES)):
            region = region_of(labels=parsed.labels, category=category)
            if region is None:
                continue
            own = crop_to_content(picture=cut_out(picture=parsed.photo, mask=parsed.labels == FIRST_CATEGORY + category))
            queries.append(to_query(photo=parsed.photo, mask=region))
            pictures.append(boxed(picture=np.pad(own, ((12, 12), (12, 12), (0, 0)), constant_values=255)))
            categories.append(category)
    return queries, pictures, categories


@torch.inference_mode()
def embed_copies(*, dna: Encoder, pictures: Tensor, copies: int, seed: int) -> Tensor:
    """`(N, 3, h, w)` → `(N, copies, 128)`: f(A) of warped, relit copies."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(copies):
        given = {"generator": generator, "size": CACHED}
        shown = torch.cat([(views(pictures=part, **given) + 1) * 127.5 for part in pictures.split(256)]).round().clamp(0, 255)
        found.append(embed(model=dna, pictures=shown.byte(), size=INPUT[2:]))
    return torch.stack(found, dim=1)


def ccp(*, folder: Path, dna: Encoder, validation: bool) -> Queries:
    """Photographed garments and their copies; the label maps' own regions."""

    def make() -> dict:
        queries, pictures, categories = garments_of(photos=data.ccp(data=folder, validation=validation))
        return {"q": as_tensor(pictures=queries), "a": as_tensor(pictures=pictures), "categories": torch.tensor(categories)}

    found = cached(name=f"ccp-garments-{'validation' if validation else 'train'}", make=make)
    bank = embed_copies(dna=dna, pictures=found["a"], copies=1 if validation else 3, seed=3)
    worn = [[row] for row in range(len(bank))]
    return Queries(name="ccp", pictures=found["q"], labels=None, worn=worn, bank=bank, categories=found["categories"])


def atelier(*, products: Path, looks: list[Path], dna: Encoder) -> Queries:
    """Drawn looks, whole and by garment; `looks` are folders whose looks wear `products`."""

    def make() -> dict:
        pictures, labels, worn = [], [], []
        for folder in looks:
            for look in atelier_data.iterate(folder=folder):
                parsed = look.parsed
                pictures.append(to_query(photo=parsed.photo, mask=parsed.labels > 0))
                labels.append(small_labels(labels=parsed.labels))
                worn.append(look.products)
                for category, id in look.worn.items():
                    region = region_of(labels=parsed.labels, category=CATEGORIES.index(category))
                    if region is not None:
                        pictures.append(to_query(photo=parsed.photo, mask=region))
                        labels.append(np.zeros(LABELS, np.uint8))
                        worn.append([id])
        return {"q": as_tensor(pictures=pictures), "labels": torch.from_numpy(np.stack(labels)), "worn": worn}

    found = cached(name=f"atelier-queries-{'-'.join(folder.name for folder in looks)}", make=make)
    articles = atelier_data.articles(folder=products)
    rows = {article.id: i for i, article in enumerate(articles)}
    return Queries(
        name="atelier",
        pictures=found["q"],
        labels=found["labels"],
        worn=[[rows[id] for id in worn] for worn in found["worn"]],
        bank=embed(model=dna, pictures=stacked(articles=articles), size=INPUT[2:])[:, None],
        categories=torch.tensor([CATEGORIES.index(article.attributes["category"]) for article in articles]),
    )
