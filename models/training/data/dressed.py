"""Dressed people by the thousand, kept for training: CCP people in products' cloths, with every dressed garment's own crop.

    python -m training.data.dressed --count 12000 --split train

writes `training/cache/dressed/SPLIT/chunk-NNN.pt`, each as soon as it is done, with `n` people and `m` garments:

| key | |
|---|---|
| `persons` | `(n, 192, 128, 3)` uint8, the person on white, cropped to content, letterboxed on white |
| `labels` | `(n, 48, 32)` uint8, the 13 classes in the same frame, nearest |
| `garments` | `(m, 192, 128, 3)` uint8, one garment's region on white, likewise |
| `owner`, `categories` | `(m,)` int64: the garment's person within the chunk, its category 0..7 |
| `products` | the garments' product ids (`training.data.products`) |
| `people` | the people's CCP ids |

People of `train` and products of `train` only, or validation people and held-out products; never mixed.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..classes import FIRST_CATEGORY
from ..paths import DATA, WORK
from .ccp import ccp_photos
from .degraded import degraded
from .dressing.dress import SMALLEST_REGION, garments_seen
from .dressing.wardrobe import DressedPhoto, Wardrobe, dressed_person
from .frames import garment_cut, labels_to_frame, to_frame
from .geometry import cut_out
from .parsed import Parsed
from .products import test_articles, training_products


@dataclass(frozen=True)
class Sample:
    """A dressed person as network input; see the module's table."""

    id: str
    person: np.ndarray
    labels: np.ndarray
    garments: list[np.ndarray]
    categories: list[int]
    rows: list[int]


def sample_of(*, dressed: DressedPhoto, rng: np.random.Generator, degrade: float = 0.6) -> Sample:
    """Cut-outs of the person and of each dressed garment; with probability `degrade` a mask imitates a parser's errors."""
    mask = dressed.labels > 0
    if rng.random() < degrade:
        mask = degraded(mask=mask, rng=rng, strength=0.4)
    person, box = to_frame(cut=cut_out(picture=dressed.photo, mask=mask))
    garments, categories, rows = [], [], []
    for category, row in dressed.worn.items():
        region = dressed.labels == FIRST_CATEGORY + category
        if rng.random() < degrade:
            region = degraded(mask=region, rng=rng)
        garments.append(to_frame(cut=garment_cut(photo=dressed.photo, region=region, person=mask))[0])
        categories.append(category)
        rows.append(row)
    labels = labels_to_frame(labels=dressed.labels, box=box)
    return Sample(id=dressed.id, person=person, labels=labels, garments=garments, categories=categories, rows=rows)


def dressed_samples(*, people: list[Parsed], wardrobe: Wardrobe, rng: np.random.Generator) -> Iterator[Sample]:
    """An endless stream: all people in random order, then all in another order."""
    people = [p for p in people if garments_seen(labels=p.labels, smallest=SMALLEST_REGION)]
    if not people:
        raise ValueError("expected at least one person with a garment")
    while True:
        for i in rng.permutation(len(people)):
            if (found := dressed_person(parsed=people[i], wardrobe=wardrobe, rng=rng)) is not None:
                yield sample_of(dressed=found, rng=rng)


def dressed_batch(*, source: Iterator[Sample], wardrobe: Wardrobe, count: int) -> dict:
    """The next `count` people as one chunk; see the module's table."""
    batch = [next(source) for _ in range(count)]
    return {
        "persons": torch.from_numpy(np.stack([s.person for s in batch])),
        "labels": torch.from_numpy(np.stack([s.labels for s in batch])),
        "garments": torch.from_numpy(np.stack([g for s in batch for g in s.garments])),
        "owner": torch.tensor([i for i, s in enumerate(batch) for _ in s.garments]),
        "categories": torch.tensor([c for s in batch for c in s.categories]),
        "products": [wardrobe.products[row].id for s in batch for row in s.rows],
        "people": [s.id for s in batch],
    }


@dataclass
class Dressed:
    """All chunks of a split: `persons` `(N, 3, 192, 128)`, `labels` `(N, 48, 32)`, `garments` `(M, 3, 192, 128)`, all uint8.

    `owner` `(M,)` are rows of `persons`, `categories` `(M,)` are 0..7; `product_ids` name what each garment is made of.
    """

    persons: Tensor
    labels: Tensor
    garments: Tensor
    owner: Tensor
    categories: Tensor
    product_ids: list[str]
    people: list[str]

    def __post_init__(self) -> None:
        if not len(self.garments) == len(self.owner) == len(self.categories) == len(self.product_ids):
            raise ValueError(f"{len(self.garments)} garments, {len(self.owner)} owners, {len(self.product_ids)} products")
        if not len(self.persons) == len(self.labels) == len(self.people):
            raise ValueError(f"{len(self.persons)} persons, {len(self.labels)} label maps, {len(self.people)} names")


def load_dressed(*, split: str, folder: Path = WORK / "cache" / "dressed", limit: int | None = None) -> Dressed | None:
    """All chunks on disk (at most `limit`), joined; `None` if there are none."""
    paths = sorted((folder / split).glob("chunk-*.pt"))[:limit]
    if not paths:
        return None
    chunks = [torch.load(path, weights_only=True, mmap=True) for path in paths]
    first = np.cumsum([0] + [len(chunk["persons"]) for chunk in chunks])
    return Dressed(
        persons=torch.cat([chunk["persons"] for chunk in chunks]).permute(0, 3, 1, 2),
        labels=torch.cat([chunk["labels"] for chunk in chunks]),
        garments=torch.cat([chunk["garments"] for chunk in chunks]).permute(0, 3, 1, 2),
        owner=torch.cat([chunk["owner"] + int(at) for chunk, at in zip(chunks, first[:-1], strict=True)]),
        categories=torch.cat([chunk["categories"] for chunk in chunks]),
        product_ids=[id for chunk in chunks for id in chunk["products"]],
        people=[id for chunk in chunks for id in chunk["people"]],
    )


def count_dressed(*, split: str, folder: Path = WORK / "cache" / "dressed") -> int:
    """How many people are on disk."""
    paths = sorted((folder / split).glob("chunk-*.pt"))
    return sum(len(torch.load(path, weights_only=True, mmap=True)["people"]) for path in paths)


def write(*, folder: Path, out: Path, split: str, count: int, chunk: int, seed: int, shard: tuple[int, int] = (0, 1)) -> None:
    """Writes the missing chunks. Each has its own random stream, so an interrupted run continues with the same result.

    With `shard` `(i, n)` only every `n`th chunk from the `i`th on, for `n` processes beside each other.
    """
    validation = split == "validation"
    products = test_articles(folder=folder) if validation else training_products(folder=folder)
    people, wardrobe = ccp_photos(data=folder, validation=validation), Wardrobe(products=products)
    (out / split).mkdir(parents=True, exist_ok=True)
    for index, first in enumerate(range(0, count, chunk)):
        path = out / split / f"chunk-{index:03}.pt"
        if path.exists() or index % shard[1] != shard[0]:
            continue
        begun = time.monotonic()
        source = dressed_samples(people=people, wardrobe=wardrobe, rng=np.random.default_rng((seed, int(validation), index)))
        made = dressed_batch(source=source, wardrobe=wardrobe, count=min(chunk, count - first))
        torch.save(made, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
        seconds = time.monotonic() - begun
        print(f"{path}: {len(made['people'])} people, {len(made['owner'])} garments, {len(made['people']) / seconds:.1f} a second")


def shard_of(text: str) -> tuple[int, int]:
    """`I/N` with 0 ≤ I < N."""
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and int(index) < int(count)):
        raise argparse.ArgumentTypeError(f"expected I/N with 0 ≤ I < N, got {text!r}")
    return int(index), int(count)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tars")
    parser.add_argument("--out", type=Path, default=WORK / "cache" / "dressed", help="folder of the splits' folders")
    parser.add_argument("--split", choices=("train", "validation"), default="train")
    parser.add_argument("--count", type=int, default=12000, help="dressed people")
    parser.add_argument("--chunk", type=int, default=2000, help="people in a file")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--shard", type=shard_of, default=(0, 1), metavar="I/N", help="only chunks I, I + N, …")
    args = parser.parse_args()
    given = {"split": args.split, "count": args.count, "chunk": args.chunk, "seed": args.seed, "shard": args.shard}
    write(folder=args.data, out=args.out, **given)


if __name__ == "__main__":
    main()
