"""Studio models with their label maps: cut out of their white background, their classes predicted by a trained Street2Fashion.

    python -m training.train.pseudo_labels --teacher shipped

writes `cache/people-studio.npz`. Label maps hold the thirteen classes, `label_sets.WORN` where a person's class is unknown and
`label_sets.IGNORE` where it is not certain that there is a person.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ..classes import CLASSES
from ..data.geometry import letterbox
from ..data.label_sets import IGNORE, WORN
from ..data.labelled_people import keep_people
from ..data.packs import split_ids
from ..data.parsed import Parsed
from ..data.studio import studio_products
from ..data.views import to_input
from ..networks import street2fashion
from ..paths import DATA, MODELS
from .onnx_files import session
from .segmentation import load_segmenter, probabilities_at_photo

NEAR_WHITE = 244
"""A studio background's darkest channel is at least this bright."""


def off_white(*, picture: np.ndarray) -> np.ndarray:
    """The foreground on a white background, `(H, W)` bool: everything that is not white connected to the border."""
    white = picture.min(axis=2) >= NEAR_WHITE
    regions, _ = ndimage.label(white)
    edge = np.unique(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]]))
    return ~np.isin(regions, edge[edge > 0])


def studio_labels(*, picture: np.ndarray, probabilities: np.ndarray) -> np.ndarray | None:
    """A studio photo's label map, `None` if nobody is in it or the background is not white.

    `probabilities` `(13, H, W)` are a network's: they decide whether a person is there and where a
    white garment merges with the background; the outline comes from the background.
    """
    person = off_white(picture=picture)
    if not 0.12 < person.mean() < 0.9:
        return None
    known = probabilities.argmax(axis=0)
    skin = np.isin(known, (CLASSES.index("skin"), CLASSES.index("hair"))) & person
    if skin.sum() < 0.04 * person.sum():
        return None
    labels = np.where(person, WORN, 0).astype(np.uint8)
    # White pixels that the network calls person: a white garment on white.
    labels[~person & (probabilities[0] < 0.5)] = IGNORE
    if (labels == IGNORE).mean() > 0.05 * person.mean():
        return None
    is_certain = person & (probabilities.max(axis=0) > 0.8) & (known > 0)
    labels[is_certain] = known[is_certain]
    return labels


def teacher(*, name: str) -> Callable[[np.ndarray], np.ndarray]:
    """A network as photo → probabilities `(13, H, W)`, averaged over the photo and its mirror image.

    `shipped` is the file in `models/`, else a run's folder below `runs/`.
    """
    infer = session(path=MODELS / "street2fashion.onnx") if name == "shipped" else load_segmenter(run=name)

    def probabilities(photo: np.ndarray) -> np.ndarray:
        height, width = photo.shape[:2]
        total: Tensor | float = 0.0
        for mirrored in (False, True):
            picture = np.ascontiguousarray(photo[:, ::-1]) if mirrored else photo
            x, box = letterbox(picture=picture, into_width=street2fashion.INPUT[3], into_height=street2fashion.INPUT[2], pad=127.5)
            logits = infer(to_input(picture=x))
            p = probabilities_at_photo(logits=logits, box=box, width=width, height=height)
            total = total + (p.flip(-1) if mirrored else p)
        return (total / 2).numpy()

    return probabilities


def studio_people(*, folder: Path, segment: Callable, held: set[str], limit: int | None = None) -> list[Parsed]:
    """Studio photos of people with their masks, of the first `limit` products; `held` ids are left out."""
    found = []
    for product in studio_products(data=folder, limit=limit):
        if product.id in held:
            continue
        labels = studio_labels(picture=product.picture, probabilities=segment(product.picture))
        if labels is not None:
            found.append(Parsed(id=product.id, photo=product.picture, labels=labels))
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--teacher", default="shipped", help="`shipped`, or a run such as street2fashion/a")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    parser.add_argument("--limit", type=int, help="only the first products")
    args = parser.parse_args()
    with torch.inference_mode():
        segment = teacher(name=args.teacher)
        people = studio_people(folder=args.data, segment=segment, held=split_ids(name="studio-validation"), limit=args.limit)
    keep_people(name="studio", people=people)
    print(f"{len(people)} people kept")


if __name__ == "__main__":
    main()
