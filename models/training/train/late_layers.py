"""Fashion2Shop and FashionDNA, the layers behind stride 16 together with the heads and the match, on true pairs.

    python -m training.train.late_layers --run b --set 'start_run="a"'

Starts from a finished run of `pair_heads.py`, whose sources and loss it shares. The layers up to stride 16 stay ImageNet's, so each
picture passes them once (`late_places.py`). Queries and the articles they show pass the late layers with a gradient; all other
articles are candidates by their pooled numbers of the epoch's begin, as a memory (Wang et al. 2020, cross-batch memory).
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..data.pair_views import pair_views
from ..networks.efficientnet import LATE
from ..networks.encoder import Encoder, Places
from ..paths import WORK
from .late_places import PairPlaces, SourcePlaces, Stored, pair_places, source_places
from .loop import EpochRandom, Group, Trained, fit, parameters_in
from .pair_heads import HeadTraining, PairData, Settings, Step, load_data
from .pair_sources import PooledPairs, source, source_key
from .runs import Run, seed_everything
from .settings import arguments, load, overrides

BLOCK = 64
"""Pictures at a time without a gradient."""


@dataclass(frozen=True)
class LateSettings(Settings):
    """See `config/late_layers.toml`: those of `pair_heads`, the run to begin with, and the late layers' learning rate."""

    start_run: str
    late_lr: float


@dataclass
class LatePlaces:
    """Places of training pairs, of validation pairs, of the other sources by name and of held-out made pairs."""

    pairs: PairPlaces
    held: PairPlaces
    others: dict[str, SourcePlaces]


@torch.no_grad()
def pooled_of(*, encoder: Encoder, stored: Stored, rows: Tensor | None = None) -> Tensor:
    """Stored places → pooled numbers `(N, maps, 1008)` float16."""
    rows = torch.arange(len(stored)) if rows is None else rows
    return torch.cat([encoder.pool_places(stored.at(part))[0].transpose(1, 2).half() for part in rows.split(BLOCK)])


class LateTraining(HeadTraining):
    """The late layers of both encoders, both heads and the match."""

    def __init__(self, *, cfg: LateSettings, data: PairData, places: LatePlaces) -> None:
        super().__init__(cfg=cfg, data=data)
        self.places = places
        former = torch.load(WORK / "runs" / "pair_heads" / cfg.start_run / "checkpoint.pt", map_location="cpu", weights_only=False)
        heads = {"query": self.query, "article": self.article, "match": self.match}
        for name, part in heads.items():
            part.load_state_dict(former[name])
        self.factor.load_state_dict(former["factor"])
        self.attributes.load_state_dict(former["attributes"])
        self.start = [parameter.detach().clone() for parameter in self.heads]
        late = []
        for encoder, name in ((data.queries, "query"), (data.articles, "article")):
            encoder.load_state_dict(former[f"{name}_encoder"])
            encoder.requires_grad_(False)
            encoder.encoder[LATE:].requires_grad_(True)
            late += parameters_in(part=encoder)
            self.networks.append(Trained(module=encoder, live=f"{name}_encoder_live", average=f"{name}_encoder"))
        self.groups.append(Group(parameters=late, peak=cfg.late_lr))

    def batches(self, *, epoch: int, draw: EpochRandom) -> Iterator[list[Step]]:
        """Steps whose candidates are what the late layers make of them now."""
        self._remember()
        yield from super().batches(epoch=epoch, draw=draw)

    def _remember(self) -> None:
        articles = self.data.articles
        self.data.pairs = dataclasses.replace(
            self.data.pairs, articles=pooled_of(encoder=articles, stored=self.places.pairs.articles)[:, 0][None]
        )
        self.data.others = [
            dataclasses.replace(other, articles=pooled_of(encoder=articles, stored=self.places.others[other.name].articles)[:, 0])
            for other in self.data.others
        ]

    def loss(self, *, batch: list[Step], draw: EpochRandom) -> Tensor:
        """The pair loss with the queries and their articles as the late layers see them now."""
        return super().loss(batch=[self._seen(step=step, draw=draw) for step in batch], draw=draw)

    def _seen(self, *, step: Step, draw: EpochRandom) -> Step:
        queries, articles = self._pooled(step=step, draw=draw)
        return dataclasses.replace(step, queries=queries, articles=articles)

    def _pooled(self, *, step: Step, draw: EpochRandom) -> tuple[Tensor, Tensor]:
        def mirrored() -> Tensor:
            return torch.from_numpy(draw.rng.random(len(step.ids)) < 0.5)

        if step.source == "pairs":
            view, rows = step.shown
            places, shown = self.places.pairs.articles, self.places.pairs.views
            parts = [(torch.nonzero(view == i)[:, 0], stored) for i, stored in enumerate(shown)]
            queries = torch.zeros(len(rows), step.queries.shape[-1])
            for chosen, stored in parts:
                seen = stored.at(rows[chosen], mirrored=mirrored()[chosen])
                queries = queries.index_copy(0, chosen, _of_maps(encoder=self.data.queries, places=seen, maps=step.maps[chosen]))
        else:
            other = self.places.others[step.source]
            places = other.articles
            seen = other.pictures.at(other.owner[step.shown[0]], mirrored=mirrored())
            queries = _of_maps(encoder=self.data.queries, places=seen, maps=step.maps)
        worn = places.at(step.ids, mirrored=mirrored())
        return queries, _of_maps(encoder=self.data.articles, places=worn, maps=torch.zeros_like(step.maps))

    def validate(self, *, averages: dict[str, nn.Module], last: bool) -> dict[str, float]:
        """Ranks on validation pairs, true and made ones."""
        queries, articles = averages["query_encoder"], averages["article_encoder"]
        seen = torch.stack([pooled_of(encoder=queries, stored=stored) for stored in self.places.held.views])
        shown = pooled_of(encoder=articles, stored=self.places.held.articles)[:, 0][None]
        self.data.held = PooledPairs(queries=seen, articles=shown)
        if (held := self.data.held_made) is not None:
            places = self.places.others[held.name]
            pictures = pooled_of(encoder=queries, stored=places.pictures)
            self.data.held_made = dataclasses.replace(
                held,
                queries=pictures[places.owner, held.categories[held.worn]],
                articles=pooled_of(encoder=articles, stored=places.articles)[:, 0],
            )
        return super().validate(averages=averages, last=last)

    def extra_state(self) -> dict[str, Any]:
        """Nothing: the encoders are among the networks."""
        return {}


def _of_maps(*, encoder: Encoder, places: Places, maps: Tensor) -> Tensor:
    """Pooled numbers `(N, 1008)` of the map that is wanted of each picture."""
    pooled = encoder.pool_places(places)[0]
    return pooled[torch.arange(len(maps)), :, maps]


def load_places(*, cfg: LateSettings, data: PairData, folder: Path, drawn: Path) -> LatePlaces:
    """The places of all pictures of the sources; the encoders in `data` have the start's front layers."""
    encoders = (data.queries, data.articles)
    pairs = {
        split: pair_places(
            pairs=pair_views(folder=folder, split=split),
            encoders=encoders,
            name=f"places-{split}-{cfg.start}",
            seed=cfg.seed if split == "training" else None,
        )
        for split in ("training", "validation")
    }
    names = [other.name for other in data.others] + ([data.held_made.name] if data.held_made else [])
    others = {}
    for name in names:
        others[name] = source_places(
            source=lambda name=name: source(name=name, folder=folder, drawn=drawn),
            encoders=encoders,
            name=f"places-{source_key(name=name)}-{cfg.start}",
            seed=None if name == "made-held" else cfg.seed,
        )
    return LatePlaces(pairs=pairs["training"], held=pairs["validation"], others=others)


def train(*, cfg: LateSettings, data: PairData, places: LatePlaces, run: Run) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    fit(training=LateTraining(cfg=cfg, data=data, places=places), settings=cfg, run=run)


def main() -> None:
    """Command line."""
    args = arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = load(schema=LateSettings, name="late_layers", profile=args.profile, overrides=overrides(pairs=args.set))
    data = load_data(cfg=cfg, folder=args.data, drawn=args.drawn)
    places = load_places(cfg=cfg, data=data, folder=args.data, drawn=args.drawn)
    train(cfg=cfg, data=data, places=places, run=Run(model="pair_heads", name=args.run, config=cfg))


if __name__ == "__main__":
    main()
