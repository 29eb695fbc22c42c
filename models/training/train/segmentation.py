"""From Street2Fashion's logits back to the photo, and what they are worth there: IoU, boundary F, class IoU."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import binary_dilation, binary_erosion
from torch import Tensor

from ..classes import CATEGORIES, CLASSES, FIRST_CATEGORY
from ..data.geometry import Letterbox, letterbox
from ..data.label_sets import ALLOWED, COARSE
from ..data.parsed import Parsed
from ..data.views import to_input
from ..networks import street2fashion
from ..networks.street2fashion import FINE, Street2Fashion, log_odds, widths_of
from ..paths import WORK


def load_segmenter(*, run: str) -> Callable[[Tensor], Tensor]:
    """The frozen segmenter of a run: `(N, 3, H, W)` → logits."""
    weights = torch.load(WORK / "runs" / run / "checkpoint.pt", weights_only=False)["ema"]
    model = Street2Fashion(widths=widths_of(weights=weights))
    model.load_state_dict(weights)
    model = model.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def infer(x: Tensor) -> Tensor:
        return model(x.contiguous(memory_format=torch.channels_last))

    return infer


def photo_grid(*, box: Letterbox, width: int, height: int, frame: tuple[int, int]) -> Tensor:
    """Pixel centres of the photo in the coordinates of grid_sample over the letterboxed input of `frame` = (height, width),
    `(1, height, width, 2)`."""
    x = ((torch.arange(width) + 0.5) / width * box.width + box.left) / frame[1] * 2 - 1
    y = ((torch.arange(height) + 0.5) / height * box.height + box.top) / frame[0] * 2 - 1
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)[None].float()


def probabilities_at_photo(*, logits: Tensor, box: Letterbox, width: int, height: int) -> Tensor:
    """Logits → `(13, height, width)` at the photo's resolution, letterbox undone: the foreground's probability from its
    log-odds, shared among the twelve worn classes and skin and hair as their softmax has it."""
    if logits.shape[1] != street2fashion.OUTPUT[1]:
        raise ValueError(f"expected logits like {street2fashion.OUTPUT}, got {tuple(logits.shape)}")
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

    def outline(mask: np.ndarray) -> np.ndarray:
        return mask & ~binary_erosion(mask, border_value=1)

    a, b = outline(probability >= 0.5), outline(labels > 0)
    if not a.any() or not b.any():
        return float(a.any() == b.any())
    disc = np.hypot(*np.mgrid[-tolerance : tolerance + 1, -tolerance : tolerance + 1]) <= tolerance + 0.5
    precision = (a & binary_dilation(b, disc)).sum() / a.sum()
    recall = (b & binary_dilation(a, disc)).sum() / b.sum()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def segmentation_figures(
    *, infer: object, parsed: list[Parsed], with_boundary: bool = False, size: tuple[int, int] = street2fashion.INPUT[2:]
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


def slice_figures(*, infer: Callable[[Tensor], Tensor], parsed: list[Parsed]) -> dict[str, float]:
    """Mean foreground IoU and boundary F of photos with label values of `label_sets`; for street photos the IoU of the coarse
    regions over all pixels, too. A region is found where the most probable class is one that its label allows.
    """
    ious, boundaries = [], []
    joint = {name: np.zeros(2, np.int64) for name in COARSE}
    for item in parsed:
        height, width = item.labels.shape
        x, box = letterbox(picture=item.photo, into_width=street2fashion.INPUT[3], into_height=street2fashion.INPUT[2], pad=127.5)
        p = probabilities_at_photo(logits=infer(to_input(picture=x)), box=box, width=width, height=height).numpy()
        ious.append(foreground_iou(probability=1 - p[0], labels=item.labels))
        boundaries.append(boundary_f(probability=1 - p[0], labels=item.labels))
        kinds = p.argmax(axis=0)
        for name, label in COARSE.items():
            found, truth = ALLOWED[label][kinds], item.labels == label
            joint[name] += np.array([(found & truth).sum(), (found | truth).sum()])
    result = {"iou": float(np.mean(ious)), "boundary_f": float(np.mean(boundaries))} if parsed else {}
    if parsed and any((item.labels == COARSE["upper"]).any() for item in parsed):
        each = {name: float(both / max(either, 1)) for name, (both, either) in joint.items()}
        result |= {f"coarse_{name}": value for name, value in each.items()} | {"coarse_mean": float(np.mean([*each.values()]))}
    return result
