"""Street2Fashion: a photo → the logits of thirteen classes at half the input's resolution.

A U-Net (Ronneberger, Fischer, Brox 2015) whose encoder is MobileNetV2 (Sandler et al. 2018) and whose decoder is made of
depthwise-separable convolutions; the paper (Lasserre, Bracher, Vollgraf 2018) uses a U-Net of its own for the same step.
Upsampling is a fixed bilinear depthwise transposed convolution, so that the file holds no Resize.

`(1, 3, 288, 192)` RGB, x / 127.5 − 1, letterboxed on grey → `(1, 17, 144, 96)`: thirteen classes' logits, and four residuals
of the foreground's log-odds, one for each of the 2 × 2 input pixels under an output pixel (as sub-pixel convolution, Shi et
al. 2016), so that the outline is learnt at the input's resolution at next to no cost:

    log-odds = up₂(logsumexp(garments, skin, …) − background) + residual
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

from ..classes import CLASSES
from .layers import bilinear_up, separable

INPUT = (1, 3, 288, 192)
OUTPUT = (1, 17, 144, 96)
FINE = len(CLASSES)
"""The first of the four channels that refine the outline to the input's resolution."""
WIDTHS = (128, 96, 64, 48, 32)
"""Channels of the decoder at strides 32, 16, 8, 4 and 2."""


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


def log_odds(*, logits: Tensor) -> Tensor:
    """`(N, 17, h, w)` → the foreground's log-odds at the input's resolution, `(N, 2h, 2w)`."""
    if logits.ndim != 4 or logits.shape[1] != FINE + 4:
        raise ValueError(f"expected (N, {FINE + 4}, h, w), got {tuple(logits.shape)}")
    coarse = torch.logsumexp(logits[:, 1:FINE], dim=1, keepdim=True) - logits[:, :1]
    up = F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
    return (up + F.pixel_shuffle(logits[:, FINE:], 2))[:, 0]


def widths_of(*, weights: dict[str, Tensor]) -> tuple[int, int, int, int, int]:
    """The decoder's widths of stored weights."""
    ups = [len(weights[f"up{stride}.mix.0.3.weight"]) for stride in (16, 8, 4, 2)]
    return len(weights["squeeze.0.weight"]), *ups
