"""Attributes predicted from f(A) by a linear probe and by ten nearest neighbours, compared with other embeddings.

    python -m training.measure.probe

Each embedding's probes are fitted on the studio products that FashionDNA learns from and measured on held-out ones
(`splits/products-test.txt`): f(A) through the shipped file, ImageNet's MobileNetV2 (mean of the last features), and a colour
histogram of what is not white. Writes `figures/fashion-dna.json`.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.articles import Article, encode_attributes, stacked, vocabulary
from ..data.geometry import CROP_THRESHOLD
from ..data.packs import split_ids
from ..data.studio import studio_articles
from ..data.views import plain
from ..export.imagenet import ImageNet
from ..networks import fashion_dna
from ..paths import DATA, MODELS
from ..train.onnx_files import session

NEIGHBOURS = 10
BINS = 8
PROBED = ("category", "articleType", "baseColour", "gender", "season", "usage")


def histograms(*, pictures: Tensor) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, 512)`: the square roots of the shares of 8 × 8 × 8 colours among the pixels not white."""
    bins = pictures.long() * BINS // 256
    index = (bins[:, 0] * BINS + bins[:, 1]) * BINS + bins[:, 2]
    weight = (pictures.amin(1) < CROP_THRESHOLD).float()
    counts = torch.zeros(len(pictures), BINS**3).scatter_add_(1, index.flatten(1), weight.flatten(1))
    return (counts / counts.sum(1, keepdim=True).clamp_min(1)).sqrt()


@torch.inference_mode()
def imagenet(*, pictures: Tensor, folder: Path) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, 1280)`."""
    model = ImageNet(folder=folder).eval().to(memory_format=torch.channels_last)
    return torch.cat([model(plain(pictures=part, size=fashion_dna.INPUT[2:])) for part in pictures.split(64)])


def shipped(*, pictures: Tensor) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, 128)` through `fashion-dna.onnx`."""
    infer = session(path=MODELS / "fashion-dna.onnx")
    return torch.cat([infer(plain(pictures=p, size=fashion_dna.INPUT[2:])) for p in pictures.split(1)])


def linear_probe(*, train: Tensor, truth: Tensor, test: Tensor, classes: int) -> Tensor:
    """Multinomial logistic regression, fitted by L-BFGS with a little weight decay → the test rows' classes."""
    head = nn.Linear(train.shape[1], classes)
    nn.init.zeros_(head.weight)
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=100, history_size=20, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(head(train), truth) + 1e-4 * head.weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.inference_mode():
        return head(test).argmax(1)


def neighbours(*, train: Tensor, truth: Tensor, test: Tensor, classes: int) -> Tensor:
    """The class that most of the ten nearest by cosine have."""
    near = (F.normalize(test, dim=1) @ F.normalize(train, dim=1).T).topk(NEIGHBOURS, dim=1).indices
    return F.one_hot(truth[near], classes).sum(1).argmax(1)


def measure(*, describe: Callable[[Tensor], Tensor], train: list[Article], test: list[Article]) -> dict[str, dict[str, float]]:
    """Accuracies of each attribute on the test products whose value is known and not rare."""
    words = vocabulary(articles=train)
    x, y = describe(stacked(articles=train)), describe(stacked(articles=test))
    middle, spread = x.mean(0), x.std(0).clamp_min(1e-4)
    result = {}
    for column, name in enumerate(words):
        if name not in PROBED:
            continue
        a, b = encode_attributes(articles=train, words=words)[:, column], encode_attributes(articles=test, words=words)[:, column]
        fit, seen, classes = a >= 0, b >= 0, len(words[name])
        given = {"truth": a[fit], "classes": classes}
        linear = linear_probe(train=((x - middle) / spread)[fit], test=((y - middle) / spread)[seen], **given)
        near = neighbours(train=x[fit], test=y[seen], **given)
        most = torch.bincount(a[fit]).argmax()
        result[name] = {
            "linear": float((linear == b[seen]).float().mean()),
            "nearest": float((near == b[seen]).float().mean()),
            "most_frequent": float((b[seen] == most).float().mean()),
            "products": int(seen.sum()),
        }
    return result


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    args = parser.parse_args()
    torch.manual_seed(1)
    held = split_ids(name="products-test")
    every = studio_articles(folder=args.data)
    train = [article for article in every if f"s{article.id}" not in held]
    test = [article for article in every if f"s{article.id}" in held]
    described = {
        "f(A)": lambda x: shipped(pictures=x),
        "ImageNet": lambda x: imagenet(pictures=x, folder=args.data),
        "colour histogram": lambda x: histograms(pictures=x),
    }
    report = {name: measure(describe=describe, train=train, test=test) for name, describe in described.items()}
    print("| " + " | ".join(["", *PROBED]) + " |\n|" + "---|" * (len(PROBED) + 1))
    for name, found in report.items():
        for kind in ("linear", "nearest"):
            print("| " + " | ".join([f"{name}, {kind}", *(f"{found[a][kind]:.3f}" for a in PROBED)]) + " |")
    print("| " + " | ".join(["most frequent", *(f"{report['f(A)'][a]['most_frequent']:.3f}" for a in PROBED)]) + " |")
    (MODELS / "figures").mkdir(exist_ok=True)
    about = {"train": len(train), "test": len(test), "report": report}
    (MODELS / "figures" / "fashion-dna.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
