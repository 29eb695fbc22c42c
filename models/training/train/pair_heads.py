"""Heads of both encoders and the match, fitted on true pairs: a person and the shop's picture of the garment worn.

    python -m training.train.pair_heads --run a

The convolutions stay as they are: ImageNet's, or those of the shipped files (`start`). From ImageNet's, the attention is fitted
first (`attention.py`). All pictures are pooled once, so that a step sees every training article as a negative and the training
takes minutes on a processor. Fitted are the embedding of the pooled means and deviations (`networks/pair_head.py`) and the
match, which starts as the L1 distance. From f(A), attributes and title words of products have to be told, too
(`attribute_heads.py`). With `article_from` the article's head is that of a former run and stays, and the match begins there.

True pairs do not state their category. A row of cards holds articles of one category, so a query uses the map of a random upper
category.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..data.cache import cached
from ..data.colour import mean_colours
from ..data.dressed import count_dressed
from ..data.pair_views import UPPERS, PairViews, pair_views
from ..networks.encoder import POOLED, WIDTH, Encoder
from ..networks.match import Match
from ..networks.pair_head import PairHead
from ..paths import WORK
from .attention import fit_attention, labelled_persons
from .attribute_heads import AttributeHeads
from .encoder_starts import start_encoders
from .loop import EpochRandom, Group, Trained, Training, fit, parameters_in
from .pair_figures import held_figures, made_figures
from .pair_loss import Colours, Factor, pair_loss
from .pair_sources import Pooled, PooledPairs, pooled_pairs, source, source_key
from .runs import Run, seed_everything
from .settings import LoopSettings, arguments, load, overrides
from .stock import Described


@dataclass(frozen=True)
class Settings(LoopSettings):
    """See `config/pair_heads.toml`. `batch` is the number of true pairs of a step, `pairs` of those to learn from (0: all)."""

    steps_per_epoch: int
    pairs: int
    counts: dict
    weights: dict
    candidates: int
    lr: float
    match_lr: float
    dropout: float
    pull: float
    start: str
    attribute_weight: float
    colour_share: float
    colour_spread: float
    article_from: str


@dataclass
class PairData:
    """True pairs to learn from and to watch, held-out pairs of known category, and the other sources; the L*a*b* colours of each
    source's articles `(A, 3)`; the encoders that pooled them. A shop's own pairs are another source: then there are no true pairs.
    """

    pairs: PooledPairs | None
    held: PooledPairs | None
    held_made: Pooled | None
    others: list[Pooled]
    colours: dict[str, Tensor]
    queries: Encoder
    articles: Encoder


@dataclass
class Step:
    """Queries and articles of a source as pooled numbers `(N, 1008)`, the map of each query, candidates `(M, 1008)`, and the L*a*b*
    colours of articles and candidates. `shown` are the queries' rows in the source.
    """

    source: str
    weight: float
    shown: tuple[Tensor, ...]
    queries: Tensor
    maps: Tensor
    articles: Tensor
    ids: Tensor
    every: Tensor
    every_ids: Tensor
    colours: Tensor
    every_colours: Tensor
    described: Described | None = None


class HeadTraining(Training):
    """The heads of query and article, and the match."""

    def __init__(self, *, cfg: Settings, data: PairData) -> None:
        self.cfg, self.data = cfg, data
        self.query, self.article = PairHead(maps=data.queries.maps, dropout=cfg.dropout), PairHead(maps=1, dropout=cfg.dropout)
        self.match, self.factor = Match(), Factor()
        self._start(**_numbers(data=data))
        self.attributes = _attribute_heads(others=data.others)
        if cfg.article_from:
            former = torch.load(WORK / "runs" / "pair_heads" / cfg.article_from / "checkpoint.pt", weights_only=False)
            self.article.load_state_dict(former["article"])
            self.article.requires_grad_(False)
            self.match.load_state_dict(former["match"])
        self.networks = [
            Trained(module=self.query, live="query_live", average="query"),
            Trained(module=self.article, live="article_live", average="article"),
            Trained(module=self.match, live="match_live", average="match"),
            Trained(module=self.factor, live="factor"),
            Trained(module=self.attributes, live="attributes"),
        ]
        self.heads = [*parameters_in(part=self.query), *parameters_in(part=self.article)]
        self.start = [parameter.detach().clone() for parameter in self.heads]
        self.groups = [
            Group(parameters=[*self.heads, *self.factor.parameters(), *self.attributes.parameters()], peak=cfg.lr),
            Group(parameters=[*self.match.parameters()], peak=cfg.match_lr, clipped=False),
        ]
        self.frozen = []
        self.steps_per_epoch = cfg.steps_per_epoch

    def _start(self, *, queries: Tensor, articles: Tensor) -> None:
        if self.cfg.start == "shipped":
            self.query.start_from(encoder=self.data.queries, pooled=queries)
            self.article.start_from(encoder=self.data.articles, pooled=articles)
            return
        weight = torch.randn(WIDTH, POOLED, generator=torch.Generator().manual_seed(self.cfg.seed)) / POOLED**0.5
        for head, pooled in ((self.query, queries), (self.article, articles)):
            head.standardise(pooled=pooled)
            head.start_at_random(weight=weight)

    def batches(self, *, epoch: int, draw: EpochRandom) -> Iterator[list[Step]]:
        """A step of each source."""
        for _ in range(self.steps_per_epoch):
            true = [self._pairs(rng=draw.rng)] if self.cfg.batch else []
            yield [*true, *(step for source in self.data.others for step in self._others(source, rng=draw.rng))]

    def _pairs(self, *, rng: np.random.Generator) -> Step:
        if (pairs := self.data.pairs) is None:
            raise ValueError("expected true pairs, or batch = 0")
        views, count = pairs.queries.shape[:2]
        count = self.cfg.pairs or count
        rows = torch.from_numpy(rng.choice(count, min(self.cfg.batch, count), replace=False))
        view, maps = torch.from_numpy(rng.integers(views, size=len(rows))), torch.from_numpy(rng.choice(UPPERS, len(rows)))
        every = pairs.articles[rng.integers(len(pairs.articles)), :count]
        given = {"queries": pairs.queries[view, rows, maps], "articles": every[rows], "ids": rows, "maps": maps}
        colours = self.data.colours["pairs"][:count]
        given |= {"source": "pairs", "shown": (view, rows)}
        return Step(weight=1.0, every=every, every_ids=torch.arange(count), colours=colours[rows], every_colours=colours, **given)

    def _others(self, source: Pooled, *, rng: np.random.Generator) -> Iterator[Step]:
        """One step for each category among the drawn queries, weighed by its share."""
        count = self.cfg.counts[source.name]
        drawn = torch.from_numpy(rng.choice(len(source.worn), count))
        categories = source.categories[source.worn[drawn]]
        for category in categories.unique().tolist():
            rows = drawn[categories == category]
            pool = torch.nonzero(source.categories == category)[:, 0]
            chosen = pool[torch.from_numpy(rng.permutation(len(pool))[: self.cfg.candidates])]
            worn, weight = source.worn[rows], self.cfg.weights[source.name] * len(rows) / count
            given = {"queries": source.queries[rows], "articles": source.articles[worn], "ids": worn}
            maps = torch.full((len(rows),), category)
            given |= {"every": source.articles[chosen], "every_ids": chosen, "described": source.described}
            given |= {"source": source.name, "shown": (rows,)}
            colours = self.data.colours[source.name]
            given |= {"colours": colours[worn], "every_colours": colours[chosen]}
            yield Step(weight=weight, maps=maps, **given)

    def loss(self, *, batch: list[Step], draw: EpochRandom) -> Tensor:
        """The pair loss of every source."""
        total = torch.zeros(())
        for step in batch:
            queries = self.query(step.queries.float(), step.maps)
            shown = torch.cat([step.articles, step.every]).float()
            articles = self.article(shown, torch.zeros(len(shown), dtype=torch.long))
            worn, every = articles.split([len(step.articles), len(step.every)])
            near = {"share": self.cfg.colour_share, "spread": self.cfg.colour_spread}
            colours = Colours(worn=step.colours, every=step.every_colours, **near)
            given = {"ids": step.ids, "every": every, "every_ids": step.every_ids, "match": self.match, "factor": self.factor()}
            given["colours"] = colours
            total = total + step.weight * pair_loss(queries=queries, articles=worn, **given)
            if step.described is not None:
                rows = {"attributes": step.described.attributes[step.every_ids], "words": step.described.words[step.every_ids]}
                total = total + self.cfg.attribute_weight * step.weight * self.attributes.loss(f=every, **rows)
        return total

    def after_step(self) -> None:
        """Draws the heads back to their start, since a few thousand pairs cannot settle a quarter of a million weights anew."""
        with torch.no_grad():
            for parameter, start in zip(self.heads, self.start, strict=True):
                parameter.lerp_(start, self.cfg.pull)

    def validate(self, *, averages: dict[str, nn.Module], last: bool) -> dict[str, float]:
        """Ranks on validation pairs, true and made ones."""
        given = {"query": averages["query"], "article": averages["article"], "match": averages["match"]}
        found = held_figures(**given, held=self.data.held) if self.data.held else {}
        return found | (made_figures(**given, held=self.data.held_made) if self.data.held_made else {})

    def extra_state(self) -> dict[str, Any]:
        """The encoders that the heads belong to."""
        return {"query_encoder": self.data.queries.state_dict(), "article_encoder": self.data.articles.state_dict()}


def _numbers(*, data: PairData) -> dict[str, Tensor]:
    """Pooled queries and articles `(N, 1008)` with whose means and deviations the heads start: of true pairs, else of a source."""
    if data.pairs is None:
        return {"queries": data.others[0].queries.float(), "articles": data.others[0].articles.float()}
    queries = data.pairs.queries[:, :, list(UPPERS)].reshape(-1, POOLED)
    return {"queries": queries.float(), "articles": data.pairs.articles[0].float()}


def _attribute_heads(*, others: list[Pooled]) -> AttributeHeads:
    """Heads for the vocabularies of the described source, if there is one."""
    described = next((source.described for source in others if source.described is not None), None)
    if described is None:
        return AttributeHeads(vocabulary={}, words=[])
    return AttributeHeads(vocabulary=described.vocabulary, words=described.titles)


def _with_attention(*, encoder: Encoder, training: PairViews, drawn: Path) -> dict[str, Tensor]:
    pictures, labels = labelled_persons(pairs=training, drawn=drawn)
    fit_attention(encoder=encoder, pictures=pictures, labels=labels)
    return encoder.state_dict()


def load_data(*, cfg: Settings, folder: Path, drawn: Path) -> PairData:
    """Pools the pictures of all sources that `counts` names."""
    queries, articles = start_encoders(start=cfg.start)
    training = pair_views(folder=folder, split="training")
    if cfg.start == "imagenet":
        attention = lambda: _with_attention(encoder=queries, training=training, drawn=drawn)  # noqa: E731
        queries.load_state_dict(cached(name="attention-imagenet", make=attention))
        articles.colours.load_state_dict(queries.colours.state_dict())
    given = {"queries": queries, "articles": articles}
    pairs = pooled_pairs(pairs=training, name=f"pooled-training-{cfg.start}", seed=cfg.seed, **given)
    validation = pair_views(folder=folder, split="validation")
    held = pooled_pairs(pairs=validation, name=f"pooled-validation-{cfg.start}", seed=None, **given)
    encoders = (queries, articles)

    def others_of(name: str) -> Pooled:
        return cached(
            name=f"pooled-{source_key(name=name)}-{cfg.start}",
            make=lambda: source(name=name, folder=folder, drawn=drawn).pooled(encoders=encoders),
        )

    def colours_of(name: str) -> Tensor:
        shown = lambda: source(name=name, folder=folder, drawn=drawn).shown  # noqa: E731
        return cached(name=f"colours-{name}", make=lambda: mean_colours(pictures=shown()))

    others = [others_of(name) for name in cfg.counts]
    held_made = others_of("made-held") if "made" in cfg.counts and count_dressed(split="validation") else None
    colours = {"pairs": mean_colours(pictures=training.article)} | {name: colours_of(name) for name in cfg.counts}
    return PairData(pairs=pairs, held=held, held_made=held_made, others=others, colours=colours, **given)


def train(*, cfg: Settings, data: PairData, run: Run) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    training = HeadTraining(cfg=cfg, data=data)
    pairs = 0 if data.pairs is None else data.pairs.queries.shape[1]
    print({"pairs": pairs, **{source.name: len(source.worn) for source in data.others}}, flush=True)
    fit(training=training, settings=cfg, run=run)


def main() -> None:
    """Command line."""
    args = arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = load(schema=Settings, name="pair_heads", profile=args.profile, overrides=overrides(pairs=args.set))
    train(
        cfg=cfg, data=load_data(cfg=cfg, folder=args.data, drawn=args.drawn), run=Run(model="pair_heads", name=args.run, config=cfg)
    )


if __name__ == "__main__":
    main()
