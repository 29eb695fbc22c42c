"""The network behind FashionDNA and Fashion2Shop: a picture on white → one 128-wide embedding for each of its attention maps.

MobileNetV2 (Sandler et al. 2018) whose strides 8, 16 and 32 are brought to stride 8 and mixed, beside them a small
per-pixel network that sees colours only; each map weighs the places (attention pooling), and one projection makes the
embedding, with a root mean square of 1 (RMSNorm without gain: Zhang, Sennrich 2019). Colours are averaged after
a non-linearity, as a soft histogram is, so shades do not melt into one another. Beside each channel's mean goes its deviation over
the places, since a stripe and a plain cloth may have the same mean; a hidden layer adds what a linear map of both cannot say.

FashionDNA has one map. Fashion2Shop's query encoder has one for each category: where on this person are the trousers?
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

from .layers import bilinear_up, pointwise

WIDTH = 128
COLOURS = 32
MIXED = 160
STRIDE = 8
EPSILON = 1e-6
POOLED = 2 * (MIXED + COLOURS)
"""Numbers that a map pools: each channel's mean and its deviation."""


HIDDEN = 512
"""Width of the hidden layer behind the pooled numbers. On validation pairs 512 gave .02 more top-1 than no hidden layer."""


FRONT, LATE = 7, 14
"""MobileNetV2's blocks up to stride 8, and up to stride 16."""


class Encoder(nn.Module):
    """`(N, 3, H, W)`, H and W multiples of 32 → `(N, maps, 128)`."""

    def __init__(self, *, size: tuple[int, int], maps: int) -> None:
        super().__init__()
        self.size, self.maps = size, maps
        self.encoder = mobilenet_v2(weights=None).features[:18]
        self.squeeze32 = pointwise(inputs=320, outputs=96)
        self.up32 = bilinear_up(channels=96)
        self.squeeze16 = pointwise(inputs=96 + 96, outputs=96)
        self.up16 = bilinear_up(channels=96)
        self.mix = pointwise(inputs=32 + 96, outputs=MIXED)
        self.colours = nn.Sequential(
            pointwise(inputs=3, outputs=24), pointwise(inputs=24, outputs=COLOURS), nn.AvgPool2d(STRIDE // 2)
        )
        self.look = nn.Conv2d(MIXED, maps, 1)
        self.project = nn.Conv2d(POOLED, WIDTH, 1, bias=False)
        self.hidden = nn.Conv2d(POOLED, HIDDEN, 1)
        self.refine = nn.Conv2d(HIDDEN, WIDTH, 1, bias=False)
        nn.init.zeros_(self.refine.weight)
        self.bias = nn.Parameter(torch.zeros(1, WIDTH, maps, 1))

    def front(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`(N, 3, H, W)` → the encoder's stride 8, `(N, 32, H/8, W/8)`, and the picture at half its size."""
        if x.ndim != 4 or x.shape[1:] != (3, *self.size):
            raise ValueError(f"expected (N, 3, {self.size[0]}, {self.size[1]}), got {tuple(x.shape)}")
        return self.encoder[:FRONT](x), F.avg_pool2d(x, 2)

    def pool(self, s8: Tensor, half: Tensor) -> tuple[Tensor, Tensor]:
        """What [`front`] gave → pooled numbers `(N, 384, maps)` and the attention's logits `(N, maps, H/8 · W/8)`."""
        s16 = self.encoder[FRONT:LATE](s8)
        s32 = self.encoder[LATE:](s16)
        y = self.squeeze16(torch.cat([self.up32(self.squeeze32(s32)), s16], dim=1))
        y = self.mix(torch.cat([self.up16(y), s8], dim=1))
        look = self.look(y).flatten(2)
        features, weights = torch.cat([y, self.colours(half)], dim=1).flatten(2), look.softmax(dim=2).transpose(1, 2)
        mean = features @ weights
        # Rounding can make a variance slightly negative.
        variance = F.relu((features * features) @ weights - mean * mean)
        return torch.cat([mean, (variance + EPSILON).sqrt()], dim=1), look

    def embed(self, pooled: Tensor) -> Tensor:
        """Pooled numbers `(N, 384, maps)` → embeddings `(N, maps, 128)`."""
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


def start_from(*, model: Encoder, other: dict[str, Tensor]) -> None:
    """Loads another encoder's weights; a single map's are repeated for every map of `model`."""
    own, loaded = model.state_dict(), {}
    for key, value in other.items():
        loaded[key] = value
        if value.shape != own[key].shape:
            # A little noise, so that the maps can become different.
            spread = value.std() if value.numel() > 1 else 0.0
            loaded[key] = value.expand(own[key].shape) + torch.randn(own[key].shape) * 0.01 * spread
    model.load_state_dict(loaded)
