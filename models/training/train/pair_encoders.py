"""Both encoders, trained on true pairs behind stride 8, from heads that are fitted already.

    python -m training.train.pair_encoders --heads a --run a

The layers up to stride 8 stay as they are, so that they need no gradients. A batch's articles are near each other in the heads'
order (`neighbours`), since random ones are told apart at once. All embeddings of a step are of that step, since stored ones would
be told apart by their age. Afterwards fit the heads again, `pair_heads --set 'start="pair_encoders/a"'`: these see every training
article at each step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.pair_views import UPPERS, PairViews, pair_views
from ..data.views import views
from ..networks.encoder import Encoder
from ..networks.fashion2shop import GRID
from ..networks.match import Match
from ..networks.pair_head import PairHead
from ..paths import WORK
from .encoder_starts import start_encoders
from .frozen import front_of
from .loop import EpochRandom, Group, Trained, Training, fit, parameters_in
from .pair_figures import held_figures
from .pair_loss import Factor, pair_loss
from .pair_sources import VIEWS, Source, pooled_numbers, pooled_pairs, sources
from .queries import attention_loss, flipped
from .runs import Run, device, seed_everything
from .settings import LoopSettings, arguments, load, overrides

GROUP = 8
"""Articles of a batch that are near each other."""
NEAREST = 24
"""A group is drawn from so many nearest articles."""
STRENGTH = 0.35
"""How much views are warped and relit."""


@dataclass(frozen=True)
class Settings(LoopSettings):
    """See `config/pair_encoders.toml`. `batch` is the number of true pairs of a step, `others` that of one other source."""

    steps_per_epoch: int
    others: int
    shares: dict
    weight: float
    attention_weight: float
    lr: float
    encoder_lr: float
    match_lr: float
    dropout: float


@dataclass
class Start:
    """What the training begins with: encoders, heads and match, and the nearest articles of each training article."""

    queries: Encoder
    articles: Encoder
    query: PairHead
    article: PairHead
    match: Match
    neighbours: Tensor


@dataclass
class Step:
    """Pictures of queries `(N, 3, 192, 128)` with the map of each; pictures and ids of the articles that they show."""

    weight: float
    pictures: Tensor
    maps: Tensor
    shown: Tensor
    ids: Tensor
    labels: Tensor | None = None


def neighbours(*, articles: Tensor) -> Tensor:
    """`(N, 128)` → rows of the `NEAREST` nearest other articles by cosine, `(N, NEAREST)`."""
    a = F.normalize(articles, dim=1)
    nearest = [torch.topk(part @ a.T, min(NEAREST + 1, len(a)), dim=1).indices[:, 1:] for part in a.split(512)]
    return torch.cat(nearest)


class EncoderTraining(Training):
    """The layers behind stride 8 of both encoders, their heads and the match."""

    def __init__(self, *, cfg: Settings, start: Start, pairs: PairViews, held: PairViews, others: list[Source]) -> None:
        self.cfg, self.pairs, self.held, self.others, self.near = cfg, pairs, held, others, start.neighbours
        self.device = device()
        modules = (start.queries, start.articles, start.query, start.article, start.match)
        self.queries, self.articles, self.query, self.article, self.match = (module.to(self.device) for module in modules)
        self.factor = Factor().to(self.device)
        self.fronts = [front_of(model=encoder, live=False) for encoder in (self.queries, self.articles)]
        for encoder in (self.queries, self.articles):
            for part in (encoder.project, encoder.hidden, encoder.refine):
                # The heads stand for them.
                part.requires_grad_(False)
            encoder.bias.requires_grad_(False)
        self.networks = [
            Trained(module=self.queries, live="query_encoder_live", average="query_encoder"),
            Trained(module=self.articles, live="article_encoder_live", average="article_encoder"),
            Trained(module=self.query, live="query_live", average="query"),
            Trained(module=self.article, live="article_live", average="article"),
            Trained(module=self.match, live="match_live", average="match"),
            Trained(module=self.factor, live="factor"),
        ]
        heads = [*parameters_in(part=self.query), *parameters_in(part=self.article), *self.factor.parameters()]
        encoders = [*parameters_in(part=self.queries), *parameters_in(part=self.articles)]
        self.groups = [
            Group(parameters=encoders, peak=cfg.encoder_lr),
            Group(parameters=heads, peak=cfg.lr),
            Group(parameters=[*self.match.parameters()], peak=cfg.match_lr, weight_decay=0.0, clipped=False),
        ]
        self.frozen = []
        self.steps_per_epoch = cfg.steps_per_epoch

    def batches(self, *, epoch: int, draw: EpochRandom) -> Iterator[list[Step]]:
        """True pairs, and pairs of one other source and category."""
        for _ in range(self.steps_per_epoch):
            yield [self._pairs(rng=draw.rng), *self._others(rng=draw.rng)]

    def _pairs(self, *, rng: np.random.Generator) -> Step:
        seeds = rng.choice(len(self.near), self.cfg.batch // GROUP, replace=False)
        near = [rng.choice(self.near[seed].numpy(), GROUP - 1, replace=False) for seed in seeds]
        rows = np.unique(np.concatenate([seeds, *near]))
        view = rng.integers(len(VIEWS), size=len(rows))
        pictures = torch.stack([getattr(self.pairs, VIEWS[v])[row] for v, row in zip(view, rows, strict=True)])
        labels = self.pairs.labels[rows].clone()
        # Only a whole person's map is known.
        labels[torch.from_numpy(view != VIEWS.index("person"))] = 0
        maps, ids = torch.from_numpy(rng.choice(UPPERS, len(rows))), torch.from_numpy(rows)
        return Step(weight=1.0, pictures=pictures, maps=maps, shown=self.pairs.article[ids], ids=ids, labels=labels)

    def _others(self, *, rng: np.random.Generator) -> Iterator[Step]:
        if not self.others:
            return
        weights = np.array([self.cfg.shares[source.name] for source in self.others], float)
        source = self.others[rng.choice(len(self.others), p=weights / weights.sum())]
        category = source.categories[source.worn[rng.integers(len(source.worn))]]
        of_category = torch.nonzero(source.categories[source.worn] == category)[:, 0].numpy()
        rows = torch.from_numpy(rng.choice(of_category, min(self.cfg.others, len(of_category)), replace=False))
        worn = source.worn[rows]
        pictures, maps = source.pictures[source.owner[rows]], source.categories[worn]
        yield Step(weight=self.cfg.weight, pictures=pictures, maps=maps, shown=source.shown[worn], ids=worn)

    def loss(self, *, batch: list[Step], draw: EpochRandom) -> Tensor:
        """The pair loss of each step, and the attention's loss."""
        total = torch.zeros((), device=self.device)
        for step in batch:
            ids, maps = step.ids.to(self.device), step.maps.to(self.device)
            turned = torch.from_numpy(draw.rng.random(len(ids)) < 0.5)
            pictures = flipped(x=step.pictures, rows=turned)
            pooled, look = self._pooled(which=0, pictures=pictures, draw=draw)
            queries = self.query(pooled[torch.arange(len(ids)), maps], maps)
            shown = self._pooled(which=1, pictures=step.shown, draw=draw)[0][:, 0]
            articles = self.article(shown, torch.zeros_like(ids))
            given = {"ids": ids, "match": self.match, "factor": self.factor(), "every": articles[:0], "every_ids": ids[:0]}
            total = total + step.weight * pair_loss(queries=queries, articles=articles, **given)
            if step.labels is not None and self.cfg.attention_weight:
                labels = flipped(x=step.labels, rows=turned).to(self.device)
                total = total + self.cfg.attention_weight * attention_loss(look=look, labels=labels, grid=GRID)
        return total

    def _pooled(self, *, which: int, pictures: Tensor, draw: EpochRandom) -> tuple[Tensor, Tensor]:
        encoder = (self.queries, self.articles)[which]
        given = {"size": encoder.size, "strength": STRENGTH, "mirror": which == 1}
        x = views(pictures=pictures.to(self.device), generator=draw.generator, **given)
        pooled, look = encoder.pool(*self.fronts[which](x))
        return pooled.transpose(1, 2), look

    def validate(self, *, averages: dict[str, nn.Module], last: bool) -> dict[str, float]:
        """Ranks on validation pairs."""
        encoders = {"queries": averages["query_encoder"], "articles": averages["article_encoder"]}
        held = pooled_pairs(pairs=self.held, name="", seed=None, **encoders)
        return held_figures(query=averages["query"], article=averages["article"], match=averages["match"], held=held)


def start_of(*, run: str, dropout: float, pairs: PairViews) -> Start:
    """The encoders, heads and match of a run of `pair_heads`."""
    state = torch.load(WORK / "runs" / "pair_heads" / run / "checkpoint.pt", map_location="cpu", weights_only=False)
    queries, articles = start_encoders(start="imagenet")
    queries.load_state_dict(state["query_encoder"])
    articles.load_state_dict(state["article_encoder"])
    query, article, match = PairHead(maps=queries.maps, dropout=dropout), PairHead(maps=1, dropout=dropout), Match()
    for module, name in ((query, "query"), (article, "article"), (match, "match")):
        module.load_state_dict(state[name])
    pooled = pooled_numbers(encoder=articles, pictures=pairs.article)[:, 0].float()
    with torch.inference_mode():
        f = article.eval()(pooled, torch.zeros(len(pooled), dtype=torch.long))
    return Start(
        queries=queries, articles=articles, query=query, article=article, match=match, neighbours=neighbours(articles=f.clone())
    )


def train(*, cfg: Settings, training: EncoderTraining, run: Run) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    fit(training=training, settings=cfg, run=run)


def main() -> None:
    """Command line."""
    parser = arguments(description=__doc__.split("\n")[0])
    parser.add_argument("--heads", default="default", help="run of pair_heads to start from")
    args = parser.parse_args()
    cfg = load(schema=Settings, name="pair_encoders", profile=args.profile, overrides=overrides(pairs=args.set))
    pairs = pair_views(folder=args.data, split="training")
    given: dict[str, Any] = {"pairs": pairs, "held": pair_views(folder=args.data, split="validation")}
    given["others"] = sources(names=cfg.shares, folder=args.data, drawn=args.drawn)
    start = start_of(run=args.heads, dropout=cfg.dropout, pairs=pairs)
    train(
        cfg=cfg, training=EncoderTraining(cfg=cfg, start=start, **given), run=Run(model="pair_encoders", name=args.run, config=cfg)
    )


if __name__ == "__main__":
    main()
