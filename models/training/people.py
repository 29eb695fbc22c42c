"""People beyond the parsed photos: studio models cut out of their white background, and tagged photos labelled by a network.

    python -m training.people studio --teacher shipped
    python -m training.people tagged --teacher street2fashion/RUN

Both leave `cache/people-*.npz`. Label maps hold the thirteen classes, `augment.WORN` where a person's class is unknown and
`augment.IGNORE` where it is unsure whether there is a person at all.
"""

import argparse
import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from . import config, data, segmentation, street2fashion
from .augment import IGNORE, WORN
from .classes import CLASSES, class_of_ccp
from .data import Parsed
from .geometry import letterbox

NEAR_WHITE = 244
"""A studio background's darkest channel is at least this bright."""
UNSURE = 0.75
"""A pixel whose likelier side (person or not) has less than this probability is not learnt from."""
UNSURE_CLASS = 0.5
"""A person's pixel whose likeliest class has less than this probability has no class."""


def cached_people(*, name: str) -> list[Parsed]:
    """What `python -m training.people NAME` has written; empty where it has not."""
    path = config.HERE / "cache" / f"people-{name}.npz"
    if not path.exists():
        return []
    with np.load(path) as file:
        ids, sizes, photos, labels = file["ids"], file["sizes"], file["photos"], file["labels"]
    found, at = [], 0
    for id, (height, width) in zip(ids, sizes, strict=True):
        end = at + height * width
        photo = photos[at * 3 : end * 3].reshape(height, width, 3)
        found.append(Parsed(id=str(id), photo=photo, labels=labels[at:end].reshape(height, width)))
        at = end
    return found


def keep(*, name: str, people: list[Parsed]) -> None:
    """Writes people for [`cached_people`]."""
    path = config.HERE / "cache" / f"people-{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        ids=np.array([p.id for p in people]),
        sizes=np.array([p.labels.shape for p in people]),
        photos=np.concatenate([p.photo.ravel() for p in people]),
        labels=np.concatenate([p.labels.ravel() for p in people]),
    )


def off_white(*, picture: np.ndarray) -> np.ndarray:
    """What a white background leaves: `(H, W)` bool, everything that no white path joins with the picture's border."""
    white = picture.min(axis=2) >= NEAR_WHITE
    regions, _ = ndimage.label(white)
    edge = np.unique(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]]))
    return ~np.isin(regions, edge[edge > 0])


def studio_labels(*, picture: np.ndarray, probabilities: np.ndarray) -> np.ndarray | None:
    """A studio photo's label map, `None` if nobody is in it or the background is not plainly white.

    `probabilities` `(13, H, W)` are a network's: they say that a person is there, and where the white of a garment may
    run into the white behind it; the outline itself comes from the background.
    """
    person = off_white(picture=picture)
    if not 0.12 < person.mean() < 0.9:
        return None
    known = probabilities.argmax(axis=0)
    skin = np.isin(known, (CLASSES.index("skin"), CLASSES.index("hair"))) & person
    if skin.sum() < 0.04 * person.sum():
        return None
    labels = np.where(person, WORN, 0).astype(np.uint8)
    # White that the network takes for a person: a white garment that the flood has entered.
    labels[~person & (probabilities[0] < 0.5)] = IGNORE
    if (labels == IGNORE).mean() > 0.05 * person.mean():
        return None
    sure = person & (probabilities.max(axis=0) > 0.8) & (known > 0)
    labels[sure] = known[sure]
    return labels


def tagged_labels(*, probabilities: np.ndarray, tags: set[int]) -> np.ndarray:
    """A tagged photo's label map: the likeliest of the classes that its tags allow, unsure pixels left out."""
    allowed = np.array([index in tags or index == 0 for index in range(len(CLASSES))])
    p = probabilities * allowed[:, None, None]
    p = p / np.maximum(p.sum(axis=0), 1e-6)
    background = probabilities[0]
    labels = p[1:].argmax(axis=0).astype(np.uint8) + 1
    labels[p[1:].max(axis=0) < UNSURE_CLASS * p[1:].sum(axis=0)] = WORN
    labels[background >= 0.5] = 0
    labels[np.maximum(background, 1 - background) < UNSURE] = IGNORE
    return labels


def teacher(*, name: str) -> Callable[[np.ndarray], np.ndarray]:
    """A network as photo → probabilities `(13, H, W)`, averaged over the photo and its mirror image.

    `shipped` is the file in `models/`, else a run's folder below `runs/`.
    """
    if name == "shipped":
        from .export import session

        infer = session(path=config.MODELS / "street2fashion.onnx")
    else:
        infer = street2fashion.load_segmenter(run=name)

    def probabilities(photo: np.ndarray) -> np.ndarray:
        height, width = photo.shape[:2]
        total: Tensor | float = 0.0
        for mirrored in (False, True):
            picture = np.ascontiguousarray(photo[:, ::-1]) if mirrored else photo
            x, box = letterbox(picture=picture, into_width=street2fashion.INPUT[3], into_height=street2fashion.INPUT[2], pad=127.5)
            logits = infer(street2fashion.to_input(picture=x))
            p = segmentation.probabilities_at_photo(logits=logits, box=box, width=width, height=height)
            total = total + (p.flip(-1) if mirrored else p)
        return (total / 2).numpy()

    return probabilities


def studio_people(*, folder: Path, segment: Callable, held: set[str]) -> list[Parsed]:
    """Studio photos of people with their masks; `held` ids are left out."""
    found = []
    for product in data.studio(data=folder, pack="168x224"):
        if product.id in held:
            continue
        labels = studio_labels(picture=product.picture, probabilities=segment(product.picture))
        if labels is not None:
            found.append(Parsed(id=product.id, photo=product.picture, labels=labels))
    return found


def tagged_people(*, folder: Path, segment: Callable) -> list[Parsed]:
    """CCP's tagged photos, labelled by a network within their tags."""
    found = []
    with data.open_tar(data=folder, name="ccp-tagged") as tar:
        members = data.files_of(tar)
        table = data.read(tar, data.by_suffix(members, "tags.csv")).decode()
        photos = {Path(name).stem: member for name, member in members.items() if name.endswith(".jpg")}
        for row in csv.DictReader(io.StringIO(table)):
            if row["id"] not in photos:
                continue
            photo = data.decode(payload=data.read(tar, photos[row["id"]]))
            tags = {CLASSES.index("skin"), CLASSES.index("other-worn")}
            tags |= {class_of_ccp(label=label) for label in row["labels"].split(";")}
            found.append(Parsed(id=row["id"], photo=photo, labels=tagged_labels(probabilities=segment(photo), tags=tags)))
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=("studio", "tagged"))
    parser.add_argument("--teacher", default="shipped", help="`shipped`, or a run such as street2fashion/a")
    parser.add_argument("--data", type=Path, default=config.REPOSITORY.parent / "shared" / "data")
    args = parser.parse_args()
    with torch.inference_mode():
        segment = teacher(name=args.teacher)
        if args.kind == "studio":
            people = studio_people(folder=args.data, segment=segment, held=data.split_ids(name="studio-validation"))
        else:
            people = tagged_people(folder=args.data, segment=segment)
    keep(name=args.kind, people=people)
    print(f"{len(people)} people kept as {args.kind}")


if __name__ == "__main__":
    main()
