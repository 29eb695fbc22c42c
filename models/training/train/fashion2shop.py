"""Fashion2Shop: a cut-out → f(I) for each of the eight categories, and the learnt match of f(I) with an article's f(A).

Lasserre, Bracher, Vollgraf, *Street2Fashion2Shop*, 2018: the query's encoder is trained with a matching network on top, the
articles' FashionDNA stays as it is; the loss is the cross-entropy of the worn article against sampled others. The matching
network's first layer is linear in [f(I), f(A)], so its article half is computed once for each article:

    score(q, a) = w2 · relu(U f_c(I) + V f(A) + b),   c the article's category

    python -m training.train.fashion2shop --profile cpu

`(1, 3, 192, 128)` RGB, x / 127.5 − 1, cropped to what is not white and letterboxed on white → `(1, 8, 128)`. The picture is a
whole person or one garment; the eight attention maps learn from label maps where the garments of a person are.
"""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.products import test_articles, training_products
from ..data.views import plain, views
from ..networks import fashion2shop
from ..networks.encoder import FRONT, Encoder, start_from
from ..networks.fashion2shop import GRID, query_encoder
from ..networks.match import Dot, Match
from ..paths import HERE
from .frozen import front_of, inference
from .queries import Queries, attention_loss, negatives_of, ranks_within_category, top_k
from .runs import Ema, Run, device, on_cpu, ramp_cosine, seed_everything
from .settings import arguments, load, overrides
from .sources import ccp_queries, drawn_queries, dressed_queries, load_dna
from .stock import boxed_articles


@dataclass(frozen=True)
class Settings:
    """See `config/fashion2shop.toml`."""

    seed: int
    epochs: int
    queries_per_epoch: int
    budget_minutes: float
    batch: int
    lr: float
    encoder_lr: float
    match_lr: float
    weight_decay: float
    ema: float
    negatives: int
    same_category_share: float
    shares: dict
    persons: int
    live_front: bool
    attention_weight: float
    match: str
    loss: str
    fashion_dna: str
    start: str
    validate_every: int


MATCHES = {"relu": Match, "dot": Dot}


MARGIN = 1.0
"""Of the ranking loss, in units of the score."""


def loss_of(*, scores: Tensor, kind: str) -> Tensor:
    """`(N, 1 + negatives)`, the worn article first: cross-entropy (the paper's), or the mean of a hinge on each negative."""
    if kind == "softmax":
        return F.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long, device=scores.device))
    if kind == "ranking":
        return F.relu(MARGIN + scores[:, 1:] - scores[:, :1]).mean()
    raise ValueError(f"loss {kind!r}: expected softmax or ranking")


def embeddings(*, model: Encoder, pictures: Tensor, batch: int = 64) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, 8, 128)`."""
    infer = inference(model=model, size=fashion2shop.INPUT[2:])
    return torch.cat([infer(plain(pictures=part, size=fashion2shop.INPUT[2:])) for part in pictures.split(batch)])


@torch.inference_mode()
def retrieval_figures(*, model: Encoder, match: nn.Module, queries: Queries) -> dict[str, float]:
    """Ranks of the worn articles within their category."""
    match = copy.deepcopy(match).cpu()
    f, half = embeddings(model=model, pictures=queries.pictures), match.article(queries.bank[:, 0])
    ranks = []
    for row, worn in enumerate(queries.worn):
        for article in worn:
            same = queries.categories == queries.categories[article]
            query = match.query(f[row, queries.categories[article]])
            scores = torch.full((len(half),), float("-inf"))
            scores[same] = match.score(query=query, article=half[same])
            ranks.append(ranks_within_category(scores=scores, article=article, categories=queries.categories))
    return {f"{queries.name}_{key}": value for key, value in top_k(ranks=torch.tensor(ranks)).items()}


@dataclass
class Part:
    """A batch's queries of one source: rows of `source`, where they begin in the batch, and which are mirrored."""

    source: Queries
    rows: Tensor
    first: int
    mirrored: Tensor

    def pairs(self) -> tuple[Tensor, Tensor, Tensor]:
        """Each query with each article that it shows: the row in the batch `(P,)`, the article `(P,)`, and all that the query
        shows, `(P, W)`, filled up by −1."""
        worn = self.source.worn_table[self.rows]
        row, column = torch.nonzero(worn >= 0, as_tuple=True)
        return row + self.first, worn[row, column], worn[row]


class Batches:
    """Draws queries of all sources and views of them, where the sources' tensors are."""

    def __init__(self, *, sources: list[Queries], cfg: Settings) -> None:
        self.sources, self.cfg = sources, cfg
        shares = np.array([cfg.shares[source.name] for source in sources], float)
        self.shares = shares / shares.sum()

    def draw(self, *, rng: np.random.Generator, generator: torch.Generator) -> tuple[Tensor, list[Part]]:
        """`(N, 3, 192, 128)`, and which queries they are, the sources one after another.

        A picture whose label map is used is moved little, and mirrored only together with its map. A batch mixes the
        sources, so that BatchNorm sees them together.
        """
        of = rng.choice(len(self.sources), self.cfg.batch, p=self.shares)
        pictures, parts, first = [], [], 0
        for index in np.unique(of):
            source = self.sources[index]
            where = source.pictures.device
            rows = torch.from_numpy(rng.integers(len(source.worn), size=int((of == index).sum()))).to(where)
            turned = torch.from_numpy(rng.random(len(rows)) < 0.5).to(where)
            strength = 0.25 if source.labels is not None else 0.6
            given = {"generator": generator, "size": fashion2shop.INPUT[2:], "strength": strength, "mirror": False}
            pictures.append(flipped(x=views(pictures=source.pictures[rows], **given), rows=turned))
            parts.append(Part(source=source, rows=rows, first=first, mirrored=turned))
            first += len(rows)
        return torch.cat(pictures), parts


def scores_of(*, f: Tensor, parts: list[Part], match: nn.Module, cfg: Settings, generator: torch.Generator) -> Tensor:
    """f(I) `(N, 8, 128)` of a batch → `(pairs, 1 + negatives)` scores, the worn article first."""
    queries, candidates = [], []
    for part in parts:
        owner, articles, worn = part.pairs()
        given = {"queries": part.source, "articles": articles, "worn": worn, "count": cfg.negatives}
        others = negatives_of(**given, share=cfg.same_category_share, generator=generator)
        rows = torch.cat([articles[:, None], others], dim=1)
        copies = torch.randint(part.source.bank.shape[1], rows.shape, generator=generator, device=rows.device)
        queries.append(f[owner, part.source.categories[articles]])
        candidates.append(part.source.bank[rows, copies])
    return match.score(query=match.query(torch.cat(queries))[:, None], article=match.article(torch.cat(candidates)))


def attention_of(*, look: Tensor, parts: list[Part]) -> Tensor | None:
    """The attention's loss on a batch's label maps; `None` if its sources have none."""
    known = [part for part in parts if part.source.labels is not None]
    if not known:
        return None
    labels = torch.cat([flipped(x=part.source.labels[part.rows], rows=part.mirrored) for part in known])
    shown = torch.cat([look[part.first : part.first + len(part.rows)] for part in known])
    return attention_loss(look=shown, labels=labels, grid=GRID)


def flipped(*, x: Tensor, rows: Tensor) -> Tensor:
    """`(N, …, w)` with the rows that `rows` `(N,)` names mirrored along the last axis."""
    return torch.where(rows.view(-1, *[1] * (x.ndim - 1)), x.flip(-1), x)


def start_of(*, cfg: Settings, sources: list[Queries]) -> tuple[Encoder, nn.Module]:
    """The query encoder and match that a training begins with."""
    model, match = query_encoder(), MATCHES[cfg.match]()
    if cfg.start:
        start = torch.load(HERE / "runs" / cfg.start / "checkpoint.pt", weights_only=False)
        model.load_state_dict(start["ema"])
        match.load_state_dict(start["match"])
    else:
        start_from(model=model, other=on_cpu(load_dna(run=cfg.fashion_dna).state_dict()))
    return model.to(device(), memory_format=torch.channels_last), match.to(device())


def train(*, cfg: Settings, sources: list[Queries], held: list[Queries], run: Run) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    where = device()
    model, match = start_of(cfg=cfg, sources=sources)
    sources = [source.on(where) for source in sources]
    front = front_of(model=model, live=cfg.live_front)
    ema, match_ema = Ema(model, decay=cfg.ema), Ema(match, decay=cfg.ema)
    encoder = [p for p in model.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in model.encoder.parameters()}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    groups = [
        {"params": encoder, "peak": cfg.encoder_lr},
        {"params": rest, "peak": cfg.lr},
        {"params": [*match.parameters()], "peak": cfg.match_lr, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=cfg.lr, weight_decay=cfg.weight_decay, fused=where.type == "cuda")
    first = 0
    if (state := run.load()) is not None:
        model.load_state_dict(state["model"])
        match.load_state_dict(state["match_live"])
        ema.load(state=state["ema"], steps=state["ema_steps"])
        match_ema.load(state=state["match"], steps=state["ema_steps"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["epoch"] + 1
    batches = Batches(sources=sources, cfg=cfg)
    print({source.name: [len(source.worn), len(source.bank)] for source in sources}, f"{run.elapsed_s():.0f} s", flush=True)
    begun, steps = run.elapsed_s() - run.before_s, cfg.queries_per_epoch // cfg.batch
    for epoch in range(first, cfg.epochs):
        rng = np.random.default_rng((cfg.seed, epoch))
        generator = torch.Generator(where).manual_seed(cfg.seed * 1000 + epoch)
        model.train()
        if not cfg.live_front:
            model.encoder[:FRONT].eval()
        total, hits, count, progress = torch.zeros((), device=where), torch.zeros((), device=where), 0, 0.0
        for step in range(steps):
            progress = max((epoch * steps + step) / (cfg.epochs * steps), (run.elapsed_s() - begun) / 60 / cfg.budget_minutes)
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * ramp_cosine(progress=progress)
            x, parts = batches.draw(rng=rng, generator=generator)
            f, look = model.back(*front(x))
            scores = scores_of(f=f, parts=parts, match=match, cfg=cfg, generator=generator)
            loss = loss_of(scores=scores, kind=cfg.loss)
            if cfg.attention_weight and (attention := attention_of(look=look, parts=parts)) is not None:
                loss = loss + cfg.attention_weight * attention
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(encoder + rest, 5.0)
            optimiser.step()
            ema.update(model)
            match_ema.update(match)
            total += loss.detach()
            hits += (scores.argmax(1) == 0).sum()
            count += len(scores)
        last = progress >= 1 or epoch + 1 == cfg.epochs
        metrics: dict[str, float] = {"epoch": epoch, "loss": float(total) / steps, "train_top1": float(hits) / count}
        metrics["progress"] = round(progress, 3)
        if last or epoch % cfg.validate_every == cfg.validate_every - 1:
            average, average_match = query_encoder().to(where, memory_format=torch.channels_last), MATCHES[cfg.match]()
            average.load_state_dict(ema.state)
            average_match.load_state_dict(match_ema.state)
            for queries in held:
                metrics |= retrieval_figures(model=average, match=average_match, queries=queries)
        state = {"model": model.state_dict(), "ema": ema.state, "ema_steps": ema.steps, "epoch": epoch}
        state |= {"match": match_ema.state, "match_live": match.state_dict(), "optimiser": optimiser.state_dict()}
        run.save(state=state, metrics=metrics)
        if last:
            break


def sources_of(*, cfg: Settings, folder: Path, atelier_folder: Path) -> tuple[list[Queries], list[Queries]]:
    """The sets to learn from, those whose share is not zero, and the sets to watch."""
    dna = load_dna(run=cfg.fashion_dna)
    split = dressed_queries(
        split="train", dna=dna, articles=boxed_articles(split=training_products, folder=folder), persons=cfg.persons
    )
    sources = [*split]
    if cfg.shares.get("ccp", 0) > 0:
        sources.append(ccp_queries(folder=folder, dna=dna, validation=False))
    if cfg.shares.get("atelier", 0) > 0:
        looks = [path.parent for path in sorted(atelier_folder.glob("train-*/looks.jsonl"))]
        sources.append(drawn_queries(products=atelier_folder / "train", looks=looks, dna=dna))
    held = [*dressed_queries(split="validation", dna=dna, articles=boxed_articles(split=test_articles, folder=folder))]
    held.append(ccp_queries(folder=folder, dna=dna, validation=True))
    held.append(drawn_queries(products=atelier_folder / "demo", looks=[atelier_folder / "demo"], dna=dna))
    return [source for source in sources if cfg.shares.get(source.name, 0) > 0], held


def main() -> None:
    """Command line."""
    args = arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = load(schema=Settings, name="fashion2shop", profile=args.profile, overrides=overrides(pairs=args.set))
    run = Run(model="fashion2shop", name=args.run, config=cfg)
    sources, held = sources_of(cfg=cfg, folder=args.data, atelier_folder=args.atelier)
    train(cfg=cfg, sources=sources, held=held, run=run)


if __name__ == "__main__":
    main()
