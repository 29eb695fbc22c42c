"""Places without people: the empty parts of street photos and everyday scenes, and what stands out in them.

    python -m training.data.empty_places
    python -m training.export.open_head --out training/cache/empty/networks
    for split in train validation; do
      shop-the-look segment training/cache/empty/$split/*.jpg \\
        --models training/cache/empty/networks --out training/cache/empty/$split-cut
    done

The program cuts out what it would offer as a garment there. `training.export.categories` learns from the first split's cuts that
it is none, and measures on the second's.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ..paths import DATA, WORK
from .ccp import ccp_photos
from .packs import DataMissingError
from .scenes import empty_parts
from .segmented import training_people, validation_people

EMPTY = WORK / "cache" / "empty"
"""The folder of pictures and cutouts."""
PACKS = ("street", "scenes")
"""Of the packs of people, those whose photos show much of a place."""
SMALLEST_SIDE = 96
"""In pixels."""
LARGEST_RATIO = 2.0
"""Of the sides: people do not take photos of narrow strips."""
LEAST_THING = 0.01
"""Of a picture: a cutout that keeps less shows nothing."""
SEED = 17


def place(*, part: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """A random stretch of an empty part with sides like a photo's, `None` if it is too small."""
    height, width = part.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        return None
    longest = int(min(height, width) * rng.uniform(1.0, LARGEST_RATIO))
    rows, columns = min(height, longest), min(width, longest)
    top, left = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
    return np.ascontiguousarray(part[top : top + rows, left : left + columns])


def things_of_places(*, folder: Path, split: str) -> Iterator[tuple[str, np.ndarray]]:
    """Names, which begin with the pack's, and what stands out there on white, RGB `(H, W, 3)` uint8."""
    paths = sorted((folder / f"{split}-cut").glob("*.png"))
    if not paths:
        raise DataMissingError(f"{folder}: expected cutouts of places, see training/data/empty_places.py")
    for path in paths:
        with Image.open(path) as image:
            picture = np.asarray(image.convert("RGB"))
        if (picture < 250).any(axis=2).mean() >= LEAST_THING:
            yield path.stem, picture


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    parser.add_argument("--out", type=Path, default=EMPTY)
    args = parser.parse_args()
    rng = np.random.default_rng(SEED)
    for split, packs in (("train", training_people(data=args.data, pairs=1)), ("validation", validation_people(data=args.data))):
        photos = {name: packs[name] for name in PACKS} | {"ccp": ccp_photos(data=args.data, validation=split == "validation")}
        folder = args.out / split
        folder.mkdir(parents=True, exist_ok=True)
        written = 0
        for name, people in photos.items():
            for parsed in people:
                for index, part in enumerate(empty_parts(parsed=parsed)):
                    if (picture := place(part=part, rng=rng)) is not None:
                        Image.fromarray(picture).save(folder / f"{name}-{parsed.id}-{index}.jpg", quality=92)
                        written += 1
        print(f"{folder}: {written} pictures")


if __name__ == "__main__":
    main()
