"""ONNX Runtime on one thread with all its optimisations. In: an ONNX file, then lines "PEER BATCH". Out: milliseconds of each run.

`float32` runs the file with its int8 weights dequantised beforehand, which is ONNX Runtime at its best: from the file as it is (`file`), it
dequantises in each run and finds fewer of its fast kernels. Inputs are the ones that the benchmark gives the others.

    python encoders_peer.py NETWORK.onnx
"""

import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper


def dequantised(*, model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with float32 weights."""
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    kept = []
    for node in graph.node:
        if node.op_type != "DequantizeLinear":
            kept.append(node)
            continue
        weights, scale, *_ = (numpy_helper.to_array(tensors.pop(name)) for name in node.input)
        weights = weights.astype(np.float32) * scale.reshape(-1, *[1] * (weights.ndim - 1))
        tensors[node.output[0]] = numpy_helper.from_array(weights, node.output[0])
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(tensors.values())
    return model


def with_any_batch(*, model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network for a batch of any size, where nothing in it counts on one picture."""
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    return model


def session(*, model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """On one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def main() -> None:
    """Answers lines until there are no more."""
    onnxruntime.set_default_logger_severity(3)
    file = Path(sys.argv[1]).read_bytes()
    load = lambda: with_any_batch(model=onnx.load_from_string(file))  # noqa: E731
    sessions = {"file": session(model=load()), "float32": session(model=dequantised(model=load()))}
    shape = [dim.dim_value for dim in onnx.load_from_string(file).graph.input[0].type.tensor_type.shape.dim]
    print("ready", flush=True)
    for line in sys.stdin:
        peer, batch = line.split()
        picture = np.arange(int(batch) * int(np.prod(shape)), dtype=np.float32) % 251 / 125 - 1
        picture = picture.reshape(int(batch), *shape[1:])
        begin = time.perf_counter()
        sessions[peer].run(None, {"picture": picture})
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
