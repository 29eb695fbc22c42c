"""ONNX files as functions of tensors, and the float weights that they hold."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper


def session(*, path: Path) -> Any:
    """An ONNX file as a function of tensors."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    run = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    name = run.get_inputs()[0].name
    return lambda x: torch.from_numpy(run.run(None, {name: x.numpy()})[0])


def initialisers(*, path: Path) -> dict[str, np.ndarray]:
    """All stored tensors of a file."""
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


def dequantised(*, model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """A quantised file's int8 and float16 weights as float32, by the original initialiser's name; some have factors by input."""
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    found = {}
    for name, q in tensors.items():
        if name.endswith(".int8"):
            base = name.removesuffix(".int8")
            scale = tensors[f"{base}.scale"]
            found[base] = q.astype(np.float32) * scale.reshape(-1, *[1] * (q.ndim - 1))
            if (factors := tensors.get(f"{base}.factors")) is not None:
                found[base] = found[base] * factors
        elif name.endswith(".half"):
            found[name.removesuffix(".half")] = q.astype(np.float32)
    return found
