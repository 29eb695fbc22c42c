"""EfficientNet-Lite0 without its classifier (Tan, Le 2019; the Lite variant has ReLU6 and no squeeze-and-excite).

Convolutions pad on all sides alike, where the original pads one pixel less on the left and top. So the sampling grid lies one pixel
aside, and a stride-2 layer is one ONNX node without a Pad in front.
"""

from torch import Tensor, nn

STEM = 32
BLOCKS = (
    *((3, 1, 16, 1), (3, 2, 24, 6), (3, 1, 24, 6), (5, 2, 40, 6), (5, 1, 40, 6)),
    *((3, 2, 80, 6), (3, 1, 80, 6), (3, 1, 80, 6), (5, 1, 112, 6), (5, 1, 112, 6), (5, 1, 112, 6)),
    *((5, 2, 192, 6), (5, 1, 192, 6), (5, 1, 192, 6), (5, 1, 192, 6), (3, 1, 320, 6)),
)
"""Kernel, stride, output channels and expansion of each block."""
FRONT, LATE = 6, 12
"""Layers up to stride 8, and up to stride 16: the stem counts as one."""
S8, S16, S32 = 40, 112, 320
"""Channels at these strides."""
EPSILON = 1e-3


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON)


class InvertedResidual(nn.Module):
    """Expand, depthwise, project; with a shortcut where input and output have the same shape."""

    def __init__(self, *, inputs: int, kernel: int, stride: int, outputs: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        expand = [nn.Conv2d(inputs, wide, 1, bias=False), _norm(wide), nn.ReLU6()] if expansion > 1 else []
        depthwise = nn.Conv2d(wide, wide, kernel, stride=stride, padding=kernel // 2, groups=wide, bias=False)
        project = nn.Conv2d(wide, outputs, 1, bias=False)
        self.layers = nn.Sequential(*expand, depthwise, _norm(wide), nn.ReLU6(), project, _norm(outputs))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.adds else self.layers(x)


def efficientnet_lite0() -> nn.Sequential:
    """The stem and sixteen blocks: `(N, 3, H, W)` → `(N, 320, H/32, W/32)`."""
    stem = nn.Sequential(nn.Conv2d(3, STEM, 3, stride=2, padding=1, bias=False), _norm(STEM), nn.ReLU6())
    layers, inputs = [stem], STEM
    for kernel, stride, outputs, expansion in BLOCKS:
        layers.append(InvertedResidual(inputs=inputs, kernel=kernel, stride=stride, outputs=outputs, expansion=expansion))
        inputs = outputs
    return nn.Sequential(*layers)


def load_original(*, body: nn.Sequential, stored: dict[str, Tensor]) -> None:
    """Loads ImageNet's weights (in place) as the original's PyTorch port stores them: its order of layers is the same.

    Raises `ValueError` when the tensors do not fit.
    """
    layers = [value for key, value in stored.items() if key.startswith(("_conv_stem", "_bn0", "_blocks"))]
    own = body.state_dict()
    if [value.shape for value in layers] != [value.shape for value in own.values()]:
        raise ValueError(f"expected the {len(own)} tensors of EfficientNet-Lite0, found {len(layers)} others")
    body.load_state_dict(dict(zip(own, layers, strict=True)))
