"""What shoes, bags and coats would start from, on CCP's validation photos.

    python -m training.measure.further_categories

How many photos show each; how much of them the shipped segmenter keeps in the cutout, and as which class; and whether the shipped
f(A) tells them from garments: a linear probe on what CCP's people wear, cut out by the true labels, fitted on the other photos.
Writes `figures/further-categories.json`.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..classes import CATEGORIES, CLASSES
from ..data.cache import cached
from ..data.ccp import CcpPhoto, ccp_label_maps, class_of_ccp
from ..data.geometry import letterbox
from ..data.packs import split_ids
from ..export.categories import SMALLEST, WORN, cut_thing, encode
from ..export.manifest import digest
from ..networks import street2fashion
from ..paths import DATA, MODELS
from ..train.onnx_files import session
from ..train.segmentation import probabilities_at_photo
from .probe import linear_probe

KINDS = ("shoes", "bags", "coats and jackets")
"""The kinds of `WORN` that are measured."""
NAMES = (*CATEGORIES, *KINDS)


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


def masks_of(*, ccp: CcpPhoto) -> dict[str, np.ndarray]:
    """What a photo shows of each of NAMES."""
    found = {kind: ccp.of(names=WORN[kind]) for kind in KINDS}
    for category in CATEGORIES:
        found[category] = ccp.of(names=[label for label in ccp.index if CLASSES[class_of_ccp(label=label)] == category])
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
    for ccp in ccp_label_maps(data=folder):
        masks = masks_of(ccp=ccp)
        for thing, mask in masks.items():
            picture = cut_thing(photo=ccp.photo, mask=mask)
            worn.append(Worn(picture=picture, name=NAMES.index(thing), held=ccp.id in held))
        if ccp.id in held:
            photos += 1
            classes = classes_at_photo(photo=ccp.photo, infer=infer)
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
