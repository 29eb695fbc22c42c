"""What Street2Fashion is shown: people of several sources, augmented, and how much each source counts."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import Dataset

from . import augment, data
from .atelier import parsed_looks
from .classes import CLASSES
from .people import cached_people

if TYPE_CHECKING:
    from .street2fashion import Settings

SMALL = ((192, 128), (224, 160), (256, 192))
"""Sizes (height, width) of the batches that are shrunk: less work, and a network that bears other sizes."""


def shrink(*, picture: Tensor, labels: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """`(N, 3, H, W)` and `(N, H, W)` → `size`."""
    rows = ((torch.arange(size[0]) + 0.5) * labels.shape[1] / size[0]).long()
    columns = ((torch.arange(size[1]) + 0.5) * labels.shape[2] / size[1]).long()
    small = F.interpolate(picture, size, mode="bilinear", antialias=True, align_corners=False)
    return small, labels[:, rows][:, :, columns]


@dataclass(frozen=True)
class Pool:
    """People of one source, its share of the samples and of new backgrounds among them."""

    people: list[data.Parsed]
    share: float
    pasted_share: float


class Samples(Dataset):
    """Augmented samples; sample `i` of an epoch is decided by the seed, the epoch and `i`."""

    def __init__(self, *, pools: list[Pool], backgrounds: list[np.ndarray], cfg: "Settings") -> None:
        self.pools, self.backgrounds, self.cfg = [pool for pool in pools if pool.people], backgrounds, cfg
        shares = np.array([pool.share for pool in self.pools])
        self.shares = shares / shares.sum()
        self.epoch = 0

    def __len__(self) -> int:
        return self.cfg.samples_per_epoch

    def _person(self, rng: np.random.Generator) -> tuple[Pool, data.Parsed]:
        pool = self.pools[rng.choice(len(self.pools), p=self.shares)]
        return pool, pool.people[rng.integers(len(pool.people))]

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng((self.cfg.seed, self.epoch, index))
        pool, parsed = self._person(rng)
        picture, labels = augment.sample(
            parsed=parsed,
            backgrounds=self.backgrounds,
            rng=rng,
            bystander=self._person(rng)[1],
            whole_share=self.cfg.whole_share,
            pasted_share=pool.pasted_share,
            empty_share=self.cfg.empty_share,
            light=self.cfg.light,
        )
        return torch.from_numpy(picture), torch.from_numpy(labels)


def class_weights(*, photos: list[data.Parsed]) -> Tensor:
    """Mild weights: the −1/4th power of each class's share of pixels, between 0.5 and 3, mean 1."""
    counts = sum(np.bincount(item.labels.ravel(), minlength=256)[: len(CLASSES)] for item in photos)
    share = torch.tensor(counts / counts.sum()).float().clamp_min(1e-5)
    weights = share.pow(-0.25)
    return (weights / weights.mean()).clamp(0.5, 3.0)


def pools_of(*, cfg: "Settings", photos: list[data.Parsed], atelier: Path) -> tuple[list[Pool], list[data.Parsed]]:
    """The sources to learn from by their shares, CCP's photos having the rest, and drawn looks to measure on."""

    rest = 1 - cfg.looks_share - cfg.studio_share - cfg.tagged_share
    if rest < 0:
        raise ValueError(f"looks_share, studio_share and tagged_share are {1 - rest:.2f} together, expected at most 1")
    pools, held = [Pool(people=photos, share=rest, pasted_share=cfg.pasted_share)], []
    if cfg.looks_share > 0:
        looks = [look for path in sorted(atelier.glob("train*/looks.jsonl")) for look in parsed_looks(folder=path.parent)]
        pools.append(Pool(people=looks, share=cfg.looks_share, pasted_share=cfg.pasted_share))
        held = parsed_looks(folder=atelier / "validation")
    # A studio photo's own background says nothing of the street.
    for name, share, pasted in (("studio", cfg.studio_share, 0.9), ("tagged", cfg.tagged_share, cfg.pasted_share)):
        if share > 0:
            people = cached_people(name=name)
            if not people:
                raise data.DataMissingError(f"{name}_share is {share}: run `python -m training.people {name}` first")
            pools.append(Pool(people=people, share=share, pasted_share=pasted))
    return pools, held


def empty_strip(*, parsed: data.Parsed, smallest: float = 0.15) -> np.ndarray | None:
    """The widest run of a photo's columns that show nobody, `None` if it is below a share `smallest` of the width."""
    columns = np.concatenate([[True], (parsed.labels > 0).any(axis=0), [True]])
    taken = np.flatnonzero(columns)
    widest = int(np.diff(taken).argmax())
    first, last = taken[widest], taken[widest + 1] - 1
    if last - first < smallest * parsed.labels.shape[1]:
        return None
    return np.ascontiguousarray(parsed.photo[:, first:last])
