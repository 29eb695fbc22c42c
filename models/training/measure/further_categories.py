"""What shoes, bags and coats would start from, on CCP's validation photos.

    python -m training.measure.further_categories

How many photos show each; how much of them the shipped segmenter keeps in the cutout, and as which class; and whether the shipped
f(A) tells them from garments: a linear probe on what CCP's people wear, cut out by the true labels, fitted on the other photos.
Writes `figures/further-categories.json`.
"""

import argparse
import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..classes import CATEGORIES, CLASSES
from ..data.cache import cached
from ..data.ccp import class_of_ccp
from ..data.geometry import crop_to_content, cut_out, letterbox
from ..data.packs import by_suffix, decode, files_of, open_tar, read_member, split_ids
from ..export.categories import SMALLEST, WORN, encode
from ..export.manifest import digest
from ..networks import street2fashion
from ..paths import DATA, MODELS
from ..train.onnx_files import session
from ..train.segmentation import probabilities_at_photo
from .probe import linear_probe

KINDS = ("shoes", "bags", "coats and jackets")
"""The kinds of `WORN` that are measured."""
NAMES = (*CATEGORIES, *KINDS)
MARGIN = 12
"""White around a thing, in pixels, as the category head has it."""


@dataclass
class Worn:
    """A thing on white, RGB `(H, W, 3)` uint8; its place in NAMES; whether its photo is held out."""

    picture: np.ndarray
    name: int
    held: bool


@dataclass
class Seen:
    """What the segmenter makes of a kind: pixels by class, and in how many photos it is."""

    photos: int
    by_class: np.ndarray


def masks_of(*, labels: np.ndarray, index: dict[str, int]) -> dict[str, np.ndarray]:
    """What a photo shows of each of NAMES."""
    found = {kind: np.isin(labels, [index[label] for label in WORN[kind] if label in index]) for kind in KINDS}
    for category in CATEGORIES:
        of = [number for label, number in index.items() if CLASSES[class_of_ccp(label=label)] == category]
        found[category] = np.isin(labels, of)
    return {name: mask for name, mask in found.items() if mask.mean() >= SMALLEST}


def classes_at_photo(*, photo: np.ndarray, infer: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
    """The shipped segmenter's most likely class of each pixel `(H, W)`, without the guided filter."""
    height, width = street2fashion.INPUT[2:]
    boxed, box = letterbox(picture=photo, into_width=width, into_height=height, pad=127.5)
    logits = infer(torch.from_numpy(boxed).permute(2, 0, 1)[None].contiguous() / 127.5 - 1)
    found = probabilities_at_photo(logits=logits, box=box, width=photo.shape[1], height=photo.shape[0])
    # What is kept is the foreground's decision; which class it is comes after.
    return torch.where(found[0] > 0.5, 0, 1 + found[1:].argmax(0)).numpy()


def read(*, folder: Path) -> tuple[list[Worn], dict[str, Seen], int]:
    """All things worn, what the segmenter sees of them in the held-out photos, and how many these are."""
    held, infer = split_ids(name="ccp-validation"), session(path=MODELS / "street2fashion.onnx")
    worn, photos = [], 0
    seen = {kind: Seen(photos=0, by_class=np.zeros(len(CLASSES), np.int64)) for kind in KINDS}
    with open_tar(data=folder, name="ccp-parsed") as tar:
        members = files_of(tar)
        table = csv.DictReader(io.StringIO(read_member(tar, by_suffix(members, "labels.csv")).decode()))
        index = {row["label"]: int(row["index"]) for row in table}
        for name, member in sorted(members.items()):
            if not name.endswith(".jpg"):
                continue
            id, photo = Path(name).stem, decode(payload=read_member(tar, member))
            labels = np.asarray(Image.open(io.BytesIO(read_member(tar, by_suffix(members, f"labels/{id}.png")))))
            masks = masks_of(labels=labels, index=index)
            for thing, mask in masks.items():
                cut = crop_to_content(picture=cut_out(picture=photo, mask=mask))
                padded = np.pad(cut, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255)
                worn.append(Worn(picture=padded, name=NAMES.index(thing), held=id in held))
            if id in held:
                photos += 1
                classes = classes_at_photo(photo=photo, infer=infer)
                for kind in set(KINDS) & masks.keys():
                    seen[kind].photos += 1
                    seen[kind].by_class += np.bincount(classes[masks[kind]], minlength=len(CLASSES))
    return worn, seen, photos


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    args = parser.parse_args()
    torch.manual_seed(1)
    worn, seen, photos = read(folder=args.data)
    sha256 = digest(file="fashion-dna.onnx")["sha256"]
    pictures = (thing.picture for thing in worn)
    features = cached(name=f"fA-{sha256[:12]}-further-categories", make=lambda: encode(pictures=pictures))
    names, held = torch.tensor([thing.name for thing in worn]), torch.tensor([thing.held for thing in worn])
    middle, spread = features[~held].mean(0), features[~held].std(0).clamp_min(1e-4)
    scaled = (features - middle) / spread
    told = linear_probe(train=scaled[~held], truth=names[~held], test=scaled[held], classes=len(NAMES))
    truth = names[held]
    report = {"photos": photos, "right_of_all": round(float((told == truth).float().mean()), 3), "kinds": {}}
    for kind in KINDS:
        number, by_class = NAMES.index(kind), seen[kind].by_class
        shares = {name: round(float(n / by_class.sum()), 3) for name, n in zip(CLASSES, by_class, strict=True)}
        report["kinds"][kind] = {
            "learnt_from": int((names[~held] == number).sum()),
            "photos": seen[kind].photos,
            "kept": round(1 - shares["background"], 3),
            "pixels_by_class": {name: share for name, share in shares.items() if share >= 0.02},
            "recall": round(float((told == number)[truth == number].float().mean()), 3),
            "precision": round(float((truth == number)[told == number].float().mean()), 3),
        }
    print(json.dumps(report, indent=1))
    (MODELS / "figures" / "further-categories.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
