"""Weights of an ONNX file → int8 with one scale for each output channel, or float16; activations stay float32.

Every Conv and Gemm weight becomes an int8 initialiser and a DequantizeLinear in front of its user (symmetric, plain rounding:
w ≈ scale[c] · q, q in −127..127). Layers that are named become float16 with a Cast instead. ConvTranspose (the fixed bilinear
taps), biases and small tensors stay float32.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

SMALLEST = 256
"""Tensors with fewer values stay float32."""
SMALLEST_TO_MATCH = 4096
"""The same for networks whose embeddings are compared. The first blocks, which every later layer sees, are below it: where these
are trained too, rounding the second block's 1,664 values moved a query's embedding by a quarter. It costs 95 kB a file."""


EMBEDDING_LAYERS = ("project", "hidden", "refine")
"""Layers of an encoder that become float16. Their inputs differ in scale by orders of magnitude, so one scale for each output
channel would round the small inputs' weights to nothing."""


def per_channel(*, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`(C, …)` float32 → int8 of the same shape and `(C,)` scales; an all-zero channel gets scale 1."""
    largest = np.abs(weight.reshape(len(weight), -1)).max(axis=1)
    scale = np.where(largest > 0, largest / 127.0, 1.0).astype(np.float32)
    spread = scale.reshape(-1, *[1] * (weight.ndim - 1))
    return np.clip(np.rint(weight / spread), -127, 127).astype(np.int8), scale


def quantise(*, model: onnx.ModelProto, smallest: int = SMALLEST, halved: tuple[str, ...] = ()) -> onnx.ModelProto:
    """A copy of `model` with int8 weights, and float16 ones in the layers `halved`; tensors below `smallest` values stay."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    graph = out.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    added, done = [], set()
    for node in graph.node:
        if node.op_type not in ("Conv", "Gemm") or node.input[1] not in tensors:
            continue
        name = node.input[1]
        weight = numpy_helper.to_array(tensors[name]).astype(np.float32)
        if weight.size < smallest:
            continue
        if set(halved) & set(name.split(".")):
            if name not in done:
                done.add(name)
                graph.initializer.remove(tensors[name])
                graph.initializer.append(numpy_helper.from_array(weight.astype(np.float16), f"{name}.half"))
                added.append(
                    helper.make_node("Cast", [f"{name}.half"], [f"{name}.float"], name=f"{name}.cast", to=onnx.TensorProto.FLOAT)
                )
            node.input[1] = f"{name}.float"
            continue
        if node.op_type == "Gemm" and not any(a.name == "transB" and a.i == 1 for a in node.attribute):
            raise ValueError(f"{node.name}: expected Gemm with transB = 1, its output channels first")
        if name not in done:
            done.add(name)
            q, scale = per_channel(weight=weight)
            graph.initializer.remove(tensors[name])
            graph.initializer.append(numpy_helper.from_array(q, f"{name}.int8"))
            graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
            graph.initializer.append(numpy_helper.from_array(np.zeros(len(scale), np.int8), f"{name}.zero"))
            inputs = [f"{name}.int8", f"{name}.scale", f"{name}.zero"]
            added.append(helper.make_node("DequantizeLinear", inputs, [f"{name}.float"], name=f"{name}.dq", axis=0))
        node.input[1] = f"{name}.float"
    nodes = [*added, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(out)
    return out
