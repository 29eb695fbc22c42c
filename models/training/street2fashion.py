"""Street2Fashion: a photo → the logits of thirteen classes at half the input's resolution.

A U-Net (Ronneberger, Fischer, Brox 2015) whose encoder is MobileNetV2 (Sandler et al. 2018) and whose decoder is made of
depthwise-separable convolutions; the paper (Lasserre, Bracher, Vollgraf 2018) uses a U-Net of its own for the same step.
Upsampling is a fixed bilinear depthwise transposed convolution, so that the file holds no Resize.

    python -m training.street2fashion --profile cpu

`(1, 3, 288, 192)` RGB, x / 127.5 − 1, letterboxed on grey → `(1, 17, 144, 96)`: thirteen classes' logits, and four residuals
of the foreground's log-odds, one for each of the 2 × 2 input pixels under an output pixel (as sub-pixel convolution, Shi et
al. 2016), so that the outline is learnt at the input's resolution at next to no cost:

    log-odds = up₂(logsumexp(garments, skin, …) − background) + residual
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.models import mobilenet_v2

from . import augment, config, data
from .classes import CLASSES
from .runs import Ema, Run, ramp_cosine, seed_everything
from .shipped import start_from_shipped

INPUT = (1, 3, 288, 192)
OUTPUT = (1, 17, 144, 96)
FINE = len(CLASSES)
"""The first of the four channels that refine the outline to the input's resolution."""
WIDTHS = (128, 96, 64, 48, 32)
"""Channels of the decoder at strides 32, 16, 8, 4 and 2."""


@dataclass(frozen=True)
class Settings:
    """See `config/street2fashion.toml`."""

    seed: int
    epochs: int
    samples_per_epoch: int
    budget_minutes: float
    batch: int
    workers: int
    lr: float
    encoder_lr: float
    weight_decay: float
    ema: float
    frozen_blocks: int
    small_share: float
    looks_share: float
    studio_share: float
    tagged_share: float
    whole_share: float
    pasted_share: float
    empty_share: float
    light: float
    edge_weight: float
    class_weight: float
    validate_every: int
    widths: list
    start: str


def bilinear_up(*, channels: int) -> nn.ConvTranspose2d:
    """×2 bilinear upsampling as a fixed depthwise transposed convolution (kernel 4, stride 2, padding 1)."""
    up = nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1, groups=channels, bias=False)
    tap = torch.tensor([0.25, 0.75, 0.75, 0.25])
    up.weight.data.copy_(torch.outer(tap, tap).expand(channels, 1, 4, 4))
    up.weight.requires_grad_(False)
    return up


def separable(*, inputs: int, outputs: int) -> nn.Sequential:
    """Depthwise 3×3, then pointwise, each with BatchNorm and ReLU6."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU6(inplace=True),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(inplace=True),
    )


class Up(nn.Module):
    """Upsamples, joins the encoder's features of that stride, mixes."""

    def __init__(self, *, inputs: int, skip: int, outputs: int, blocks: int) -> None:
        super().__init__()
        self.up = bilinear_up(channels=inputs)
        first = separable(inputs=inputs + skip, outputs=outputs)
        self.mix = nn.Sequential(first, *(separable(inputs=outputs, outputs=outputs) for _ in range(blocks - 1)))

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.mix(torch.cat([self.up(x), skip], dim=1))


class Street2Fashion(nn.Module):
    """`(N, 3, H, W)` → `(N, 17, H/2, W/2)`, H and W multiples of 32."""

    # Where MobileNetV2's `features` reach strides 2, 4, 8, 16 and 32.
    TAPS = (1, 3, 6, 13, 17)

    def __init__(self, *, widths: tuple[int, int, int, int, int] = WIDTHS) -> None:
        super().__init__()
        w32, w16, w8, w4, w2 = widths
        self.encoder = mobilenet_v2(weights=None).features[:18]
        self.squeeze = nn.Sequential(nn.Conv2d(320, w32, 1, bias=False), nn.BatchNorm2d(w32), nn.ReLU6(inplace=True))
        self.up16 = Up(inputs=w32, skip=96, outputs=w16, blocks=2)
        self.up8 = Up(inputs=w16, skip=32, outputs=w8, blocks=2)
        self.up4 = Up(inputs=w8, skip=24, outputs=w4, blocks=2)
        self.up2 = Up(inputs=w4, skip=16, outputs=w2, blocks=1)
        self.head = nn.Sequential(
            nn.Conv2d(w2, w2, 3, padding=1, groups=w2, bias=False),
            nn.BatchNorm2d(w2),
            nn.ReLU6(inplace=True),
            nn.Conv2d(w2, len(CLASSES) + 4, 1),
        )
        last = self.head[-1]
        nn.init.zeros_(last.weight[FINE:])
        nn.init.zeros_(last.bias[FINE:])

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4 or x.shape[1] != 3 or x.shape[2] % 32 or x.shape[3] % 32:
            raise ValueError(f"expected (N, 3, 32i, 32j), got {tuple(x.shape)}")
        taps = []
        for index, block in enumerate(self.encoder):
            x = block(x)
            if index in self.TAPS:
                taps.append(x)
        s2, s4, s8, s16, s32 = taps
        y = self.squeeze(s32)
        y = self.up16(y, s16)
        y = self.up8(y, s8)
        y = self.up4(y, s4)
        y = self.up2(y, s2)
        return self.head(y)


def imagenet_features(*, path: Path) -> dict[str, Tensor]:
    """MobileNetV2's `features.*` of a safetensors file, without the prefix."""
    return {key.removeprefix("features."): v for key, v in load_file(path).items() if key.startswith("features.")}


def start_from_imagenet(*, model: Street2Fashion, folder: Path) -> None:
    """Loads the encoder; the last 1280-wide convolution is not used."""
    weights = imagenet_features(path=folder / "mobilenet_v2_imagenet_bnrecal.safetensors")
    model.encoder.load_state_dict({k: v for k, v in weights.items() if int(k.split(".")[0]) < 18})


def to_input(*, picture: np.ndarray) -> Tensor:
    """`(H, W, 3)` in 0..255 → `(1, 3, H, W)`, x / 127.5 − 1."""
    return torch.from_numpy(np.ascontiguousarray(picture, np.float32)).permute(2, 0, 1)[None] / 127.5 - 1


def log_odds(*, logits: Tensor) -> Tensor:
    """`(N, 17, h, w)` → the foreground's log-odds at the input's resolution, `(N, 2h, 2w)`."""
    if logits.ndim != 4 or logits.shape[1] != FINE + 4:
        raise ValueError(f"expected (N, {FINE + 4}, h, w), got {tuple(logits.shape)}")
    coarse = torch.logsumexp(logits[:, 1:FINE], dim=1, keepdim=True) - logits[:, :1]
    up = F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
    return (up + F.pixel_shuffle(logits[:, FINE:], 2))[:, 0]


def loss_of(*, logits: Tensor, labels: Tensor, weights: Tensor, class_weight: float = 1.0, edge_weight: float = 0.0) -> Tensor:
    """Cross-entropy of the classes, and BCE and Dice (Milletari et al. 2016) of the foreground at the input's resolution.

    `logits` `(N, 17, H/2, W/2)`, `labels` `(N, H, W)`. One of the four pixels under each logit is drawn as its class.
    Pixels within two of an outline count `1 + edge_weight` times.
    """
    if labels.shape[1:] != (logits.shape[2] * 2, logits.shape[3] * 2):
        raise ValueError(f"logits {tuple(logits.shape)} do not halve labels {tuple(labels.shape)}")
    dy, dx = int(torch.randint(2, ())), int(torch.randint(2, ()))
    drawn = labels[:, dy::2, dx::2].long()
    drawn = drawn.masked_fill(drawn == augment.WORN, augment.IGNORE)
    classes = F.cross_entropy(logits[:, :FINE], drawn, weights, ignore_index=augment.IGNORE)
    known = (labels != augment.IGNORE).float()
    truth = (labels > 0).float() * known
    odds = log_odds(logits=logits)
    share = F.avg_pool2d(truth[:, None], 5, stride=1, padding=2, count_include_pad=False)[:, 0]
    importance = known * (1 + edge_weight * ((share > 0) & (share < 1)).float())
    bce = F.binary_cross_entropy_with_logits(odds, truth, reduction="none")
    bce = (bce * importance).sum() / importance.sum().clamp_min(1)
    p = torch.sigmoid(odds) * known
    dice = 1 - (2 * (p * truth).sum((1, 2)) + 1) / (p.sum((1, 2)) + truth.sum((1, 2)) + 1)
    return class_weight * classes.nan_to_num() + bce + dice.mean()


def widths_of(*, weights: dict[str, Tensor]) -> tuple[int, int, int, int, int]:
    """The decoder's widths of stored weights."""
    ups = [len(weights[f"up{stride}.mix.0.3.weight"]) for stride in (16, 8, 4, 2)]
    return len(weights["squeeze.0.weight"]), *ups


def load_segmenter(*, run: str) -> Callable[[Tensor], Tensor]:
    """The frozen segmenter of a run: `(N, 3, H, W)` → logits."""
    weights = torch.load(config.HERE / "runs" / run / "checkpoint.pt", weights_only=False)["ema"]
    model = Street2Fashion(widths=widths_of(weights=weights))
    model.load_state_dict(weights)
    model = model.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def infer(x: Tensor) -> Tensor:
        return model(x.contiguous(memory_format=torch.channels_last))

    return infer


def train(*, cfg: Settings, folder: Path, run: Run, atelier: Path) -> None:
    """Trains until the epochs or the minutes are used up; the learning rate follows whichever is further."""
    from .samples import SMALL, Samples, class_weights, empty_strip, pools_of, shrink
    from .segmentation import measure

    seed_everything(seed=cfg.seed)
    photos = data.ccp(data=folder, validation=False)
    held = data.ccp(data=folder, validation=True)
    pools, held_looks = pools_of(cfg=cfg, photos=photos, atelier=atelier)
    print({len(pool.people): round(pool.share, 2) for pool in pools}, flush=True)
    backgrounds = data.flat_lay(data=folder, limit=2000)
    # The widest strip of each photo with nobody in it.
    backgrounds += [strip for item in photos if (strip := empty_strip(parsed=item)) is not None]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dataset = Samples(pools=pools, backgrounds=backgrounds, cfg=cfg)
    model = Street2Fashion(widths=tuple(cfg.widths))
    if cfg.start == "imagenet":
        start_from_imagenet(model=model, folder=folder)
    elif cfg.start == "shipped":
        pictures = torch.stack([dataset[index][0] for index in range(64)])
        pictures = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
        start_from_shipped(model=model, path=config.MODELS / "street2fashion.onnx", pictures=pictures)
    else:
        model.load_state_dict(torch.load(config.HERE / "runs" / cfg.start / "checkpoint.pt", weights_only=False)["ema"])
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
                metrics |= measure(infer=average, parsed=held if last else held[::2], with_boundary=True)
                if held_looks:
                    found = measure(infer=average, parsed=held_looks[: 100 if last else 30])
                    metrics |= {f"looks_{key}": value for key, value in found.items()}
        state = {"model": model.state_dict(), "ema": ema.state, "ema_steps": ema.steps, "epoch": epoch}
        run.save(state=state | {"optimiser": optimiser.state_dict()}, metrics=metrics)
        if last:
            break


def main() -> None:
    """Command line."""
    args = config.arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = config.load(schema=Settings, name="street2fashion", profile=args.profile, overrides=config.overrides(pairs=args.set))
    train(cfg=cfg, folder=args.data, run=Run(model="street2fashion", name=args.run, config=cfg), atelier=args.atelier)


if __name__ == "__main__":
    main()
