"""Street2Fashion: a photo → the logits of thirteen classes at half the input's resolution.

A U-Net (Ronneberger, Fischer, Brox 2015) whose encoder is MobileNetV2 (Sandler et al. 2018) and whose decoder is made of
depthwise-separable convolutions; the paper (Lasserre, Bracher, Vollgraf 2018) uses a U-Net of its own for the same step.
Upsampling is a fixed bilinear depthwise transposed convolution, so that the file holds no Resize.

    python -m training.train.street2fashion --profile cpu

`(1, 3, 288, 192)` RGB, x / 127.5 − 1, letterboxed on grey → `(1, 17, 144, 96)`: thirteen classes' logits, and four residuals
of the foreground's log-odds, one for each of the 2 × 2 input pixels under an output pixel (as sub-pixel convolution, Shi et
al. 2016), so that the outline is learnt at the input's resolution at next to no cost:

    log-odds = up₂(logsumexp(garments, skin, …) − background) + residual
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ..data.backgrounds import flat_lay_backgrounds
from ..data.drawn import parsed_looks
from ..data.scenes import empty_parts
from ..data.segmented import validation_people
from ..networks.street2fashion import Street2Fashion
from ..paths import MODELS, WORK
from .loop import EpochRandom, Group, Trained, Training, fit, parameters_besides, parameters_in
from .runs import Run, device, seed_everything
from .samples import SMALL, Samples, SampleSettings, class_weights, pools_of, shrink
from .segmentation import slice_figures
from .segmentation_loss import kept_loss, loss_of
from .settings import LoopSettings, arguments, load, overrides
from .shipped import start_from_shipped
from .starts import start_from_imagenet

BACKGROUNDS = 1000
"""Number of household scenes used as backgrounds."""
PARTS = {"ccp": 1, "street": 1, "portraits": 1, "scenes": 8, "people-portraits": 1}
"""The sources whose empty parts are backgrounds, and how often each is in the list. What stands out in everyday scenes beside
people (vehicles, animals, food) is what the network takes for people otherwise.
"""
STATISTICS = 64
"""Samples that BatchNorm's statistics are taken from when a shipped file is trained on."""


@dataclass(frozen=True)
class Settings(LoopSettings, SampleSettings):
    """See `config/street2fashion.toml`."""

    workers: int
    lr: float
    encoder_lr: float
    frozen_blocks: int
    small_share: float
    edge_weight: float
    class_weight: float
    keep_weight: float
    widths: list
    start: str


class SegmenterTraining(Training):
    """Trains Street2Fashion, except for its first `frozen_blocks` blocks."""

    def __init__(self, *, cfg: Settings, folder: Path, drawn: Path) -> None:
        self.cfg, self.device = cfg, device()
        pools = pools_of(settings=cfg, folder=folder, drawn=drawn)
        self.held = validation_people(data=folder)
        looks = drawn / "validation"
        self.held["drawn"] = parsed_looks(folder=looks, limit=30) if looks.exists() else []
        backgrounds = flat_lay_backgrounds(data=folder, limit=BACKGROUNDS)
        for pool in pools:
            backgrounds += [part for item in pool.people for part in empty_parts(parsed=item)] * PARTS.get(pool.name, 0)
        photos = next(pool.people for pool in pools if pool.name == "ccp")
        self.dataset = Samples(pools=pools, backgrounds=backgrounds, settings=cfg)
        self.model = start_of(cfg=cfg, folder=folder, dataset=self.dataset).to(self.device, memory_format=torch.channels_last)
        self.weights = class_weights(photos=photos).to(self.device)
        self.former = copy.deepcopy(self.model).eval().requires_grad_(False) if cfg.keep_weight else None
        self.frozen = [*self.model.encoder[: cfg.frozen_blocks]]
        for block in self.frozen:
            block.requires_grad_(False)
        self.networks = [Trained(module=self.model, live="model", average="ema")]
        self.groups = [
            Group(parameters=parameters_in(part=self.model.encoder), peak=cfg.encoder_lr),
            Group(parameters=parameters_besides(model=self.model, part=self.model.encoder), peak=cfg.lr),
        ]
        self.steps_per_epoch = cfg.samples_per_epoch // cfg.batch

    def batches(self, *, epoch: int, draw: EpochRandom) -> Iterator[tuple[Tensor, Tensor]]:
        """Pictures `(N, H, W, 3)` uint8 and labels `(N, H, W)`."""
        self.dataset.epoch = epoch
        loader = DataLoader(self.dataset, batch_size=self.cfg.batch, num_workers=self.cfg.workers, drop_last=True)
        return iter(loader)

    def loss(self, *, batch: tuple[Tensor, Tensor], draw: EpochRandom) -> Tensor:
        """Classes and foreground; some batches are shrunk."""
        picture, labels = batch
        x = picture.to(self.device).permute(0, 3, 1, 2).float() / 127.5 - 1
        if draw.rng.random() < self.cfg.small_share:
            x, labels = shrink(picture=x, labels=labels, size=SMALL[draw.rng.integers(len(SMALL))])
        x, labels = x.contiguous(memory_format=torch.channels_last), labels.to(self.device)
        logits = self.model(x)
        weighed = {"class_weight": self.cfg.class_weight, "edge_weight": self.cfg.edge_weight}
        loss = loss_of(logits=logits, labels=labels, weights=self.weights, **weighed)
        if self.former is not None:
            with torch.no_grad():
                kept = self.former(x)
            loss = loss + self.cfg.keep_weight * kept_loss(logits=logits, kept=kept, labels=labels)
        return loss

    @torch.inference_mode()
    def validate(self, *, averages: dict[str, nn.Module], last: bool) -> dict[str, float]:
        """IoU, boundary F and coarse regions on each slice's held-out photos: on half of them, at the end on all."""
        average = averages["ema"].cpu().to(memory_format=torch.channels_last)
        found = {}
        for name, items in self.held.items():
            part = items if last else items[::2]
            found |= {f"{name}_{key}": value for key, value in slice_figures(infer=average, parsed=part).items()}
        return found


def start_of(*, cfg: Settings, folder: Path, dataset: Samples) -> Street2Fashion:
    """The training's initial network: ImageNet's encoder, the shipped file, or another run."""
    model = Street2Fashion(widths=tuple(cfg.widths))
    if cfg.start == "imagenet":
        start_from_imagenet(model=model, folder=folder)
    elif cfg.start == "shipped":
        pictures = torch.stack([dataset[index][0] for index in range(STATISTICS)])
        pictures = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
        start_from_shipped(model=model, path=MODELS / "street2fashion.onnx", pictures=pictures)
    else:
        model.load_state_dict(torch.load(WORK / "runs" / cfg.start / "checkpoint.pt", weights_only=False)["ema"])
    return model


def train(*, cfg: Settings, folder: Path, run: Run, drawn: Path) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    fit(training=SegmenterTraining(cfg=cfg, folder=folder, drawn=drawn), settings=cfg, run=run)


def main() -> None:
    """Command line."""
    args = arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = load(schema=Settings, name="street2fashion", profile=args.profile, overrides=overrides(pairs=args.set))
    train(cfg=cfg, folder=args.data, run=Run(model="street2fashion", name=args.run, config=cfg), drawn=args.drawn)


if __name__ == "__main__":
    main()
