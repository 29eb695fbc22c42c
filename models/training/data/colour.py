"""A product's colour: the mean of its pixels in CIE L*a*b* (D65), and how far colours are apart (CIE 1976)."""

import torch
from torch import Tensor

WHITE_FROM = 250
"""A pixel whose channels all reach this is background."""
MIDDLE = (0.6, 0.7)
"""The share of a picture's width and height, around its middle, that shows the product."""
_XYZ = torch.tensor([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
_WHITE_POINT = torch.tensor([0.95047, 1.0, 1.08883])


def lab(*, rgb: Tensor) -> Tensor:
    """sRGB `(…, 3)`, 0 to 255 → L*a*b* `(…, 3)`."""
    c = rgb.float() / 255
    linear = torch.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _XYZ.T / _WHITE_POINT
    f = torch.where(xyz > (6 / 29) ** 3, xyz.clamp_min(1e-9) ** (1 / 3), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return torch.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], dim=-1)


def mean_colours(*, pictures: Tensor) -> Tensor:
    """`(N, 3, h, w)` uint8 on white → L*a*b* `(N, 3)` of the mean of what is not white in the middle; white if nothing is."""
    height, width = pictures.shape[2:]
    rows, columns = (round(side * (1 - share) / 2) for side, share in zip((height, width), reversed(MIDDLE), strict=True))
    middle = pictures[:, :, rows : height - rows, columns : width - columns].flatten(2).float()
    seen = (middle.amin(dim=1, keepdim=True) < WHITE_FROM).float()
    count = seen.sum(dim=2)
    mean = torch.where(count > 0, (middle * seen).sum(dim=2) / count.clamp_min(1), torch.tensor(255.0))
    return lab(rgb=mean)
