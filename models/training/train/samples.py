"""Street2Fashion's samples: people of several sources, augmented, each source with its share."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import Dataset

from ..classes import CLASSES
from ..data.augmentation import sample
from ..data.ccp import ccp_photos
from ..data.composition import PEOPLE_SHARES
from ..data.drawn import parsed_looks
from ..data.labelled_people import cached_people
from ..data.packs import DataMissingError
from ..data.parsed import Parsed
from ..data.segmented import training_people

SOURCES = ("ccp", "street", "portraits", "scenes", "people-portraits", "pairs", "looks", "studio")
SMALL = ((192, 128), (224, 160), (256, 192))
"""Sizes (height, width) of the batches that are shrunk: less work, and a network that works at other sizes."""


def shrink(*, picture: Tensor, labels: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """`(N, 3, H, W)` and `(N, H, W)` → `size`."""
    rows = ((torch.arange(size[0]) + 0.5) * labels.shape[1] / size[0]).long()
    columns = ((torch.arange(size[1]) + 0.5) * labels.shape[2] / size[1]).long()
    small = F.interpolate(picture, size, mode="bilinear", antialias=True, align_corners=False)
    return small, labels[:, rows][:, :, columns]


@dataclass(frozen=True)
class Pool:
    """People of one source, its share of the samples, and how many of them are pasted on another background or composed."""

    name: str
    people: list[Parsed]
    share: float
    pasted_share: float
    composed_share: float


@dataclass(frozen=True)
class SampleSettings:
    """How samples are drawn; see `config/street2fashion.toml`."""

    seed: int
    samples_per_epoch: int
    whole_share: float
    empty_share: float
    light: float
    shares: dict
    pairs: int
    rough_band: int
    studio: int
    pasted_share: float
    composed_share: float


class Samples(Dataset):
    """Augmented samples; sample `i` of an epoch depends on the seed, the epoch and `i` only."""

    def __init__(self, *, pools: list[Pool], backgrounds: list[np.ndarray], settings: SampleSettings) -> None:
        self.pools, self.backgrounds, self.settings = [pool for pool in pools if pool.people], backgrounds, settings
        shares = np.array([pool.share for pool in self.pools])
        self.shares = shares / shares.sum()
        self.epoch = 0

    def __len__(self) -> int:
        return self.settings.samples_per_epoch

    def _person(self, rng: np.random.Generator) -> tuple[Pool, Parsed]:
        pool = self.pools[rng.choice(len(self.pools), p=self.shares)]
        return pool, pool.people[rng.integers(len(pool.people))]

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((self.settings.seed, self.epoch, index))
        pool, parsed = self._person(rng)
        picture, labels = sample(
            people=[parsed, *(self._person(rng)[1] for _ in range(len(PEOPLE_SHARES) - 1))],
            backgrounds=self.backgrounds,
            rng=rng,
            whole_share=self.settings.whole_share,
            pasted_share=pool.pasted_share,
            composed_share=pool.composed_share,
            empty_share=self.settings.empty_share,
            light=self.settings.light,
        )
        return torch.from_numpy(picture), torch.from_numpy(labels)


def class_weights(*, photos: list[Parsed]) -> Tensor:
    """Mild weights: the −1/4th power of each class's share of pixels, between 0.5 and 3, mean 1."""
    counts = sum(np.bincount(item.labels.ravel(), minlength=256)[: len(CLASSES)] for item in photos)
    share = torch.tensor(counts / counts.sum()).float().clamp_min(1e-5)
    weights = share.pow(-0.25)
    return (weights / weights.mean()).clamp(0.5, 3.0)


def pools_of(*, settings: SampleSettings, folder: Path, drawn: Path) -> list[Pool]:
    """The sources to learn from by their shares."""
    unknown = set(settings.shares) - set(SOURCES)
    if unknown or abs(sum(settings.shares.values()) - 1) > 1e-6:
        raise ValueError(f"shares: expected some of {SOURCES} that sum to 1, got {settings.shares}")
    people = training_people(data=folder, pairs=settings.pairs, rough_band=settings.rough_band)
    people["ccp"] = ccp_photos(data=folder, validation=False)
    people["looks"] = [look for path in sorted(drawn.glob("train*/looks.jsonl")) for look in parsed_looks(folder=path.parent)]
    people["studio"] = cached_people(name="studio")[: settings.studio] if settings.shares.get("studio") else []
    if settings.shares.get("studio") and not people["studio"]:
        raise DataMissingError("the share of studio is not 0: run `python -m training.train.pseudo_labels` first")
    pools = []
    for name, share in settings.shares.items():
        # A studio's own background is useless for streets.
        pasted, made = (0.5, 0.4) if name in ("studio", "pairs") else (settings.pasted_share, settings.composed_share)
        pools.append(Pool(name=name, people=people[name], share=share, pasted_share=pasted, composed_share=made))
        print(f"{name}: {len(people[name])} photos, share {share}", flush=True)
    return pools
