"""A shipped ONNX file → a model that can be trained further, for when the run that it came from is gone.

The file's convolutions hold their BatchNorm. Each BatchNorm gets the statistics that its input has on given pictures, and
the scale and shift that undo them, so that the model's output is the file's and training works as with the original BatchNorm.
"""

import itertools
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from .onnx_files import dequantised


def start_from_shipped(*, model: nn.Module, path: Path, pictures: Tensor) -> None:
    """Loads the weights of `path` into `model` (in place); `pictures` `(N, 3, H, W)` decide the statistics.

    Raises `ValueError` when the file has not the model's tensors.
    """
    file = onnx.load(path)
    stored = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in file.graph.initializer}
    stored |= {name: torch.from_numpy(weight) for name, weight in dequantised(model=file).items()}
    norms = dict(norms_of(model=model))
    with torch.no_grad():
        for name, module in model.named_modules():
            if isinstance(module, nn.Conv2d):
                module.weight.copy_(_tensor(stored=stored, name=f"{name}.weight", like=module.weight))
                norm = norms.get(name)
                bias = module.bias if norm is None else norm.bias
                if bias is not None:
                    bias.copy_(_tensor(stored=stored, name=f"{name}.bias", like=bias))
        _recalibrate(model=model, norms=[*norms.values()], pictures=pictures)


def _tensor(*, stored: dict[str, Tensor], name: str, like: Tensor) -> Tensor:
    """The file's tensor; output channels that the file does not have yet are zero."""
    if name in stored and stored[name].shape[1:] == like.shape[1:] and len(stored[name]) < len(like):
        return torch.cat([stored[name], torch.zeros(len(like) - len(stored[name]), *like.shape[1:])])
    if name not in stored or stored[name].shape != like.shape:
        found = tuple(stored[name].shape) if name in stored else "none"
        raise ValueError(f"{name}: expected a tensor {tuple(like.shape)}, found {found}")
    return stored[name]


def norms_of(*, model: nn.Module) -> list[tuple[str, nn.BatchNorm2d]]:
    """Each convolution's name with the BatchNorm behind it."""
    found = []
    for name, module in model.named_modules():
        for (first, conv), (_, norm) in itertools.pairwise(module.named_children()):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                found.append((f"{name}.{first}" if name else first, norm))
    return found


def _recalibrate(*, model: nn.Module, norms: list[nn.BatchNorm2d], pictures: Tensor) -> None:
    """One pass with BatchNorms that only add their bias; then each gets the statistics that it saw."""
    hooks = []
    for norm in norms:
        norm.weight.fill_(1.0)
        norm.running_mean.zero_()
        norm.running_var.fill_(1.0 - norm.eps)
        hooks.append(norm.register_forward_pre_hook(_remember))
    model.eval()(pictures)
    for norm, hook in zip(norms, hooks, strict=True):
        hook.remove()
        mean, variance = norm.seen
        del norm.seen
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)


def _remember(norm: nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
    norm.seen = (inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3)))
