"""A linear head that tells an article's category by its f(A), for feeds whose words do not.

    python -m training.categories

`softmax(weight · f(A) + bias)` are the probabilities of the eight categories and, last, of what is none of them: multinomial
logistic regression (Bishop, Pattern Recognition and Machine Learning, 4.3.4), calibrated by a temperature (Guo, Pleiss, Sun,
Weinberger, On Calibration of Modern Neural Networks, ICML 2017). f(A) is what the shipped `fashion-dna.onnx` gives.

It is learnt on the products that FashionDNA learnt on, what is none of the eight, and drawn products; temperature and
threshold are chosen on a part of the held-out families, since f(A) is surer of what FashionDNA has seen; the others are measured.
Writes `fashion-dna-categories.safetensors`, its table in `manifest.toml`, and `figures/categories.json`.
"""

import argparse
import csv
import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from . import atelier, data, export, fashion_dna
from .classes import CATEGORIES
from .config import HERE, MODELS, REPOSITORY
from .encoder import WIDTH
from .geometry import crop_to_content, cut_out, letterbox
from .products import NONE, Product, alike, all_products, groups, held_out, other_products, thumbnails
from .runs import cached, seed_everything

CLASSES = (*CATEGORIES, NONE)
FILE = "fashion-dna-categories.safetensors"

DECAY = 1e-5
"""Weight decay on standardised f(A). With this many products it hardly matters: 0 to 1e-4 measure alike."""
LEVELLING = 0.5
"""A class of n products weighs n^−0.5 a product: another shop's stock has not this one's shares."""
PRECISION = 0.95
"""The share of accepted predictions that has to be right on what the threshold is chosen on."""
HELD_SHARE = 0.36
"""The share of families that is held out among what is none of the eight, as in `products.choose_test`."""
CALIBRATION_SHARE = 0.3
"""The share of held-out families that temperature and threshold are chosen on."""

SMALLEST = 0.003
"""What is worn on fewer of a photo's pixels is no picture of an accessory."""
WORN = {
    "bags": ("bag", "purse", "wallet"),
    "shoes": ("boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes", "sneakers", "wedges"),
    "coats and jackets": ("coat", "jacket"),
    "hats and scarves and belts": ("hat", "scarf", "belt"),
}
"""CCP's labels of what is none of the eight, cut out of its photos: measured, never learnt from."""


@dataclass(frozen=True)
class Samples:
    """f(A) `(N, 128)` float32 and the indices in `CLASSES` `(N)`."""

    features: Tensor
    labels: Tensor

    def of(self, rows: np.ndarray) -> "Samples":
        """Those of a mask `(N)`."""
        return Samples(features=self.features[rows], labels=self.labels[rows])

    def __add__(self, other: "Samples") -> "Samples":
        both = zip((self.features, self.labels), (other.features, other.labels), strict=True)
        return Samples(*(torch.cat(pair) for pair in both))


@dataclass(frozen=True)
class Head:
    """`weight` `(9, 128)` and `bias` `(9)`, the temperature that is in them, and the least probability that is believed."""

    weight: Tensor
    bias: Tensor
    temperature: float = 1.0
    min_probability: float = 0.0

    def logits(self, features: Tensor) -> Tensor:
        """`(N, 128)` → `(N, 9)`."""
        return features @ self.weight.T + self.bias

    def best(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """`(N, 128)` → the highest probability and its class, `(N)` each."""
        return tuple(self.logits(features).softmax(1).max(1))


def fit(*, samples: Samples, decay: float = DECAY, levelling: float = LEVELLING) -> Head:
    """Logistic regression by L-BFGS on standardised f(A); the standardisation is folded into the weights."""
    if samples.features.ndim != 2 or samples.labels.shape != samples.features.shape[:1]:
        raise ValueError(f"expected (N, width) and (N), got {tuple(samples.features.shape)} and {tuple(samples.labels.shape)}")
    middle, spread = samples.features.mean(0), samples.features.std(0).clamp_min(1e-4)
    x = (samples.features - middle) / spread
    weights = torch.bincount(samples.labels, minlength=len(CLASSES)).clamp_min(1).float() ** -levelling
    weight = torch.zeros(len(CLASSES), x.shape[1], requires_grad=True)
    bias = torch.zeros(len(CLASSES), requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=500, history_size=20, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(x @ weight.T + bias, samples.labels, weight=weights) + decay * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    folded = weight.detach() / spread
    return Head(weight=folded, bias=bias.detach() - folded @ middle)


def calibrate(*, head: Head, samples: Samples, precision: float = PRECISION) -> Head:
    """The temperature of the least cross-entropy, folded in, and the least threshold in hundredths that is precise enough."""
    logits = head.logits(samples.features)
    temperatures = torch.exp(torch.linspace(-1, 2, 301))
    losses = torch.stack([F.cross_entropy(logits / t, samples.labels) for t in temperatures])
    t = float(temperatures[losses.argmin()])
    head = replace(head, weight=head.weight / t, bias=head.bias / t, temperature=t)
    probability, found = head.best(samples.features)
    right = found == samples.labels
    for hundredths in range(100):
        accepted = probability >= hundredths / 100
        if accepted.any() and float(right[accepted].float().mean()) >= precision:
            return replace(head, min_probability=hundredths / 100)
    raise ValueError(f"no threshold has a precision of {precision} on {len(right)} products")


def share(hits: Tensor) -> float | None:
    """The share of true ones, of none `None`."""
    return round(float(hits.float().mean()), 3) if len(hits) else None


def measure(*, head: Head, samples: Samples) -> dict[str, Any]:
    """Accuracy over the nine classes, what is accepted, and recall and precision of each class before and after accepting."""
    probability, found = head.best(samples.features)
    right, accepted, garment = found == samples.labels, probability >= head.min_probability, found < len(CATEGORIES)
    classes = {}
    for index, name in enumerate(CLASSES):
        truth, said = samples.labels == index, found == index
        classes[name] = {
            "products": int(truth.sum()),
            "recall": share(right[truth]),
            "precision": share(right[said]),
            "accepted_recall": share((right & accepted)[truth]),
            "accepted_precision": share(right[said & accepted]),
        }
    return {
        "products": len(right),
        "accuracy": share(right),
        "accepted_precision": share(right[accepted]),
        "accepted_coverage": share(accepted),
        "category_precision": share(right[accepted & garment]),
        "category_coverage": share(accepted & garment),
        "classes": classes,
    }


def picked(*, word: str, portion: float) -> bool:
    """Whether a word is among this portion of all words, always alike."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") < portion * 2**32


def parts_of(*, products: list[Product], held: set[str], same_picture: list[tuple[int, int]]) -> np.ndarray:
    """`learn`, `calibrate`, `measure` or nothing for each product; a family (same picture or title) is never in two of them.

    The eight categories' products are held out by `held`; what is none of them as its family is, else by a hash. Nothing:
    underwear that the title calls a t-shirt, a family on both sides, and twins of what is measured.
    """
    titles = defaultdict(list)
    for row, product in enumerate(products):
        if product.title:
            titles[" ".join(product.title.lower().split())].append(row)
    same_title = [(rows[0], row) for rows in titles.values() for row in rows[1:]]
    family = groups(count=len(products), pairs=same_picture + same_title)
    first = groups(count=len(products), pairs=same_picture)
    sides = defaultdict(set)
    for row, product in enumerate(products):
        if product.id in held or product.category != NONE:
            sides[family[row]].add(product.id in held)
    parts = []
    for row, product in enumerate(products):
        name = products[family[row]].id
        known = sides[family[row]] or {picked(word=name, portion=HELD_SHARE)}
        if product.attributes.get("subCategory") == "Innerwear" or len(known) > 1:
            parts.append("")
        elif known == {False}:
            parts.append("learn")
        elif first[row] != row:
            parts.append("")
        else:
            parts.append("calibrate" if picked(word=f"calibrate {name}", portion=CALIBRATION_SHARE) else "measure")
    return np.array(parts)


def encode(*, pictures: Iterable[np.ndarray]) -> Tensor:
    """RGB pictures `(H, W, 3)` uint8 → f(A) `(N, 128)` through the shipped file, letterboxed as the service does it."""
    infer = export.session(path=MODELS / "fashion-dna.onnx")
    height, width = fashion_dna.INPUT[2:]
    found = []
    for picture in pictures:
        boxed, _ = letterbox(picture=picture, into_width=width, into_height=height, pad=255.0)
        found.append(infer(torch.from_numpy(boxed).permute(2, 0, 1)[None].contiguous() / 127.5 - 1))
    return torch.cat(found)


def known(*, name: str, pictures: Iterable[np.ndarray]) -> Tensor:
    """`encode`, kept in `cache/` for as long as the network is this one."""
    sha256 = export.digest(file="fashion-dna.onnx")["sha256"]
    return cached(name=f"fA-{sha256[:12]}-{name}", make=lambda: encode(pictures=pictures))


def photographed(*, folder: Path) -> tuple[Samples, np.ndarray, np.ndarray]:
    """The data folder's products, the part of each, and its source."""
    products = [*all_products(folder=folder), *other_products(folder=folder)]
    parts = parts_of(products=products, held=held_out(), same_picture=alike(thumbs=thumbnails(products=products)))
    labels = torch.tensor([CLASSES.index(product.category) for product in products])
    features = known(name="photographed", pictures=(product.picture for product in products))
    return Samples(features=features, labels=labels), parts, np.array([product.source for product in products])


def drawn(*, folder: Path) -> Samples:
    """A folder of drawn products."""
    lines = atelier.lines(path=folder / "products.jsonl")
    labels = torch.tensor([CLASSES.index(line["category"]) for line in lines])
    pictures = (np.asarray(Image.open(folder / line["image_link"]).convert("RGB")) for line in lines)
    return Samples(features=known(name=f"drawn-{folder.name}", pictures=pictures), labels=labels)


def worn(*, folder: Path) -> dict[str, Samples]:
    """What CCP's people wear that is none of the eight, cut out on white."""
    pictures = defaultdict(list)
    with data.open_tar(data=folder, name="ccp-parsed") as tar:
        members = data.files_of(tar)
        table = csv.DictReader(io.StringIO(data.read(tar, data.by_suffix(members, "labels.csv")).decode()))
        index = {row["label"]: int(row["index"]) for row in table}
        for name, member in sorted(members.items()):
            if not name.endswith(".jpg"):
                continue
            photo = data.decode(payload=data.read(tar, member))
            labels = data.by_suffix(members, f"labels/{Path(name).stem}.png")
            labels = np.asarray(Image.open(io.BytesIO(data.read(tar, labels))))
            for kind, names in WORN.items():
                for mask in (labels == index[label] for label in names if label in index):
                    if mask.mean() >= SMALLEST:
                        cut = crop_to_content(picture=cut_out(picture=photo, mask=mask))
                        pictures[kind].append(np.pad(cut, ((12, 12), (12, 12), (0, 0)), constant_values=255))
    samples = {}
    for kind, found in pictures.items():
        features = known(name=f"worn-{kind}", pictures=found)
        samples[kind] = Samples(features=features, labels=torch.full((len(found),), CLASSES.index(NONE)))
    return samples


def write(*, head: Head, fashion_dna_sha256: str, samples: Samples) -> None:
    """The file and its table in the manifest; raises `ValueError` when the file does not say what the head says."""
    save_file({"weight": head.weight.float().contiguous(), "bias": head.bias.float().contiguous()}, MODELS / FILE)
    stored = load_file(MODELS / FILE)
    expected = {"weight": (len(CLASSES), WIDTH), "bias": (len(CLASSES),)}
    if (shapes := {name: tuple(tensor.shape) for name, tensor in stored.items()}) != expected:
        raise ValueError(f"{FILE}: expected {expected}, got {shapes}")
    found = Head(**stored).logits(samples.features).softmax(1)
    difference = float((found - head.logits(samples.features).softmax(1)).abs().max())
    if not difference < export.TOLERANCE:
        raise ValueError(f"{FILE}: differs from the head by {difference:.2e}, expected < {export.TOLERANCE}")
    entry = export.digest(file=FILE) | {"width": WIDTH, "fashion_dna_sha256": fashion_dna_sha256}
    export.update_manifest(entries={export.CATEGORY_HEAD: entry | {"min_probability": head.min_probability}})


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data", help="folder of the tars")
    parser.add_argument("--atelier", type=Path, default=HERE / "cache" / "atelier", help="folder of the drawn products' folders")
    args = parser.parse_args()
    seed_everything(seed=1)
    sha256 = export.digest(file="fashion-dna.onnx")["sha256"]
    photos, parts, sources = photographed(folder=args.data)
    learnt, calibration = photos.of(parts == "learn"), photos.of(parts == "calibrate")
    measured = {"photographed": photos.of(parts == "measure")}
    measured |= {name: photos.of((parts == "measure") & (sources == name)) for name in sorted(set(sources))}
    measured |= {f"drawn, {name}": drawn(folder=args.atelier / name) for name in ("products-8", "demo")}
    measured |= {f"worn, {name}": samples for name, samples in worn(folder=args.data).items()}
    with_drawn = learnt + drawn(folder=args.atelier / "train")
    report: dict[str, Any] = {"fashion_dna_sha256": sha256, "calibration": len(calibration.labels), "heads": {}}
    for name, train in (("with drawn", with_drawn), ("without drawn", learnt)):
        head = calibrate(head=fit(samples=train), samples=calibration)
        results = {of: measure(head=head, samples=samples) for of, samples in measured.items()}
        counts = Counter(CLASSES[index] for index in train.labels.tolist())
        report["heads"][name] = {
            "learnt": {label: counts[label] for label in CLASSES},
            "temperature": round(head.temperature, 3),
            "min_probability": head.min_probability,
            "measured": results,
        }
        print(name, f"temperature {head.temperature:.2f}, min_probability {head.min_probability}")
        for of, found in results.items():
            print(f"  {of}:", {key: value for key, value in found.items() if key != "classes"})
        if name == "with drawn":
            write(head=head, fashion_dna_sha256=sha256, samples=calibration)
    (MODELS / "figures").mkdir(exist_ok=True)
    (MODELS / "figures" / "categories.json").write_text(json.dumps(report, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
