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

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ..data.augmentation import IGNORE, WORN
from ..data.backgrounds import flat_lay_backgrounds
from ..data.ccp import ccp_photos
from ..data.scenes import empty_strip
from ..networks.street2fashion import FINE, Street2Fashion, log_odds
from ..paths import HERE, MODELS
from .runs import Ema, Run, ramp_cosine, seed_everything
from .samples import SMALL, Samples, SampleSettings, class_weights, pools_of, shrink
from .segmentation import segmentation_figures
from .settings import arguments, load, overrides
from .shipped import start_from_shipped
from .starts import start_from_imagenet


@dataclass(frozen=True)
class Settings(SampleSettings):
    """See `config/street2fashion.toml`."""

    epochs: int
    budget_minutes: float
    batch: int
    workers: int
    lr: float
    encoder_lr: float
    weight_decay: float
    ema: float
    frozen_blocks: int
    small_share: float
    edge_weight: float
    class_weight: float
    validate_every: int
    widths: list
    start: str


def loss_of(*, logits: Tensor, labels: Tensor, weights: Tensor, class_weight: float = 1.0, edge_weight: float = 0.0) -> Tensor:
    """Cross-entropy of the classes, and BCE and Dice (Milletari et al. 2016) of the foreground at the input's resolution.

    `logits` `(N, 17, H/2, W/2)`, `labels` `(N, H, W)`. One of the four pixels under each logit is drawn as its class.
    Pixels within two of an outline count `1 + edge_weight` times.
    """
    if labels.shape[1:] != (logits.shape[2] * 2, logits.shape[3] * 2):
        raise ValueError(f"logits {tuple(logits.shape)} do not halve labels {tuple(labels.shape)}")
    dy, dx = int(torch.randint(2, ())), int(torch.randint(2, ()))
    drawn = labels[:, dy::2, dx::2].long()
    drawn = drawn.masked_fill(drawn == WORN, IGNORE)
    classes = F.cross_entropy(logits[:, :FINE], drawn, weights, ignore_index=IGNORE)
    known = (labels != IGNORE).float()
    truth = (labels > 0).float() * known
    odds = log_odds(logits=logits)
    share = F.avg_pool2d(truth[:, None], 5, stride=1, padding=2, count_include_pad=False)[:, 0]
    importance = known * (1 + edge_weight * ((share > 0) & (share < 1)).float())
    bce = F.binary_cross_entropy_with_logits(odds, truth, reduction="none")
    bce = (bce * importance).sum() / importance.sum().clamp_min(1)
    p = torch.sigmoid(odds) * known
    dice = 1 - (2 * (p * truth).sum((1, 2)) + 1) / (p.sum((1, 2)) + truth.sum((1, 2)) + 1)
    return class_weight * classes.nan_to_num() + bce + dice.mean()


def train(*, cfg: Settings, folder: Path, run: Run, atelier: Path) -> None:
    """Trains until the epochs or the minutes are used up; the learning rate follows whichever is further."""

    seed_everything(seed=cfg.seed)
    photos = ccp_photos(data=folder, validation=False)
    held = ccp_photos(data=folder, validation=True)
    pools, held_looks = pools_of(settings=cfg, photos=photos, atelier=atelier)
    print({len(pool.people): round(pool.share, 2) for pool in pools}, flush=True)
    backgrounds = flat_lay_backgrounds(data=folder, limit=2000)
    # The widest strip of each photo with nobody in it.
    backgrounds += [strip for item in photos if (strip := empty_strip(parsed=item)) is not None]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dataset = Samples(pools=pools, backgrounds=backgrounds, settings=cfg)
    model = Street2Fashion(widths=tuple(cfg.widths))
    if cfg.start == "imagenet":
        start_from_imagenet(model=model, folder=folder)
    elif cfg.start == "shipped":
        pictures = torch.stack([dataset[index][0] for index in range(64)])
        pictures = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
        start_from_shipped(model=model, path=MODELS / "street2fashion.onnx", pictures=pictures)
    else:
        model.load_state_dict(torch.load(HERE / "runs" / cfg.start / "checkpoint.pt", weights_only=False)["ema"])
    model = model.to(device, memory_format=torch.channels_last)
    ema = Ema(model, decay=cfg.ema)
    frozen = [*model.encoder[: cfg.frozen_blocks]]
    for block in frozen:
        block.requires_grad_(False)
    encoder = [p for p in model.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in model.encoder.parameters()}
    decoder = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    groups = [{"params": encoder, "peak": cfg.encoder_lr}, {"params": decoder, "peak": cfg.lr}]
    optimiser = torch.optim.AdamW(groups, lr=cfg.lr, weight_decay=cfg.weight_decay)
    weights = class_weights(photos=photos).to(device)
    first = 0
    if (state := run.load()) is not None:
        model.load_state_dict(state["model"])
        ema.state, ema.steps = state["ema"], state["ema_steps"]
        optimiser.load_state_dict(state["optimiser"])
        first = state["epoch"] + 1
    steps_per_epoch = cfg.samples_per_epoch // cfg.batch
    progress = 0.0
    for epoch in range(first, cfg.epochs):
        dataset.epoch = epoch
        loader = DataLoader(dataset, batch_size=cfg.batch, shuffle=False, num_workers=cfg.workers, drop_last=True)
        rng = np.random.default_rng((cfg.seed, epoch))
        model.train()
        for block in frozen:
            block.eval()
        total = 0.0
        for step, (picture, labels) in enumerate(loader):
            by_steps = (epoch * steps_per_epoch + step) / (cfg.epochs * steps_per_epoch)
            progress = max(by_steps, run.elapsed_s() / 60 / cfg.budget_minutes)
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * ramp_cosine(progress=progress)
            x = picture.to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
            if rng.random() < cfg.small_share:
                x, labels = shrink(picture=x, labels=labels, size=SMALL[rng.integers(len(SMALL))])
            x = x.contiguous(memory_format=torch.channels_last)
            loss = loss_of(
                logits=model(x),
                labels=labels.to(device),
                weights=weights,
                class_weight=cfg.class_weight,
                edge_weight=cfg.edge_weight,
            )
            if not math.isfinite(loss.item()):
                raise FloatingPointError(f"loss is {loss.item()} in epoch {epoch}, step {step}")
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(encoder + decoder, 5.0)
            optimiser.step()
            ema.update(model)
            total += loss.item()
            if step % 10 == 9:
                print(
                    f"{run.elapsed_s():.0f} s, epoch {epoch}, step {step + 1}, loss {total / (step + 1):.3f}",
                    flush=True,
                )
        last = progress >= 1 or epoch + 1 == cfg.epochs
        metrics: dict[str, float] = {"epoch": epoch, "loss": total / steps_per_epoch, "progress": round(progress, 3)}
        if last or epoch % cfg.validate_every == cfg.validate_every - 1:
            average = Street2Fashion(widths=tuple(cfg.widths)).eval()
            average.load_state_dict(ema.state)
            average = average.to(memory_format=torch.channels_last)
            with torch.inference_mode():
                metrics |= segmentation_figures(infer=average, parsed=held if last else held[::2], with_boundary=True)
                if held_looks:
                    found = segmentation_figures(infer=average, parsed=held_looks[: 100 if last else 30])
                    metrics |= {f"looks_{key}": value for key, value in found.items()}
        state = {"model": model.state_dict(), "ema": ema.state, "ema_steps": ema.steps, "epoch": epoch}
        run.save(state=state | {"optimiser": optimiser.state_dict()}, metrics=metrics)
        if last:
            break


def main() -> None:
    """Command line."""
    args = arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = load(schema=Settings, name="street2fashion", profile=args.profile, overrides=overrides(pairs=args.set))
    train(cfg=cfg, folder=args.data, run=Run(model="street2fashion", name=args.run, config=cfg), atelier=args.atelier)


if __name__ == "__main__":
    main()
