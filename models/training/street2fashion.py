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
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models import mobilenet_v2

from . import augment, config, data
from .classes import CATEGORIES, CLASSES, FIRST_CATEGORY
from .geometry import Letterbox, letterbox
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


def photo_grid(*, box: Letterbox, width: int, height: int, frame: tuple[int, int]) -> Tensor:
    """Pixel centres of the photo in the coordinates of grid_sample over the letterboxed input of `frame` = (height, width),
    `(1, height, width, 2)`."""
    x = ((torch.arange(width) + 0.5) / width * box.width + box.left) / frame[1] * 2 - 1
    y = ((torch.arange(height) + 0.5) / height * box.height + box.top) / frame[0] * 2 - 1
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)[None].float()


def log_odds(*, logits: Tensor) -> Tensor:
    """`(N, 17, h, w)` → the foreground's log-odds at the input's resolution, `(N, 2h, 2w)`."""
    if logits.ndim != 4 or logits.shape[1] != FINE + 4:
        raise ValueError(f"expected (N, {FINE + 4}, h, w), got {tuple(logits.shape)}")
    coarse = torch.logsumexp(logits[:, 1:FINE], dim=1, keepdim=True) - logits[:, :1]
    up = F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
    return (up + F.pixel_shuffle(logits[:, FINE:], 2))[:, 0]


def probabilities_at_photo(*, logits: Tensor, box: Letterbox, width: int, height: int) -> Tensor:
    """Logits → `(13, height, width)` at the photo's resolution, letterbox undone: the foreground's probability from its
    log-odds, shared among the twelve worn classes and skin and hair as their softmax has it."""
    if logits.shape[1] != OUTPUT[1]:
        raise ValueError(f"expected logits like {OUTPUT}, got {tuple(logits.shape)}")
    grid = photo_grid(box=box, width=width, height=height, frame=(logits.shape[2] * 2, logits.shape[3] * 2))
    foreground = torch.sigmoid(log_odds(logits=logits.float()))[:, None]
    worn = logits[:, 1:FINE].float().softmax(dim=1)
    p = F.grid_sample(foreground, grid, padding_mode="border", align_corners=False)[0]
    return torch.cat([1 - p, p * F.grid_sample(worn, grid, padding_mode="border", align_corners=False)[0]])


def foreground_at_photo(*, logits: Tensor, box: Letterbox, width: int, height: int) -> Tensor:
    """Logits → `(height, width)` of the foreground's probability at the photo's resolution."""
    return 1 - probabilities_at_photo(logits=logits, box=box, width=width, height=height)[0]


def foreground_iou(*, probability: np.ndarray, labels: np.ndarray) -> float:
    """IoU of `probability ≥ 0.5` with everything that is not background, `(H, W)` each."""
    found, truth = probability >= 0.5, labels > 0
    union = np.logical_or(found, truth).sum()
    return float(np.logical_and(found, truth).sum() / union) if union else 1.0


def boundary_f(*, probability: np.ndarray, labels: np.ndarray, tolerance: int = 2) -> float:
    """F-measure of the two outlines within `tolerance` pixels."""
    from scipy.ndimage import binary_dilation, binary_erosion

    def outline(mask: np.ndarray) -> np.ndarray:
        return mask & ~binary_erosion(mask, border_value=1)

    a, b = outline(probability >= 0.5), outline(labels > 0)
    if not a.any() or not b.any():
        return float(a.any() == b.any())
    disc = np.hypot(*np.mgrid[-tolerance : tolerance + 1, -tolerance : tolerance + 1]) <= tolerance + 0.5
    precision = (a & binary_dilation(b, disc)).sum() / a.sum()
    recall = (b & binary_dilation(a, disc)).sum() / b.sum()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def measure(
    *, infer: object, parsed: list[data.Parsed], with_boundary: bool = False, size: tuple[int, int] = INPUT[2:]
) -> dict[str, float]:
    """Mean foreground IoU at the photos' resolution, and the mean IoU of the classes over all pixels.

    `infer` maps `(1, 3, *size)` to logits: the torch model or an ONNX session.
    """
    ious, boundaries = [], []
    confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for item in parsed:
        x, box = letterbox(picture=item.photo, into_width=size[1], into_height=size[0], pad=127.5)
        height, width = item.labels.shape
        p = probabilities_at_photo(logits=infer(to_input(picture=x)), box=box, width=width, height=height)  # type: ignore[operator]
        foreground = (1 - p[0]).numpy()
        ious.append(foreground_iou(probability=foreground, labels=item.labels))
        if with_boundary:
            boundaries.append(boundary_f(probability=foreground, labels=item.labels))
        pairs = item.labels.astype(np.int64).ravel() * len(CLASSES) + p.argmax(dim=0).numpy().ravel()
        confusion += np.bincount(pairs, minlength=len(CLASSES) ** 2).reshape(confusion.shape)
    union = confusion.sum(0) + confusion.sum(1) - np.diag(confusion)
    iou = np.diag(confusion) / np.maximum(union, 1)
    each = iou[union > 0]
    result = {"foreground_iou": float(np.mean(ious)), "foreground_iou_p10": float(np.quantile(ious, 0.1))}
    result["class_miou"] = float(each.mean())
    garments = slice(FIRST_CATEGORY, FIRST_CATEGORY + len(CATEGORIES))
    result["garment_miou"] = float(iou[garments].mean())
    if with_boundary:
        result["boundary_f_2px"] = float(np.mean(boundaries))
    return result


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

    def __init__(self, *, pools: list[Pool], backgrounds: list[np.ndarray], cfg: Settings) -> None:
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


def class_weights(*, photos: list[data.Parsed]) -> Tensor:
    """Mild weights: the −1/4th power of each class's share of pixels, between 0.5 and 3, mean 1."""
    counts = sum(np.bincount(item.labels.ravel(), minlength=256)[: len(CLASSES)] for item in photos)
    share = torch.tensor(counts / counts.sum()).float().clamp_min(1e-5)
    weights = share.pow(-0.25)
    return (weights / weights.mean()).clamp(0.5, 3.0)


def pools_of(*, cfg: Settings, photos: list[data.Parsed], atelier: Path) -> tuple[list[Pool], list[data.Parsed]]:
    """The sources to learn from by their shares, CCP's photos having the rest, and drawn looks to measure on."""
    from .atelier import parsed_looks
    from .people import cached_people

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


def paste_preview(*, picture: np.ndarray, labels: np.ndarray) -> Image.Image:
    """A picture beside its label map, to look at what the augmentation does."""
    palette = np.random.default_rng(3).integers(0, 255, (256, 3)).astype(np.uint8)
    return Image.fromarray(np.hstack([picture, palette[labels]]))


def main() -> None:
    """Command line."""
    args = config.arguments(description=__doc__.split("\n")[0]).parse_args()
    cfg = config.load(schema=Settings, name="street2fashion", profile=args.profile, overrides=config.overrides(pairs=args.set))
    train(cfg=cfg, folder=args.data, run=Run(model="street2fashion", name=args.run, config=cfg), atelier=args.atelier)


if __name__ == "__main__":
    main()
