"""Inference of frozen networks: by ONNX Runtime on a processor, where it is several times as fast as PyTorch; by PyTorch on a
graphics processor."""

import copy
import io
from collections.abc import Callable

import onnxruntime
import torch
from torch import Tensor, nn

from ..networks.fold import fold


def in_onnxruntime(*, model: nn.Module, size: tuple[int, int]) -> Callable[[Tensor], Tensor]:
    """A copy of a model in eval mode: `(N, 3, *size)` → its output."""

    buffer, example = io.BytesIO(), torch.zeros(2, 3, *size)
    names = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "n"}, "y": {0: "n"}}}
    torch.onnx.export(fold(model=model), (example,), buffer, opset_version=17, dynamo=False, **names)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(buffer.getvalue(), options, providers=["CPUExecutionProvider"])
    return lambda x: torch.from_numpy(session.run(None, {"x": x.contiguous().numpy()})[0])


def inference(*, model: nn.Module, size: tuple[int, int]) -> Callable[[Tensor], Tensor]:
    """A copy of a model in eval mode, on the model's device: `(N, 3, *size)` → its output in the processor's memory."""
    where = next(model.parameters()).device
    if where.type == "cpu":
        return in_onnxruntime(model=model, size=size)
    frozen = copy.deepcopy(model).eval()

    @torch.inference_mode()
    def infer(x: Tensor) -> Tensor:
        return frozen(x.to(where).contiguous(memory_format=torch.channels_last)).float().cpu()

    return infer
