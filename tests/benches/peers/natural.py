"""Writes a network in the natural form for another runtime: `natural.py ONNX OUT`.

Replaces int8 and float16 weights by their float32 values, and each fixed bilinear transposed convolution by a Resize.
"""

import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper


def natural(*, model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of `model` with float32 weights and Resize nodes."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    graph = out.graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes, added = [], [numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice")]
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            q, scale = (tensors[name] for name in node.input[:2])
            weight = q.astype(np.float32) * scale.reshape(-1, *[1] * (q.ndim - 1))
            added.append(numpy_helper.from_array(weight, node.output[0]))
        elif node.op_type == "Cast" and node.input[0] in tensors:
            added.append(numpy_helper.from_array(tensors[node.input[0]].astype(np.float32), node.output[0]))
        elif node.op_type == "ConvTranspose":
            inputs = [node.input[0], "", "twice"]
            options = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
            nodes.append(helper.make_node("Resize", inputs, node.output, name=node.name, **options))
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    added += [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(added)
    onnx.checker.check_model(out)
    return out


if __name__ == "__main__":
    source, target = sys.argv[1:]
    onnx.save(natural(model=onnx.load(source)), target)
