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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.products import test_articles, training_products
from ..data.views import plain
from ..networks import fashion2shop
from ..networks.encoder import FRONT, Encoder, start_from
from ..networks.fashion2shop import query_encoder
from ..networks.match import Dot, Match
from ..paths import WORK
from .frozen import front_of, inference
from .loop import EpochRandom, Group, Trained, Training, fit, parameters_besides, parameters_in
from .queries import Queries, ranks_within_category, top_k
from .query_batches import Batches, Part, attention_of, scores_of
from .query_sets import ccp_queries, drawn_queries, dressed_queries, load_dna
from .runs import Run, device, on_cpu, seed_everything
from .settings import LoopSettings, arguments, load, overrides
from .stock import boxed_articles


@dataclass(frozen=True)
class Settings(LoopSettings):
    """See `config/fashion2shop.toml`."""

    queries_per_epoch: int
    lr: float
    encoder_lr: float
    match_lr: float
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


def start_of(*, cfg: Settings) -> tuple[Encoder, nn.Module]:
    """The training's initial query encoder and match."""
    model, match = query_encoder(), MATCHES[cfg.match]()
    if cfg.start:
        start = torch.load(WORK / "runs" / cfg.start / "checkpoint.pt", weights_only=False)
        model.load_state_dict(start["ema"])
        match.load_state_dict(start["match"])
    else:
        start_from(model=model, other=on_cpu(load_dna(run=cfg.fashion_dna).state_dict()))
    return model.to(device(), memory_format=torch.channels_last), match.to(device())


class QueryTraining(Training):
    """The query encoder and the match on top of it; the articles' f(A) are fixed."""

    def __init__(self, *, cfg: Settings, sources: list[Queries], held: list[Queries]) -> None:
        self.cfg, self.held, self.device = cfg, held, device()
        self.model, self.match = start_of(cfg=cfg)
        self.front = front_of(model=self.model, live=cfg.live_front)
        self.source = Batches(sources=[source.to(self.device) for source in sources], shares=cfg.shares, size=cfg.batch)
        self.networks = [
            Trained(module=self.model, live="model", average="ema"),
            Trained(module=self.match, live="match_live", average="match"),
        ]
        self.groups = [
            Group(parameters=parameters_in(part=self.model.encoder), peak=cfg.encoder_lr),
            Group(parameters=parameters_besides(model=self.model, part=self.model.encoder), peak=cfg.lr),
            # The match starts as a distance, which decay would shrink.
            Group(parameters=[*self.match.parameters()], peak=cfg.match_lr, weight_decay=0.0, clipped=False),
        ]
        self.frozen = [] if cfg.live_front else [self.model.encoder[:FRONT]]
        self.steps_per_epoch = cfg.queries_per_epoch // cfg.batch
        self._start_counting()

    def _start_counting(self) -> None:
        self.hits, self.pairs = torch.zeros((), device=self.device), 0

    def batches(self, *, epoch: int, draw: EpochRandom) -> Iterator[tuple[Tensor, list[Part]]]:
        """Pictures `(N, 3, 192, 128)`, and which queries they are."""
        for _ in range(self.steps_per_epoch):
            yield self.source.draw(draw=draw)

    def loss(self, *, batch: tuple[Tensor, list[Part]], draw: EpochRandom) -> Tensor:
        """The worn articles against others, plus the attention's loss."""
        pictures, parts = batch
        f, look = self.model.back(*self.front(pictures))
        given = {"negatives": self.cfg.negatives, "same_category_share": self.cfg.same_category_share}
        scores = scores_of(f=f, parts=parts, match=self.match, generator=draw.generator, **given)
        self.hits += (scores.argmax(1) == 0).sum()
        self.pairs += len(scores)
        loss = loss_of(scores=scores, kind=self.cfg.loss)
        if self.cfg.attention_weight and (attention := attention_of(look=look, parts=parts)) is not None:
            loss = loss + self.cfg.attention_weight * attention
        return loss

    def epoch_metrics(self) -> dict[str, float]:
        """How often a worn article had the highest score of its row."""
        found = {"train_top1": float(self.hits) / max(self.pairs, 1)}
        self._start_counting()
        return found

    def validate(self, *, averages: dict[str, nn.Module], last: bool) -> dict[str, float]:
        """Ranks of the worn articles of all held-out sets."""
        found = {}
        for queries in self.held:
            found |= retrieval_figures(model=averages["ema"], match=averages["match"], queries=queries)
        return found


def train(*, cfg: Settings, sources: list[Queries], held: list[Queries], run: Run) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    training = QueryTraining(cfg=cfg, sources=sources, held=held)
    print({source.name: [len(source.worn), len(source.bank)] for source in sources}, f"{run.elapsed_s():.0f} s", flush=True)
    fit(training=training, settings=cfg, run=run)


def sources_of(*, cfg: Settings, folder: Path, drawn: Path) -> tuple[list[Queries], list[Queries]]:
    """The training sets whose share is not zero, and the validation sets."""
    dna = load_dna(run=cfg.fashion_dna)
    split = dressed_queries(
        split="train", dna=dna, articles=boxed_articles(split=training_products, folder=folder), persons=cfg.persons
    )
    sources = [*split]
    if cfg.shares.get("ccp", 0) > 0:
        sources.append(ccp_queries(folder=folder, dna=dna, validation=False))
    if cfg.shares.get("drawn", 0) > 0:
        looks = [path.parent for path in sorted(drawn.glob("train-*/looks.jsonl"))]
        sources.append(drawn_queries(products=drawn / "train", looks=looks, dna=dna))
    held = [*dressed_queries(split="validation", dna=dna, articles=boxed_articles(split=test_articles, folder=folder))]
    held.append(ccp_queries(folder=folder, dna=dna, validation=True))
    if (drawn / "demo" / "looks.jsonl").exists():
        held.append(drawn_queries(products=drawn / "demo", looks=[drawn / "demo"], dna=dna))
    return [source for source in sources if cfg.shares.get(source.name, 0) > 0], held


def main() -> None:
    """Command line."""
    args = arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = load(schema=Settings, name="fashion2shop", profile=args.profile, overrides=overrides(pairs=args.set))
    run = Run(model="fashion2shop", name=args.run, config=cfg)
    sources, held = sources_of(cfg=cfg, folder=args.data, drawn=args.drawn)
    train(cfg=cfg, sources=sources, held=held, run=run)


if __name__ == "__main__":
    main()
