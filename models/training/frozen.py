"""Frozen networks in ONNX Runtime: on a processor several times as fast as PyTorch runs the same layers one by one."""

import io
from collections.abc import Callable

import onnxruntime
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .encoder import FRONT, Encoder


def in_onnxruntime(*, model: nn.Module, size: tuple[int, int]) -> Callable[[Tensor], Tensor]:
    """A model as it is now, in eval mode: `(N, 3, *size)` → its output."""
    from .export import fold

    buffer, example = io.BytesIO(), torch.zeros(2, 3, *size)
    names = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "n"}, "y": {0: "n"}}}
    torch.onnx.export(fold(model=model), (example,), buffer, opset_version=17, dynamo=False, **names)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(buffer.getvalue(), options, providers=["CPUExecutionProvider"])
    return lambda x: torch.from_numpy(session.run(None, {"x": x.contiguous().numpy()})[0])


def front_of(*, model: Encoder, live: bool) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """What a training puts in front of `Encoder.back`: the model's own blocks if they are trained too (`live`)."""
    if live:
        return lambda x: model.front(x.contiguous(memory_format=torch.channels_last))
    model.encoder[:FRONT].requires_grad_(False)
    blocks = in_onnxruntime(model=nn.Sequential(*model.encoder[:FRONT]), size=model.size)

    def front(x: Tensor) -> tuple[Tensor, Tensor]:
        s8, half = blocks(x), F.avg_pool2d(x, 2)
        return s8.contiguous(memory_format=torch.channels_last), half.contiguous(memory_format=torch.channels_last)

    return front
