"""FashionDNA: a product picture → its 128-wide description f(A), computed once for each article.

MobileNetV2, global average pooling, one linear layer. The paper's FashionDNA (Bracher, Heinz, Vollgraf 2016) is learnt from
attributes and sales; here it is learnt from attributes (a head for each, dropped afterwards), from the product's identity
under two augmentations (NT-Xent: Chen et al., SimCLR, 2020), so that print and cut count too.

    python -m training.fashion_dna --profile cpu

`(1, 3, 128, 96)` RGB, x / 127.5 − 1, letterboxed on white → `(1, 128)`.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

from . import config, data
from .classes import CATEGORIES
from .geometry import letterbox
from .runs import Ema, Run, ramp_cosine, seed_everything
from .street2fashion import imagenet_features

INPUT = (1, 3, 128, 96)
WIDTH = 128


class Encoder(nn.Module):
    """`(N, 3, H, W)` → `(N, 128)`; FashionDNA and Fashion2Shop's query encoder are both one of these.

    `pool` is (rows, columns): 1×1 forgets places; the query encoder keeps three rows (head, torso, legs).
    """

    def __init__(self, *, size: tuple[int, int], rows: int = 1) -> None:
        super().__init__()
        self.size, self.rows = size, rows
        self.encoder = mobilenet_v2(weights=None).features[:18]
        self.squeeze = nn.Sequential(nn.Conv2d(320, 256, 1, bias=False), nn.BatchNorm2d(256), nn.ReLU6())
        self.pool: nn.Module = nn.AdaptiveAvgPool2d(1)
        if rows > 1:
            # An average pool with a fixed kernel: height/32 rows of features fall into `rows` bands.
            self.pool = nn.AvgPool2d((size[0] // 32 // rows, size[1] // 32))
        self.project = nn.Linear(256 * rows, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4 or x.shape[1:] != (3, *self.size):
            raise ValueError(f"expected (N, 3, {self.size[0]}, {self.size[1]}), got {tuple(x.shape)}")
        return self.tail(x, first=0)

    def tail(self, x: Tensor, *, first: int) -> Tensor:
        """The network from encoder block `first` on: what comes out of the blocks before it → `(N, 128)`."""
        return self.project(self.pool(self.squeeze(self.encoder[first:](x))).flatten(1))


def start_from_imagenet(*, model: Encoder, folder: Path) -> None:
    """Loads the encoder's blocks."""
    weights = imagenet_features(path=folder / "mobilenet_v2_imagenet_bnrecal.safetensors")
    model.encoder.load_state_dict({k: v for k, v in weights.items() if int(k.split(".")[0]) < 18})


def fashion_dna() -> Encoder:
    """The article's network."""
    return Encoder(size=INPUT[2:])


def nt_xent(*, a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """Two views `(N, D)` of the same N products → the normalised-temperature cross-entropy, both ways."""
    if a.shape != b.shape:
        raise ValueError(f"expected two views of one shape, got {tuple(a.shape)} and {tuple(b.shape)}")
    views = nn.functional.normalize(torch.cat([a, b]), dim=1)
    similarity = views @ views.T / temperature
    similarity.fill_diagonal_(float("-inf"))
    count = len(a)
    other = torch.cat([torch.arange(count) + count, torch.arange(count)]).to(a.device)
    return nn.functional.cross_entropy(similarity, other)


@dataclass(frozen=True)
class Settings:
    """See `config/fashion_dna.toml`."""

    seed: int
    epochs: int
    products_per_epoch: int
    budget_minutes: float
    batch: int
    lr: float
    encoder_lr: float
    weight_decay: float
    ema: float
    frozen_blocks: int
    temperature: float
    contrast_weight: float
    atelier_share: float
    small_pack: int
    start: str


CACHED = (144, 108)
"""Pictures are kept at this height and width, a little more than the input, so that crops stay sharp."""

ATTRIBUTES = ("category", "articleType", "baseColour", "gender", "subCategory", "season", "usage", "pattern")

_CATEGORY_OF_TYPE = {
    "Tshirts": "t-shirts",
    "Shirts": "shirts",
    "Tops": "tops",
    "Tunics": "tops",
    "Camisoles": "tops",
    "Sweaters": "jumpers",
    "Sweatshirts": "jumpers",
    "Trousers": "trousers",
    "Jeans": "trousers",
    "Shorts": "trousers",
    "Track Pants": "trousers",
    "Leggings": "trousers",
    "Capris": "trousers",
    "Jeggings": "trousers",
    "Dresses": "dresses",
    "Jumpsuit": "dresses",
    "Skirts": "skirts",
    "Blazers": "blazers",
}
_GARMENTS = ("Topwear", "Bottomwear", "Dress", "Apparel Set", "Loungewear and Nightwear")


@dataclass(frozen=True)
class Article:
    """A product picture, letterboxed to `CACHED`, and what is known of it."""

    id: str
    picture: np.ndarray
    attributes: dict[str, str]


def boxed(*, picture: np.ndarray, size: tuple[int, int] = CACHED) -> np.ndarray:
    """Letterboxed on white to `size` (height, width), uint8."""
    out, _ = letterbox(picture=picture, into_width=size[1], into_height=size[0], pad=255.0)
    return (out + 0.5).astype(np.uint8)


def category_of(*, row: dict[str, str]) -> str:
    """The shop's category of a studio product, by its type, else by the words of its title; may be empty."""
    if found := _CATEGORY_OF_TYPE.get(row["articleType"]):
        return found
    if row["articleType"]:
        return ""
    title = row["title"].lower()
    words = (
        ("blazer", "blazers"),
        ("dress", "dresses"),
        ("sweat", "jumpers"),
        ("t-shirt", "t-shirts"),
        ("tshirt", "t-shirts"),
        (" polo", "t-shirts"),
        (" tee", "t-shirts"),
        ("shirt", "shirts"),
        ("skirt", "skirts"),
        ("jeans", "trousers"),
        ("trouser", "trousers"),
        ("shorts", "trousers"),
        (" top", "tops"),
    )
    return next((category for word, category in words if word in title), "")


def studio_articles(*, folder: Path, pack: str, limit: int | None = None) -> list[Article]:
    """The garments of a studio pack, validation products included."""
    found = []
    for product in data.studio(data=folder, pack=pack, limit=limit):
        if product.row["subCategory"] in _GARMENTS:
            attributes = product.row | {"category": category_of(row=product.row)}
            attributes = {key: attributes.get(key, "") for key in ATTRIBUTES}
            found.append(Article(id=product.id, picture=boxed(picture=product.picture), attributes=attributes))
    return found


def vocabulary(*, articles: list[Article], fewest: int = 20) -> dict[str, list[str]]:
    """For each attribute the values that at least `fewest` articles have."""
    words = {}
    for name in ATTRIBUTES:
        counts = Counter(article.attributes.get(name, "") for article in articles)
        words[name] = sorted(value for value, count in counts.items() if value and count >= fewest)
    return {name: values for name, values in words.items() if len(values) > 1}


def encode_attributes(*, articles: list[Article], words: dict[str, list[str]]) -> Tensor:
    """`(articles, attributes)` of indices, −1 where a value is unknown or rare."""
    index = {name: {value: i for i, value in enumerate(values)} for name, values in words.items()}
    rows = [[index[name].get(article.attributes.get(name, ""), -1) for name in words] for article in articles]
    return torch.tensor(rows)


def views(*, pictures: Tensor, generator: torch.Generator, size: tuple[int, int], strength: float = 1.0) -> Tensor:
    """`(N, 3, h, w)` uint8 on white → an augmented `(N, 3, *size)` float batch in −1..1, warped, flipped, relit a little.

    Colour and print are what articles differ in, so light and tint move little.
    """
    count = len(pictures)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator) * (high - low) + low

    angle = uniform(-0.2, 0.2) * strength
    scale = torch.exp(uniform(-0.35, 0.15) * strength)
    stretch = torch.exp(uniform(-0.15, 0.15) * strength)
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack(
        [
            torch.stack([cos * stretch * flip, -sin, uniform(-0.15, 0.15) * strength], 1),
            torch.stack([sin * flip, cos / stretch, uniform(-0.15, 0.15) * strength], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [count, 3, *size], align_corners=False)
    # Inverted, so that what lies outside (zeros) is white.
    x = 1 - F.grid_sample(1 - pictures.float() / 255, grid, padding_mode="zeros", align_corners=False)
    gain = torch.exp(uniform(-0.2, 0.15, 1, 1, 1) * strength + uniform(-0.04, 0.04, 3, 1, 1) * strength)
    x = x.clamp(1e-3, 1) ** torch.exp(uniform(-0.2, 0.2, 1, 1, 1) * strength)
    lit = (x * gain).clamp(0, 1)
    # White paper stays white in most pictures.
    x = torch.where((x.amin(1, keepdim=True) > 0.97) & (uniform(0, 1, 1, 1, 1) < 0.8), x, lit)
    if float(torch.rand((), generator=generator)) < 0.3:
        small = [int(side * (0.5 + 0.4 * float(torch.rand((), generator=generator)))) for side in size]
        x = F.interpolate(F.interpolate(x, small, mode="area"), size, mode="bilinear", align_corners=False)
    return x * 2 - 1


def plain(*, pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, 3, *size)` in −1..1, no augmentation."""
    x = F.interpolate(pictures.float(), size, mode="bilinear", antialias=True, align_corners=False)
    return x / 127.5 - 1


@torch.inference_mode()
def embed(*, model: nn.Module, pictures: Tensor, size: tuple[int, int], batch: int = 64) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, 128)`."""
    model.eval()
    parts = [model(plain(pictures=part, size=size).contiguous(memory_format=torch.channels_last)) for part in pictures.split(batch)]
    return torch.cat(parts)


def stacked(*, articles: list[Article]) -> Tensor:
    """Articles' pictures as one `(N, 3, h, w)` uint8 tensor."""
    return torch.from_numpy(np.stack([article.picture for article in articles])).permute(0, 3, 1, 2).contiguous()


def validate(*, model: nn.Module, articles: list[Article], words: dict[str, list[str]], heads: nn.ModuleDict) -> dict:
    """Each attribute's accuracy, and how often a product's nearest neighbour is itself in another view."""
    if not articles:
        return {}
    pictures, truth = stacked(articles=articles), encode_attributes(articles=articles, words=words)
    found = embed(model=model, pictures=pictures, size=INPUT[2:])
    result = {}
    for column, name in enumerate(words):
        known = truth[:, column] >= 0
        if known.any():
            guess = heads[name](found[known]).argmax(1)
            result[f"accuracy_{name}"] = float((guess == truth[known, column]).float().mean())
    with torch.inference_mode():
        view = views(pictures=pictures, generator=torch.Generator().manual_seed(5), size=INPUT[2:])
        other = torch.cat([model(part) for part in view.split(64)])
    similarity = F.normalize(other, dim=1) @ F.normalize(found, dim=1).T
    result["same_product_top1"] = float((similarity.argmax(1) == torch.arange(len(articles))).float().mean())
    return result


def train(*, cfg: Settings, folder: Path, run: Run, atelier: Path) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    held_ids = data.split_ids(name="studio-validation")
    large = studio_articles(folder=folder, pack="168x224")
    pools = [[a for a in large if a.id not in held_ids]]
    held = [a for a in large if a.id in held_ids]
    if cfg.small_pack:
        pools[0] += studio_articles(folder=folder, pack="60x80", limit=cfg.small_pack)
    held_looks: list[Article] = []
    if cfg.atelier_share > 0:
        from .atelier import articles as atelier_articles

        drawn = atelier_articles(folder=atelier / "train")
        # Every 20th drawn product is held out.
        pools.append([a for i, a in enumerate(drawn) if i % 20])
        held_looks = drawn[::20]
    words = vocabulary(articles=[a for pool in pools for a in pool])
    pictures = [stacked(articles=pool) for pool in pools]
    truths = [encode_attributes(articles=pool, words=words) for pool in pools]
    groups_of = [[np.array([i for i, a in enumerate(pool) if a.attributes["category"] == c]) for c in CATEGORIES] for pool in pools]
    print({"train": [len(pool) for pool in pools], "held": [len(held), len(held_looks)]}, flush=True)
    model = fashion_dna()
    if cfg.start == "imagenet":
        start_from_imagenet(model=model, folder=folder)
    else:
        model.load_state_dict(torch.load(config.HERE / "runs" / cfg.start / "checkpoint.pt", weights_only=False)["ema"])
    model = model.to(memory_format=torch.channels_last)
    ema = Ema(model, decay=cfg.ema)
    heads = nn.ModuleDict({name: nn.Linear(WIDTH, len(values)) for name, values in words.items()})
    frozen = [*model.encoder[: cfg.frozen_blocks]]
    for block in frozen:
        block.requires_grad_(False)
    encoder = [p for p in model.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in model.encoder.parameters()}
    rest = [p for p in model.parameters() if id(p) not in known] + [*heads.parameters()]
    groups = [{"params": encoder, "peak": cfg.encoder_lr}, {"params": rest, "peak": cfg.lr}]
    optimiser = torch.optim.AdamW(groups, lr=cfg.lr, weight_decay=cfg.weight_decay)
    first = 0
    if (state := run.load()) is not None:
        model.load_state_dict(state["model"])
        heads.load_state_dict(state["heads"])
        ema.state, ema.steps = state["ema"], state["ema_steps"]
        optimiser.load_state_dict(state["optimiser"])
        first = state["epoch"] + 1
    steps = cfg.products_per_epoch // cfg.batch
    for epoch in range(first, cfg.epochs):
        rng = np.random.default_rng((cfg.seed, epoch))
        generator = torch.Generator().manual_seed(cfg.seed * 1000 + epoch)
        model.train()
        for block in frozen:
            block.eval()
        total, progress = 0.0, 0.0
        for step in range(steps):
            progress = max((epoch * steps + step) / (cfg.epochs * steps), run.elapsed_s() / 60 / cfg.budget_minutes)
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * ramp_cosine(progress=progress)
            which = int(len(pools) > 1 and rng.random() < cfg.atelier_share)
            # Half of the batches hold one category only: there cut, colour and print have to tell products apart.
            group = groups_of[which][rng.integers(len(CATEGORIES))]
            if rng.random() < 0.5 and len(group) >= cfg.batch:
                chosen = torch.from_numpy(rng.choice(group, cfg.batch, replace=False))
            else:
                chosen = torch.from_numpy(rng.choice(len(pools[which]), cfg.batch, replace=False))
            batch, truth = pictures[which][chosen], truths[which][chosen]
            x = torch.cat([views(pictures=batch, generator=generator, size=INPUT[2:]) for _ in range(2)])
            f = model(x.contiguous(memory_format=torch.channels_last))
            loss = cfg.contrast_weight * nt_xent(a=f[: cfg.batch], b=f[cfg.batch :], temperature=cfg.temperature)
            for column, name in enumerate(words):
                target = truth[:, column].repeat(2)
                if (target >= 0).any():
                    weight = 1.0 if name in ("category", "articleType", "baseColour", "pattern") else 0.3
                    loss = loss + weight * F.cross_entropy(heads[name](f), target, ignore_index=-1) * 0.5
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(encoder + rest, 5.0)
            optimiser.step()
            ema.update(model)
            total += loss.item()
            if step % 10 == 9:
                print(
                    f"{run.elapsed_s():.0f} s, epoch {epoch}, step {step + 1}, loss {total / (step + 1):.3f}",
                    flush=True,
                )
        average = fashion_dna().to(memory_format=torch.channels_last)
        average.load_state_dict(ema.state)
        average.eval()
        last = progress >= 1 or epoch + 1 == cfg.epochs
        metrics: dict[str, float] = {"epoch": epoch, "loss": total / steps, "progress": round(progress, 3)}
        if last or epoch % 3 == 2:
            metrics |= validate(model=average, articles=held, words=words, heads=heads)
            drawn_figures = validate(model=average, articles=held_looks, words=words, heads=heads)
            metrics |= {f"atelier_{key}": value for key, value in drawn_figures.items()}
        state = {"model": model.state_dict(), "ema": ema.state, "ema_steps": ema.steps, "heads": heads.state_dict()}
        run.save(state=state | {"optimiser": optimiser.state_dict(), "epoch": epoch, "words": words}, metrics=metrics)
        if last:
            break


def main() -> None:
    """Command line."""
    args = config.arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = config.load(schema=Settings, name="fashion_dna", profile=args.profile, overrides=config.overrides(pairs=args.set))
    train(cfg=cfg, folder=args.data, run=Run(model="fashion_dna", name=args.run, config=cfg), atelier=args.atelier)


if __name__ == "__main__":
    main()
