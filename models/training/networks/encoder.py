"""The network behind FashionDNA and Fashion2Shop: a picture on white → one 128-wide embedding for each of its attention maps.

EfficientNet-Lite0 gives features at strides 8, 16 and 32; beside them a small per-pixel network sees colours only. Each map weighs
the places of the stride-8 grid that are not white (attention pooling), and the means and deviations of all channels under these
weights are the picture's pooled numbers: early strides know fabric and print, late ones cut and kind. A linear map and a hidden
layer make the embedding, with a root mean square of 1 (RMSNorm without gain: Zhang, Sennrich 2019).

FashionDNA has one map. Fashion2Shop's query encoder has one for each category: where on this person are the trousers?
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .efficientnet import FRONT, LATE, S8, S16, S32, efficientnet_lite0
from .layers import bilinear_up, pointwise

WIDTH = 128
COLOURS = 32
STRIDE = 8
EPSILON = 1e-6
POOLED = 2 * (COLOURS + S8 + S16 + S32)
"""Numbers that a map pools: each channel's mean and its deviation."""
HIDDEN = 512
"""Width of the hidden layer behind the pooled numbers."""
LIGHTEST = 0.96
"""A pixel whose darkest channel is above this (of −1..1) is white: 250 of 255."""
STEEPNESS = 16.0
"""How fast a pixel counts as it gets darker than white."""
FLOOR = 0.01
"""The weight of a white pixel, so that a white picture has pooled numbers too."""


@dataclass
class Places:
    """What the layers behind stride 16 need of a picture: colours and features of stride 8 `near` `(N, 72, H/8, W/8)`, how far each
    place is from white, `dark` `(N, 1, H/8, W/8)`, and features of stride 16 `s16` `(N, 112, H/16, W/16)`.
    """

    near: Tensor
    dark: Tensor
    s16: Tensor


class Encoder(nn.Module):
    """`(N, 3, H, W)`, H and W multiples of 32 → `(N, maps, 128)`."""

    def __init__(self, *, size: tuple[int, int], maps: int) -> None:
        super().__init__()
        self.size, self.maps = size, maps
        self.encoder = efficientnet_lite0()
        self.colours = nn.Sequential(
            pointwise(inputs=3, outputs=24), pointwise(inputs=24, outputs=COLOURS), nn.AvgPool2d(STRIDE // 2)
        )
        self.look8 = nn.Conv2d(S8, maps, 1)
        self.look16, self.look32 = nn.Conv2d(S16, maps, 1, bias=False), nn.Conv2d(S32, maps, 1, bias=False)
        self.up16, self.up32 = bilinear_up(channels=maps), bilinear_up(channels=maps)
        self.project = nn.Conv2d(POOLED, WIDTH, 1, bias=False)
        self.hidden = nn.Conv2d(POOLED, HIDDEN, 1)
        self.refine = nn.Conv2d(HIDDEN, WIDTH, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(1, WIDTH, maps, 1))
        # At the start every place counts alike, and the hidden layer adds nothing.
        for start in (self.look8.weight, self.look8.bias, self.look16.weight, self.look32.weight, self.refine.weight):
            nn.init.zeros_(start)

    def front(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`(N, 3, H, W)` → the features at stride 8, `(N, 40, H/8, W/8)`, and the picture at half its size."""
        if x.ndim != 4 or x.shape[1:] != (3, *self.size):
            raise ValueError(f"expected (N, 3, {self.size[0]}, {self.size[1]}), got {tuple(x.shape)}")
        return self.encoder[:FRONT](x), F.avg_pool2d(x, 2)

    def places(self, s8: Tensor, half: Tensor) -> "Places":
        """What [`front`] gave → what the layers behind stride 16 need."""
        dark = (STEEPNESS * (LIGHTEST - half.amin(1, keepdim=True))).clamp(FLOOR, 1)
        near = torch.cat([self.colours(half), s8], dim=1)
        return Places(near=near, dark=F.avg_pool2d(dark, STRIDE // 2), s16=self.encoder[FRONT:LATE](s8))

    def pool_places(self, places: "Places") -> tuple[Tensor, Tensor]:
        """Pooled numbers `(N, 1008, maps)` and the attention's logits `(N, maps, H/8 · W/8)`."""
        near, s16 = places.near, places.s16
        s32 = self.encoder[LATE:](s16)
        look = self.look8(near[:, COLOURS:]) + self.up16(self.look16(s16) + self.up32(self.look32(s32)))
        weights = look.flatten(2).softmax(dim=2) * places.dark.flatten(2)
        weights = weights / weights.sum(2, keepdim=True)
        weights = weights.reshape(-1, self.maps, self.size[0] // STRIDE, self.size[1] // STRIDE)
        # A place of stride 16 weighs what the four places of stride 8 in it weigh together.
        weights16 = 4 * F.avg_pool2d(weights, 2)
        weights32 = 4 * F.avg_pool2d(weights16, 2)
        moments = [_moments(near, weights), _moments(s16, weights16), _moments(s32, weights32)]
        mean, square = (torch.cat(parts, dim=1) for parts in zip(*moments, strict=True))
        # Rounding can make a variance slightly negative.
        return torch.cat([mean, (F.relu(square - mean * mean) + EPSILON).sqrt()], dim=1), look.flatten(2)

    def pool(self, s8: Tensor, half: Tensor) -> tuple[Tensor, Tensor]:
        """What [`front`] gave → pooled numbers `(N, 1008, maps)` and the attention's logits `(N, maps, H/8 · W/8)`."""
        return self.pool_places(self.places(s8, half))

    def embed(self, pooled: Tensor) -> Tensor:
        """Pooled numbers `(N, 1008, maps)` → embeddings `(N, maps, 128)`."""
        x = pooled[..., None]
        z = self.project(x) + self.refine(F.relu(self.hidden(x))) + self.bias
        z = z[..., 0].transpose(1, 2)
        return z / (z.square().mean(dim=2, keepdim=True) + EPSILON).sqrt()

    def back(self, s8: Tensor, half: Tensor) -> tuple[Tensor, Tensor]:
        """What [`front`] gave → embeddings `(N, maps, 128)` and the attention's logits `(N, maps, H/8 · W/8)`."""
        pooled, look = self.pool(s8, half)
        return self.embed(pooled), look

    def forward(self, x: Tensor) -> Tensor:
        return self.back(*self.front(x))[0]


def _moments(features: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """`(N, C, h, w)` and weights `(N, maps, h, w)` that sum to 1 → means of values and of squares, `(N, C, maps)` each."""
    places, weights = features.flatten(2), weights.flatten(2).transpose(1, 2)
    return places @ weights, (places * places) @ weights
