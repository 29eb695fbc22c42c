"""A head that predicts an article's category from f(A), for feeds without a usable category.

    python -m training.export.categories

It tells the probabilities of the eight categories and, last, of unsupported products (`train/category_head.py`). f(A) is what the
shipped `fashion-dna.onnx` gives.

It is trained on FashionDNA's training products, unsupported products, unsupported things cut out of street photos, what stands
out in places without people (`data/empty_places.py`), drawn products, and the articles of true pairs, of which only the part of
the body is known. Temperature and threshold are chosen on a
part of the held-out families, since f(A) is overconfident on FashionDNA's training products. The other held-out families, and
things of other street photos, are measured.
Writes `fashion-dna-categories.safetensors`, its table in `manifest.toml`, and `figures/categories.json`.
"""

import argparse
import json
import operator
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..data.cache import cached
from ..data.ccp import ccp_label_maps
from ..data.drawn import json_lines
from ..data.empty_places import EMPTY, things_of_places
from ..data.families import alike, thumbnails
from ..data.geometry import crop_to_content, cut_out, letterbox
from ..data.packs import split_ids
from ..data.pairs import pair_ids, read_pairs
from ..data.products import NONE, all_products, held_out, other_products
from ..networks import fashion_dna
from ..networks.encoder import WIDTH
from ..paths import DATA, MODELS
from ..train.category_head import HEAD_CLASSES, SOME_UPPER, Features, Head, calibrate, fit_head, head_figures, upper_share
from ..train.category_parts import HELD_SHARE, parts_of, picked
from ..train.onnx_files import session
from ..train.runs import seed_everything
from ..train.settings import add_drawn_argument
from .manifest import CATEGORY_HEAD, digest, update_manifest
from .onnx_file import TOLERANCE

FILE = "fashion-dna-categories.safetensors"
SMALLEST = 0.003
"""An accessory that covers a smaller share of the photo is not used."""
WHITE = 250
"""A pixel with a channel below is shown by a cutout."""
MARGIN = 12
"""White around a thing that is cut out, in pixels."""
WORN = {
    "bags": ("bag", "purse", "wallet"),
    "shoes": ("boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes", "sneakers", "wedges"),
    "coats and jackets": ("coat", "jacket"),
    "hats and scarves and belts": ("hat", "scarf", "belt"),
}
"""CCP's labels of unsupported things, which are cut out of its photos."""


def encode(*, pictures: Iterable[np.ndarray]) -> Tensor:
    """RGB pictures `(H, W, 3)` uint8 → f(A) `(N, 128)` through the shipped file, letterboxed as the server does it."""
    infer = session(path=MODELS / "fashion-dna.onnx")
    height, width = fashion_dna.INPUT[2:]
    found = []
    for picture in pictures:
        boxed, _ = letterbox(picture=picture, into_width=width, into_height=height, pad=255.0)
        found.append(infer(torch.from_numpy(boxed).permute(2, 0, 1)[None].contiguous() / 127.5 - 1))
    return torch.cat(found)


def known_features(*, name: str, pictures: Iterable[np.ndarray]) -> Tensor:
    """`encode`, cached by the network's digest."""
    sha256 = digest(file="fashion-dna.onnx")["sha256"]
    return cached(name=f"fA-{sha256[:12]}-{name}", make=lambda: encode(pictures=pictures))


def photographed_features(*, folder: Path) -> tuple[Features, np.ndarray, np.ndarray]:
    """The data folder's products, the part of each, and its source."""
    products = [*all_products(folder=folder), *other_products(folder=folder)]
    parts = parts_of(products=products, held=held_out(), same_picture=alike(thumbs=thumbnails(products=products)))
    labels = torch.tensor([HEAD_CLASSES.index(product.category) for product in products])
    features = known_features(name="photographed", pictures=(product.picture for product in products))
    return Features(features=features, labels=labels), parts, np.array([product.source for product in products])


def drawn_features(*, folder: Path) -> Features:
    """A folder of drawn products."""
    lines = json_lines(path=folder / "products.jsonl")
    labels = torch.tensor([HEAD_CLASSES.index(line["category"]) for line in lines])
    pictures = (np.asarray(Image.open(folder / line["image_link"]).convert("RGB")) for line in lines)
    return Features(features=known_features(name=f"drawn-{folder.name}", pictures=pictures), labels=labels)


@dataclass(frozen=True)
class WornThing:
    """An unsupported thing cut out on white, RGB `(H, W, 3)` uint8, and the photo's id."""

    photo: str
    picture: np.ndarray


def cut_thing(*, photo: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What a mask shows of a photo, on white with a margin, RGB `(H, W, 3)` uint8."""
    cut = crop_to_content(picture=cut_out(picture=photo, mask=mask))
    return np.pad(cut, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255)


def worn_things(*, folder: Path) -> dict[str, list[WornThing]]:
    """Unsupported things that CCP's people wear, by kind."""
    found: dict[str, list[WornThing]] = {kind: [] for kind in WORN}
    for ccp in ccp_label_maps(data=folder):
        for kind, names in WORN.items():
            # Each label by itself: a photo may show a coat over a jacket.
            for mask in (ccp.of(names=[name]) for name in names):
                if mask.mean() >= SMALLEST:
                    found[kind].append(WornThing(photo=ccp.id, picture=cut_thing(photo=ccp.photo, mask=mask)))
    return found


def worn_features(*, folder: Path) -> tuple[Features, dict[str, Features]]:
    """Unsupported things that CCP's people wear: of the photos to learn from, and by kind of the others."""
    held = split_ids(name="ccp-validation")
    learnt, measured = [], {}
    for kind, things in worn_things(folder=folder).items():
        features = known_features(name=f"worn-{kind}", pictures=(thing.picture for thing in things))
        both = Features(features=features, labels=torch.full((len(things),), HEAD_CLASSES.index(NONE)))
        out = np.array([thing.photo in held or picked(word=thing.photo, portion=HELD_SHARE) for thing in things])
        learnt.append(both.rows(~out))
        measured[kind] = both.rows(out)
    return reduce(operator.add, learnt), measured


def place_features(*, folder: Path) -> tuple[Features, dict[str, Features]]:
    """What stands out in places without people, which is no garment: of the photos to learn from, and by pack of the others."""
    of_split = {}
    for split in ("train", "validation"):
        names, pictures = [], []
        for name, picture in things_of_places(folder=folder, split=split):
            names.append(name.partition("-")[0])
            pictures.append(cut_thing(photo=picture, mask=(picture < WHITE).any(axis=2)))
        features = known_features(name=f"places-{split}", pictures=pictures)
        of_split[split] = Features(features=features, labels=torch.full((len(names),), HEAD_CLASSES.index(NONE))), np.array(names)
    held, packs = of_split["validation"]
    return of_split["train"][0], {pack: held.rows(packs == pack) for pack in sorted(set(packs))}


def pair_features(*, folder: Path, split: str) -> Features:
    """The articles of true pairs: upper garments of one of four categories."""
    pairs = read_pairs(data=folder, ids=pair_ids(data=folder, split=split))
    features = known_features(name=f"pairs-{split}", pictures=(pair.product for pair in pairs))
    return Features(features=features, labels=torch.full((len(features),), SOME_UPPER))


def write_head(*, head: Head, fashion_dna_sha256: str, samples: Features, folder: Path = MODELS) -> None:
    """The file and its table in the manifest; raises `ValueError` if the file's output differs from the head's."""
    save_file(head.tensors(), folder / FILE)
    stored = load_file(folder / FILE)
    hidden = len(head.hidden_bias)
    expected = {
        "hidden_weight": (hidden, WIDTH),
        "hidden_bias": (hidden,),
        "weight": (len(HEAD_CLASSES), hidden),
        "bias": (len(HEAD_CLASSES),),
    }
    if (shapes := {name: tuple(tensor.shape) for name, tensor in stored.items()}) != expected:
        raise ValueError(f"{FILE}: expected {expected}, got {shapes}")
    found = Head(**stored).logits(samples.features).softmax(1)
    difference = float((found - head.logits(samples.features).softmax(1)).abs().max())
    if not difference < TOLERANCE:
        raise ValueError(f"{FILE}: differs from the head by {difference:.2e}, expected < {TOLERANCE}")
    entry = digest(file=FILE, folder=folder) | {"width": WIDTH, "hidden": hidden, "fashion_dna_sha256": fashion_dna_sha256}
    update_manifest(entries={CATEGORY_HEAD: entry | {"min_probability": head.min_probability}}, folder=folder)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tars")
    add_drawn_argument(parser=parser)
    parser.add_argument("--places", type=Path, default=EMPTY, help="folder of what stands out in places without people")
    parser.add_argument(
        "--no-ablations", action="store_true", help="fit the head to ship alone, not those without one of its sources"
    )
    args = parser.parse_args()
    seed_everything(seed=1)
    sha256 = digest(file="fashion-dna.onnx")["sha256"]
    photos, parts, packs = photographed_features(folder=args.data)
    learnt, calibration = photos.rows(parts == "learn"), photos.rows(parts == "calibrate")
    measured = {"photographed": photos.rows(parts == "measure")}
    measured |= {name: photos.rows((parts == "measure") & (packs == name)) for name in sorted(set(packs))}
    measured |= {f"drawn, {name}": drawn_features(folder=args.drawn / name) for name in ("products-8", "demo")}
    worn, held_worn = worn_features(folder=args.data)
    measured |= {f"worn, {name}": samples for name, samples in held_worn.items()}
    pairs, held_pairs = (pair_features(folder=args.data, split=split) for split in ("training", "validation"))
    sources = {"pairs": pairs, "worn": worn}
    if (args.places / "train-cut").is_dir():
        sources["places"], held_places = place_features(folder=args.places)
        measured |= {f"places, {name}": samples for name, samples in held_places.items()}
    else:
        print(f"WITHOUT PLACES: {args.places} has no cutouts, see training/data/empty_places.py", flush=True)
    report: dict[str, Any] = {"fashion_dna_sha256": sha256, "calibration": len(calibration.labels), "heads": {}}
    sources["drawn"] = drawn_features(folder=args.drawn / "train")
    mixtures = {"all": [*sources.values()]}
    if not args.no_ablations:
        mixtures |= {f"without {name}": [part for of, part in sources.items() if of != name] for name in sources}
    for name, parts_learnt in mixtures.items():
        train = sum(parts_learnt, start=learnt)
        head = calibrate(head=fit_head(samples=train), samples=calibration)
        results = {of: head_figures(head=head, samples=samples) for of, samples in measured.items()}
        counts = Counter(HEAD_CLASSES[index] for index in train.labels.tolist() if index != SOME_UPPER)
        report["heads"][name] = {
            "learnt": {label: counts[label] for label in HEAD_CLASSES} | {"upper": int((train.labels == SOME_UPPER).sum())},
            "temperature": round(head.temperature, 3),
            "min_probability": head.min_probability,
            "measured": results,
            "pairs_validation_upper": upper_share(head=head, features=held_pairs.features),
        }
        print(name, f"temperature {head.temperature:.2f}, min_probability {head.min_probability}")
        print("  upper garments of validation pairs:", report["heads"][name]["pairs_validation_upper"])
        for of, found in results.items():
            print(f"  {of}:", {key: value for key, value in found.items() if key != "classes"})
        if name == "all":
            write_head(head=head, fashion_dna_sha256=sha256, samples=calibration)
    (MODELS / "figures").mkdir(exist_ok=True)
    (MODELS / "figures" / "categories.json").write_text(json.dumps(report, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
