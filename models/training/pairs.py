"""People and the articles they wear: what Fashion2Shop learns from and is measured on.

(a) CCP people and their own garments, cut out by the label map; (b) studio photos and themselves; (c) drawn looks and the
pictures of the products worn. What is slow to make is kept in `training/cache`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from . import atelier as atelier_data
from . import config, data, street2fashion
from .classes import CATEGORIES, FIRST_CATEGORY
from .fashion_dna import INPUT as DNA_INPUT
from .fashion_dna import boxed, category_of, embed, stacked, views
from .geometry import crop_to_content, cut_out, letterbox

CACHED = (216, 144)
"""Cut-outs are kept at this height and width, a little more than the input."""


@dataclass
class Pairs:
    """People and what they wear. `queries[i]` shows the articles `worn[i]`, rows of `bank`.

    A query may have several cut-outs (mask drawn, mask predicted): `variants[i]` are rows of `cutouts`.
    An article may have several pictures: `bank` is `(articles, copies, 128)`, `categories` `(articles,)`.
    """

    name: str
    cutouts: Tensor
    variants: list[list[int]]
    worn: list[list[int]]
    bank: Tensor
    categories: Tensor

    def __post_init__(self) -> None:
        if len(self.variants) != len(self.worn):
            raise ValueError(f"{self.name}: {len(self.variants)} queries, {len(self.worn)} lists of worn articles")
        if len(self.bank) != len(self.categories):
            raise ValueError(f"{self.name}: {len(self.bank)} articles, {len(self.categories)} categories")


def to_query(*, picture: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """A photo and its person's mask → the cut-out, cropped and letterboxed on white to `CACHED`."""
    cut = picture if mask is None else cut_out(picture=picture, mask=mask)
    return boxed(picture=crop_to_content(picture=cut), size=CACHED)


def garment_picture(*, parsed: data.Parsed, category: int, smallest: float = 0.015) -> np.ndarray | None:
    """One garment of a photo alone on white, cropped, with a product picture's margin; `None` if it is too small."""
    mask = parsed.labels == FIRST_CATEGORY + category
    if mask.mean() < smallest:
        return None
    cropped = crop_to_content(picture=cut_out(picture=parsed.photo, mask=mask))
    return np.pad(cropped, ((12, 12), (12, 12), (0, 0)), constant_values=255)


def garments_of(*, photos: list[data.Parsed]) -> tuple[list[np.ndarray], list[int], list[list[int]]]:
    """All garments of parsed photos: product-like pictures, their categories, and each photo's rows."""
    pictures: list[np.ndarray] = []
    categories: list[int] = []
    worn: list[list[int]] = []
    for parsed in photos:
        rows = []
        for category in range(len(CATEGORIES)):
            if (picture := garment_picture(parsed=parsed, category=category)) is not None:
                rows.append(len(pictures))
                pictures.append(boxed(picture=picture))
                categories.append(category)
        worn.append(rows)
    return pictures, categories, worn


def as_tensor(*, pictures: list[np.ndarray]) -> Tensor:
    """Pictures of one size → `(N, 3, h, w)` uint8."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def foreground(*, segmenter: Callable, photo: np.ndarray) -> np.ndarray:
    """Street2Fashion's person mask of a photo, soft within 0.3..0.7, `(H, W)` in 0..1."""
    x, box = letterbox(picture=photo, into_width=street2fashion.INPUT[3], into_height=street2fashion.INPUT[2], pad=127.5)
    logits = segmenter(street2fashion.to_input(picture=x))
    height, width = photo.shape[:2]
    p = street2fashion.foreground_at_photo(logits=logits, box=box, width=width, height=height)
    return (p.numpy() - 0.3).clip(0, 0.4) / 0.4


@torch.inference_mode()
def embed_copies(*, dna: nn.Module, pictures: Tensor, copies: int, seed: int) -> Tensor:
    """`(N, 3, h, w)` → `(N, 1 + copies, 128)`: the picture's f(A), and those of warped, relit copies."""
    found = [embed(model=dna, pictures=pictures, size=DNA_INPUT[2:])]
    generator = torch.Generator().manual_seed(seed)
    for _ in range(copies):
        parts = [dna(views(pictures=part, generator=generator, size=DNA_INPUT[2:], strength=1.0)) for part in pictures.split(64)]
        found.append(torch.cat(parts))
    return torch.stack(found, dim=1)


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


def cutouts_of(*, photos: list[data.Parsed], segmenter: Callable | None, truth: bool) -> dict:
    """Each photo's cut-outs, `(N, 3, h, w)` uint8: by the drawn mask if `truth`, by the predicted one if there is a segmenter."""
    cutouts: list[np.ndarray] = []
    variants: list[list[int]] = []
    for parsed in photos:
        masks = [parsed.labels > 0] if truth or segmenter is None else []
        if segmenter is not None:
            masks.append(foreground(segmenter=segmenter, photo=parsed.photo))
        variants.append(list(range(len(cutouts), len(cutouts) + len(masks))))
        cutouts += [to_query(picture=parsed.photo, mask=mask) for mask in masks]
    return {"cutouts": as_tensor(pictures=cutouts), "variants": variants}


def ccp_cutouts(*, folder: Path, segmenter: Callable | None, validation: bool, name: str) -> dict:
    """CCP's cut-outs, their garments' product-like pictures, categories, and who wears what."""

    def make() -> dict:
        photos = data.ccp(data=folder, validation=validation)
        pictures, categories, worn = garments_of(photos=photos)
        kept = [i for i, rows in enumerate(worn) if rows]
        found = cutouts_of(photos=[photos[i] for i in kept], segmenter=segmenter, truth=not validation)
        found |= {"worn": [worn[i] for i in kept], "categories": torch.tensor(categories)}
        return found | {"garments": as_tensor(pictures=pictures)}

    return cached(name=f"ccp-{'validation' if validation else 'train'}-{name}", make=make)


def ccp_pairs(*, folder: Path, dna: nn.Module, dna_name: str, segmenter: Callable | None, validation: bool, name: str) -> Pairs:
    """(a) People of CCP and their garments, cut out by the label maps; in training with a warped, relit copy of each."""
    found = ccp_cutouts(folder=folder, segmenter=segmenter, validation=validation, name=name)
    garments = found.pop("garments")

    def make() -> dict:
        return {"bank": embed_copies(dna=dna, pictures=garments, copies=0 if validation else 1, seed=3)}

    bank = cached(name=f"bank-ccp-{'validation' if validation else 'train'}-{dna_name}", make=make)
    return Pairs(name="ccp", **bank, **found)


def studio_pairs(*, folder: Path, dna: nn.Module, dna_name: str, limit: int) -> Pairs:
    """(b) Studio photos, mostly worn by a model on white, and the garment's own title picture."""

    def make() -> dict:
        held = data.split_ids(name="studio-validation")
        products = data.studio(data=folder, pack="168x224", limit=limit)
        chosen = [(p, category_of(row=p.row)) for p in products if p.id not in held]
        chosen = [(p, c) for p, c in chosen if c]
        titles = as_tensor(pictures=[boxed(picture=p.picture) for p, _ in chosen])
        return {
            "cutouts": as_tensor(pictures=[to_query(picture=p.picture, mask=None) for p, _ in chosen]),
            "bank": embed_copies(dna=dna, pictures=titles, copies=0, seed=4),
            "categories": torch.tensor([CATEGORIES.index(c) for _, c in chosen]),
        }

    found = cached(name=f"studio-{limit}-{dna_name}", make=make)
    own = [[i] for i in range(len(found["cutouts"]))]
    return Pairs(name="studio", variants=own, worn=own, **found)


CHUNK = 300
"""Looks whose cut-outs are prepared and kept together."""


def look_cutouts(
    *, folder: Path, limit: int, segmenter: Callable | None, truth: bool, name: str, predicted: int | None = None
) -> dict:
    """The cut-outs of a folder's looks and the ids of the worn products, prepared in chunks.

    With `predicted`, only so many looks are segmented too; the others have their drawn mask alone.
    """
    count = min(limit, len(atelier_data.lines(path=folder / "looks.jsonl")))
    cutouts, variants, products = [], [], []
    for first in range(0, count, CHUNK):
        drawn_only = predicted is not None and first >= predicted

        def make(first: int = first, drawn_only: bool = drawn_only) -> dict:
            looks = atelier_data.looks(folder=folder, start=first, limit=min(CHUNK, count - first))
            found = cutouts_of(photos=[look.parsed for look in looks], segmenter=None if drawn_only else segmenter, truth=truth)
            return found | {"products": [look.products for look in looks]}

        part = cached(name=f"looks-{folder.name}-{first}-{min(CHUNK, count - first)}-{'drawn' if drawn_only else name}", make=make)
        before = sum(len(c) for c in cutouts)
        cutouts.append(part["cutouts"])
        variants += [[row + before for row in rows] for rows in part["variants"]]
        products += part["products"]
    return {"cutouts": torch.cat(cutouts), "variants": variants, "products": products}


def atelier_pairs(
    *,
    folder: Path,
    limit: int,
    dna: nn.Module,
    dna_name: str,
    segmenter: Callable | None,
    truth: bool,
    name: str,
    predicted: int | None = None,
) -> Pairs:
    """(c) Drawn people and the product pictures of what they wear; `truth` adds the drawn mask to the predicted one."""
    found = look_cutouts(folder=folder, limit=limit, segmenter=segmenter, truth=truth, name=name, predicted=predicted)

    def make() -> dict:
        articles = atelier_data.articles(folder=folder)
        return {
            "ids": [article.id for article in articles],
            "categories": torch.tensor([CATEGORIES.index(a.attributes["category"]) for a in articles]),
            "bank": embed_copies(dna=dna, pictures=stacked(articles=articles), copies=0, seed=5),
        }

    bank = cached(name=f"bank-{folder.name}-{dna_name}", make=make)
    rows = {id: i for i, id in enumerate(bank.pop("ids"))}
    return Pairs(
        name="atelier",
        cutouts=found["cutouts"],
        variants=found["variants"],
        worn=[[rows[id] for id in worn] for worn in found["products"]],
        **bank,
    )


def negatives_of(*, pairs: Pairs, article: int, worn: list[int], count: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """`count` other articles of the pairs' bank: `share` of them of the article's category, none of them worn."""
    categories = pairs.categories.numpy()
    same = np.flatnonzero(categories == categories[article])
    same = same[~np.isin(same, worn)]
    wanted = min(int(count * share), len(same))
    first = rng.choice(same, wanted, replace=False) if wanted else np.zeros(0, np.int64)
    rest = rng.integers(len(categories), size=count - wanted)
    # A worn one drawn by chance gives way to any other article.
    while (bad := np.isin(rest, worn)).any():
        rest[bad] = rng.integers(len(categories), size=int(bad.sum()))
    return np.concatenate([first, rest])


def ranks_within_category(*, scores: Tensor, pairs: Pairs) -> Tensor:
    """`(queries, articles)` scores → the rank (0 = first) of every worn article among its category, ties against it."""
    ranks = []
    for query, rows in enumerate(pairs.worn):
        for row in rows:
            same = scores[query][pairs.categories == pairs.categories[row]]
            ranks.append(int((same >= scores[query, row]).sum()) - 1)
    return torch.tensor(ranks)


def top_k(*, ranks: Tensor) -> dict[str, float]:
    """Shares of ranks below 1, 10 and 50."""
    return {f"top{k}": float((ranks < k).float().mean()) for k in (1, 10, 50)}
