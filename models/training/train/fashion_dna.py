"""FashionDNA: a product picture → its 128-wide description f(A), computed once for each article.

The paper's FashionDNA (Bracher, Heinz, Vollgraf 2016) is learnt from attributes and sales. Here it is learnt from attributes and
the words of the title (a head for each, dropped afterwards), and from the product's identity (InfoNCE: van den Oord et al.
2018), so that print, colour and cut count too: a product has to be found by another view of its picture, or by a
photographed person's garment in its cloth (`data/dressing.py`), among others of its category.

    python -m training.train.fashion_dna --profile cpu

`(1, 3, 128, 96)` RGB, x / 127.5 − 1, letterboxed on white → `(1, 128)`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..classes import CATEGORIES
from ..data.views import views
from ..networks import fashion_dna
from ..networks.encoder import FRONT, WIDTH, Encoder
from ..networks.fashion_dna import article_encoder
from ..paths import HERE
from .frozen import embed_articles, front_of
from .runs import Ema, Run, device, ramp_cosine, seed_everything
from .settings import arguments, load, overrides
from .starts import start_encoder_from_imagenet
from .stock import Stock, stocks


def info_nce(*, a: Tensor, b: Tensor, ids: Tensor, temperature: float, bank: Tensor, bank_ids: Tensor) -> Tensor:
    """Two views `(N, D)` of N products → InfoNCE (van den Oord et al. 2018) both ways, over the batch and a memory bank.

    `bank` `(M, D)` are earlier embeddings of the products `bank_ids` (Wu et al. 2018, instance discrimination); a product is
    never its own negative.
    """
    if a.shape != b.shape:
        raise ValueError(f"expected two views of one shape, got {tuple(a.shape)} and {tuple(b.shape)}")
    a, b, bank = (F.normalize(x, dim=1) for x in (a, b, bank))
    own = ids[:, None] == torch.cat([ids, bank_ids])[None]
    own[:, : len(ids)].fill_diagonal_(False)
    target = torch.arange(len(a), device=a.device)
    one_way = (
        F.cross_entropy((x @ torch.cat([y, bank]).T / temperature).masked_fill(own, float("-inf")), target)
        for x, y in ((a, b), (b, a))
    )
    return sum(one_way) / 2


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
    temperature: float
    dressed_share: float
    atelier_share: float
    bank: int
    live_front: bool
    start: str


class Heads(nn.Module):
    """What is asked of f(A) in training and dropped afterwards: a linear layer for each attribute, and one for the words."""

    def __init__(self, *, vocabulary: dict[str, list[str]], words: list[str]) -> None:
        super().__init__()
        self.attributes = nn.ModuleDict({name: nn.Linear(WIDTH, len(values)) for name, values in vocabulary.items()})
        self.words = nn.Linear(WIDTH, len(words))

    def loss(self, *, f: Tensor, attributes: Tensor, words: Tensor) -> Tensor:
        """Cross-entropies of `(N, attributes)` indices (−1: unknown) and of `(N, words)` (−1: no title)."""
        total = f.new_zeros(())
        for column, (name, head) in enumerate(self.attributes.items()):
            known = (attributes[:, column] >= 0).sum().clamp_min(1)
            lost = F.cross_entropy(head(f), attributes[:, column], ignore_index=-1, reduction="sum")
            total = total + WEIGHTS.get(name, 0.3) * lost / known
        # A word is rare: its presence counts as much as ten absences.
        weight = torch.full((words.shape[1],), 10.0, device=f.device)
        known = words[:, :1] >= 0
        lost = F.binary_cross_entropy_with_logits(self.words(f), words.clamp_min(0), pos_weight=weight, reduction="none")
        return total + 0.5 * (lost * known).sum() / (known.sum() * words.shape[1]).clamp_min(1)


WEIGHTS = {"category": 1.0, "articleType": 1.0, "baseColour": 1.0, "pattern": 1.0, "gender": 0.5}
"""How much each attribute counts, 0.3 unless named."""


def two_views(*, stock: Stock, rows: np.ndarray, share: float, generator: torch.Generator, rng: np.random.Generator) -> Tensor:
    """`(2N, 3, 128, 96)`: each product's picture and, behind these, with probability `share` a person's garment in its cloth,
    else the picture seen otherwise."""

    def seen(pictures: Tensor) -> Tensor:
        return views(pictures=pictures, generator=generator, size=fashion_dna.INPUT[2:])

    counts = np.array([len(stock.dressed_of[row]) for row in rows])
    at = np.flatnonzero((counts > 0) & (rng.random(len(rows)) < share))
    chosen = rng.integers(np.maximum(counts, 1))
    worn = np.array([stock.dressed_of[rows[i]][chosen[i]] for i in at], int)
    x = seen(stock.pictures[torch.from_numpy(np.concatenate([rows, rows]))])
    if len(at):
        x[torch.from_numpy(at + len(rows))] = seen(stock.dressed[torch.from_numpy(worn)])
    return x


def again(*, model: Encoder, stock: Stock) -> dict[str, float]:
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


def batches(*, stock: Stock, cfg: Settings, rng: np.random.Generator, count: int) -> Iterator[np.ndarray]:
    """Rows of `count` batches. Three of four hold one category only: there cut, colour and print tell products apart."""
    rows = np.arange(len(stock.categories))
    pools = [rows[stock.drawn], rows[~stock.drawn]]
    for _ in range(count):
        pool = pools[0] if len(pools[0]) and rng.random() < cfg.atelier_share else pools[1]
        if rng.random() < 0.75:
            # A category by the square root of its size.
            sizes = np.bincount(stock.categories[pool] + 1, minlength=len(CATEGORIES) + 1)[1:] ** 0.5
            kind = rng.choice(len(CATEGORIES), p=sizes / sizes.sum())
            pool = pool[stock.categories[pool] == kind]
        yield rng.choice(pool, cfg.batch, replace=len(pool) < cfg.batch)


def train(*, cfg: Settings, folder: Path, run: Run, atelier: Path) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    where = device()
    stock, held, vocabulary, words = stocks(folder=folder, atelier=atelier, with_drawn=cfg.atelier_share > 0)
    stock = stock.on(where)
    counts = [len(stock.categories), len(stock.dressed), len(held.categories), len(held.dressed)]
    print(dict(zip(("products", "dressed", "held", "held dressed"), counts, strict=True)), flush=True)
    model = article_encoder()
    if cfg.start == "imagenet":
        start_encoder_from_imagenet(model=model, folder=folder)
    else:
        model.load_state_dict(torch.load(HERE / "runs" / cfg.start / "checkpoint.pt", weights_only=False)["ema"])
    model = model.to(where, memory_format=torch.channels_last)
    heads, ema = Heads(vocabulary=vocabulary, words=words).to(where), Ema(model, decay=cfg.ema)
    front = front_of(model=model, live=cfg.live_front)
    encoder = [p for p in model.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in model.encoder.parameters()}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in known] + [*heads.parameters()]
    groups = [{"params": encoder, "peak": cfg.encoder_lr}, {"params": rest, "peak": cfg.lr}]
    optimiser = torch.optim.AdamW(groups, lr=cfg.lr, weight_decay=cfg.weight_decay, fused=where.type == "cuda")
    first = 0
    if (state := run.load()) is not None:
        model.load_state_dict(state["model"])
        heads.load_state_dict(state["heads"])
        ema.load(state=state["ema"], steps=state["ema_steps"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["epoch"] + 1
    bank, is_known = torch.zeros(len(stock.categories), WIDTH, device=where), np.zeros(len(stock.categories), bool)
    begun, steps = run.elapsed_s() - run.before_s, cfg.products_per_epoch // cfg.batch
    for epoch in range(first, cfg.epochs):
        rng = np.random.default_rng((cfg.seed, epoch))
        generator = torch.Generator(where).manual_seed(cfg.seed * 1000 + epoch)
        model.train()
        if not cfg.live_front:
            model.encoder[:FRONT].eval()
        total, progress = torch.zeros((), device=where), 0.0
        for step, rows in enumerate(batches(stock=stock, cfg=cfg, rng=rng, count=steps)):
            progress = max((epoch * steps + step) / (cfg.epochs * steps), (run.elapsed_s() - begun) / 60 / cfg.budget_minutes)
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * ramp_cosine(progress=progress)
            x = two_views(stock=stock, rows=rows, share=cfg.dressed_share, generator=generator, rng=rng)
            f = model.back(*front(x))[0][:, 0]
            a, b = f[: len(rows)], f[len(rows) :]
            ready = np.flatnonzero(is_known & np.isin(stock.categories, np.unique(stock.categories[rows])))
            chosen = rng.choice(ready, min(cfg.bank, len(ready)), replace=False) if len(ready) else ready
            ids, chosen = torch.from_numpy(rows).to(where), torch.from_numpy(chosen).to(where)
            loss = info_nce(a=a, b=b, ids=ids, temperature=cfg.temperature, bank=bank[chosen], bank_ids=chosen)
            twice = torch.cat([ids, ids])
            loss = loss + 0.5 * heads.loss(f=f, attributes=stock.attributes[twice], words=stock.words[twice])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(encoder + rest, 5.0)
            optimiser.step()
            ema.update(model)
            bank[ids], is_known[rows] = a.detach(), True
            total += loss.detach()
        average = article_encoder().to(where, memory_format=torch.channels_last)
        average.load_state_dict(ema.state)
        last = progress >= 1 or epoch + 1 == cfg.epochs
        metrics: dict[str, float] = {"epoch": epoch, "loss": float(total) / steps, "progress": round(progress, 3)}
        if last or epoch % 3 == 2:
            metrics |= again(model=average, stock=held)
        state = {"model": model.state_dict(), "ema": ema.state, "ema_steps": ema.steps, "heads": heads.state_dict()}
        state |= {"optimiser": optimiser.state_dict(), "epoch": epoch, "vocabulary": vocabulary, "words": words}
        run.save(state=state, metrics=metrics)
        if last:
            break


def main() -> None:
    """Command line."""
    args = arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = load(schema=Settings, name="fashion_dna", profile=args.profile, overrides=overrides(pairs=args.set))
    train(cfg=cfg, folder=args.data, run=Run(model="fashion_dna", name=args.run, config=cfg), atelier=args.atelier)


if __name__ == "__main__":
    main()
