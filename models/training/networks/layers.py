"""Layers that several networks share."""

import torch
from torch import nn


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


def pointwise(*, inputs: int, outputs: int) -> nn.Sequential:
    """1×1 convolution, BatchNorm, ReLU6."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6())
