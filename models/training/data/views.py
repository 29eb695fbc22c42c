"""Pictures → batches of network input: plain, or augmented."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def to_input(*, picture: np.ndarray) -> Tensor:
    """`(H, W, 3)` in 0..255 → `(1, 3, H, W)`, x / 127.5 − 1."""
    return torch.from_numpy(np.ascontiguousarray(picture, np.float32)).permute(2, 0, 1)[None] / 127.5 - 1


def views(
    *, pictures: Tensor, generator: torch.Generator, size: tuple[int, int], strength: float = 1.0, mirror: bool = True
) -> Tensor:
    """`(N, 3, h, w)` uint8 on white → an augmented `(N, 3, *size)` float batch in −1..1, warped, flipped, relit a little, on the
    device of pictures and generator.

    Colour and print are what articles differ in, so light and tint move little.
    """
    count = len(pictures)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator, device=generator.device) * (high - low) + low

    angle = uniform(-0.2, 0.2) * strength
    scale = torch.exp(uniform(-0.35, 0.15) * strength)
    stretch = torch.exp(uniform(-0.15, 0.15) * strength)
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0) if mirror else torch.ones(count, device=generator.device)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack(
        [
            torch.stack([cos * stretch * flip, -sin, uniform(-0.15, 0.15) * strength], 1),
            torch.stack([sin * flip, cos / stretch, uniform(-0.15, 0.15) * strength], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [count, 3, *size], align_corners=False)
    # Inverted, so that what is outside (zeros) becomes white.
    x = 1 - F.grid_sample(1 - pictures.float() / 255, grid, padding_mode="zeros", align_corners=False)
    gain = torch.exp(uniform(-0.2, 0.15, 1, 1, 1) * strength + uniform(-0.04, 0.04, 3, 1, 1) * strength)
    x = x.clamp(1e-3, 1) ** torch.exp(uniform(-0.2, 0.2, 1, 1, 1) * strength)
    lit = (x * gain).clamp(0, 1)
    # White paper stays white in most pictures.
    x = torch.where((x.amin(1, keepdim=True) > 0.97) & (uniform(0, 1, 1, 1, 1) < 0.8), x, lit)
    # On a graphics processor reading the generator would wait for it: there torch's global stream is used.
    one = {"generator": generator} if generator.device.type == "cpu" else {}
    if float(torch.rand((), **one)) < 0.3:
        small = [int(side * (0.5 + 0.4 * float(torch.rand((), **one)))) for side in size]
        x = F.interpolate(F.interpolate(x, small, mode="area"), size, mode="bilinear", align_corners=False)
    return x * 2 - 1


def plain(*, pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, 3, *size)` in −1..1, no augmentation."""
    x = F.interpolate(pictures.float(), size, mode="bilinear", antialias=True, align_corners=False)
    return x / 127.5 - 1
