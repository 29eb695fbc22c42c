"""FashionDNA: a product picture → its 128-wide description f(A), computed once for each article.

The paper's FashionDNA (Bracher, Heinz, Vollgraf 2016) is learnt from attributes and sales. Here it is learnt from attributes and
the words of the title (a head for each, dropped afterwards), and from the product's identity (InfoNCE: van den Oord et al.
2018), so that print, colour and cut count too: a product has to be found by another view of its picture, or by a
photographed person's garment in its cloth (`data/dressing/`), among others of its category.

    python -m training.train.fashion_dna --profile cpu

`(1, 3, 128, 96)` RGB, x / 127.5 − 1, letterboxed on white → `(1, 128)`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..networks.encoder import FRONT, WIDTH, Encoder
from ..networks.fashion_dna import article_encoder
from ..paths import WORK
from .article_batches import product_rows, two_views
from .article_losses import Heads, info_nce
from .frozen import embed_articles, front_of
from .loop import EpochRandom, Group, Trained, Training, fit, parameters_besides, parameters_in
from .runs import Run, device, seed_everything
from .settings import LoopSettings, arguments, load, overrides
from .starts import start_encoder_from_imagenet
from .stock import Stock, stocks


@dataclass(frozen=True)
class Settings(LoopSettings):
    """See `config/fashion_dna.toml`."""

    products_per_epoch: int
    lr: float
    encoder_lr: float
    temperature: float
    dressed_share: float
    drawn_share: float
    bank: int
    live_front: bool
    start: str


def dressed_figures(*, model: Encoder, stock: Stock) -> dict[str, float]:
    """How often a held-out product is found by a garment in its cloth, among the held-out ones of its category."""
    if not len(stock.dressed):
        return {}
    f = F.normalize(embed_articles(dna=model, pictures=stock.pictures), dim=1)
    q = F.normalize(embed_articles(dna=model, pictures=stock.dressed), dim=1)
    owner = torch.empty(len(q), dtype=torch.long)
    for product, rows in enumerate(stock.dressed_of):
        owner[torch.from_numpy(rows)] = product
    kinds = torch.from_numpy(stock.categories)
    scores = (q @ f.T).masked_fill(kinds[owner][:, None] != kinds[None], float("-inf"))
    ranks = (scores >= scores[torch.arange(len(q)), owner][:, None]).sum(1) - 1
    return {f"dressed_top{k}": float((ranks < k).float().mean()) for k in (1, 10, 50)}


class MemoryBank:
    """The last embedding of each product `(N, 128)`, once it has been seen (Wu et al. 2018, instance discrimination)."""

    def __init__(self, *, categories: np.ndarray, device: torch.device) -> None:
        self.categories, self.device = categories, device
        self.embeddings, self.is_known = torch.zeros(len(categories), WIDTH, device=device), np.zeros(len(categories), bool)

    def draw(self, *, rows: np.ndarray, count: int, rng: np.random.Generator) -> Tensor:
        """Up to `count` known products of the rows' categories, `(M,)`."""
        ready = np.flatnonzero(self.is_known & np.isin(self.categories, np.unique(self.categories[rows])))
        chosen = rng.choice(ready, min(count, len(ready)), replace=False) if len(ready) else ready
        return torch.from_numpy(chosen).to(self.device)

    def keep(self, *, rows: np.ndarray, embeddings: Tensor) -> None:
        """Stores the rows' present embeddings."""
        self.embeddings[torch.from_numpy(rows).to(self.device)] = embeddings
        self.is_known[rows] = True


class ArticleTraining(Training):
    """The article encoder, with heads that are dropped after the training."""

    def __init__(self, *, cfg: Settings, folder: Path, drawn: Path) -> None:
        self.cfg, self.device = cfg, device()
        stock, self.held, self.vocabulary, self.words = stocks(folder=folder, drawn=drawn, with_drawn=cfg.drawn_share > 0)
        self.stock = stock.to(self.device)
        self.model = start_of(cfg=cfg, folder=folder).to(self.device, memory_format=torch.channels_last)
        self.heads = Heads(vocabulary=self.vocabulary, words=self.words).to(self.device)
        self.front = front_of(model=self.model, live=cfg.live_front)
        self.bank = MemoryBank(categories=stock.categories, device=self.device)
        self.networks = [Trained(module=self.model, live="model", average="ema"), Trained(module=self.heads, live="heads")]
        besides = parameters_besides(model=self.model, part=self.model.encoder)
        self.groups = [
            Group(parameters=parameters_in(part=self.model.encoder), peak=cfg.encoder_lr),
            Group(parameters=[*besides, *self.heads.parameters()], peak=cfg.lr),
        ]
        self.frozen = [] if cfg.live_front else [self.model.encoder[:FRONT]]
        self.steps_per_epoch = cfg.products_per_epoch // cfg.batch
        self.seen: tuple[np.ndarray, Tensor] | None = None

    def batches(self, *, epoch: int, draw: EpochRandom) -> Iterator[np.ndarray]:
        """Rows of products."""
        given = {"drawn_share": self.cfg.drawn_share, "size": self.cfg.batch, "count": self.steps_per_epoch}
        return product_rows(stock=self.stock, rng=draw.rng, **given)

    def loss(self, *, batch: np.ndarray, draw: EpochRandom) -> Tensor:
        """Identity of two views, and attributes of both."""
        x = two_views(stock=self.stock, rows=batch, share=self.cfg.dressed_share, draw=draw)
        f = self.model.back(*self.front(x))[0][:, 0]
        a, b = f[: len(batch)], f[len(batch) :]
        known, ids = self.bank.draw(rows=batch, count=self.cfg.bank, rng=draw.rng), torch.from_numpy(batch).to(self.device)
        given = {"temperature": self.cfg.temperature, "bank": self.bank.embeddings[known], "bank_ids": known}
        loss = info_nce(a=a, b=b, ids=ids, **given)
        twice = torch.cat([ids, ids])
        self.seen = batch, a.detach()
        return loss + 0.5 * self.heads.loss(f=f, attributes=self.stock.attributes[twice], words=self.stock.words[twice])

    def after_step(self) -> None:
        """Stores the batch's embeddings in the bank."""
        if self.seen is not None:
            self.bank.keep(rows=self.seen[0], embeddings=self.seen[1])

    def validate(self, *, averages: dict[str, nn.Module], last: bool) -> dict[str, float]:
        """How often a held-out product is found by a dressed garment."""
        return dressed_figures(model=averages["ema"], stock=self.held)

    def extra_state(self) -> dict[str, Any]:
        """The meaning of the heads' outputs."""
        return {"vocabulary": self.vocabulary, "words": self.words}


def start_of(*, cfg: Settings, folder: Path) -> Encoder:
    """The training's initial network."""
    model = article_encoder()
    if cfg.start == "imagenet":
        start_encoder_from_imagenet(model=model, folder=folder)
    else:
        model.load_state_dict(torch.load(WORK / "runs" / cfg.start / "checkpoint.pt", weights_only=False)["ema"])
    return model


def train(*, cfg: Settings, folder: Path, run: Run, drawn: Path) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    training = ArticleTraining(cfg=cfg, folder=folder, drawn=drawn)
    sizes = {"products": training.stock, "held": training.held}
    print({name: [len(stock.categories), len(stock.dressed)] for name, stock in sizes.items()}, flush=True)
    fit(training=training, settings=cfg, run=run)


def main() -> None:
    """Command line."""
    args = arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = load(schema=Settings, name="fashion_dna", profile=args.profile, overrides=overrides(pairs=args.set))
    train(cfg=cfg, folder=args.data, run=Run(model="fashion_dna", name=args.run, config=cfg), drawn=args.drawn)


if __name__ == "__main__":
    main()
