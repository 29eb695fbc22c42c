"""BatchNorm folded into the convolutions in front of it."""

import copy
import itertools

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold(*, model: nn.Module) -> nn.Module:
    """A copy in eval mode without BatchNorm: each is folded into the convolution in front of it."""
    model = copy.deepcopy(model).eval()
    for module in model.modules():
        children = list(module.named_children())
        for (_, first), (name, second) in itertools.pairwise(children):
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                fused = fuse_conv_bn_eval(first, second)
                first.weight, first.bias = fused.weight, fused.bias
                setattr(module, name, nn.Identity())
    if left := [n for n, m in model.named_modules() if isinstance(m, nn.BatchNorm2d)]:
        raise ValueError(f"BatchNorm without a convolution in front: {left}")
    return model
