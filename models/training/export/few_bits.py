"""Weights of few bits, for files that browsers download: what is rounded is chosen by what the network's layers see.

    python -m training.export.few_bits street2fashion
    python -m training.export.few_bits fashion2shop-query [--out FILE.onnx]

Rewrites a shipped file, or writes another. int8 stays the type that is stored; weights take only a few of its values, so brotli
makes a smaller file of them. 1×1 convolutions and an encoder's heads are rounded in the network's order, each by the pictures' maps
behind the layers that are rounded already (GPTQ: Frantar, Ashkboos, Hoefler, Alistarh 2022), and makes up for what those have
changed. Depthwise convolutions stay.

Heads have inputs whose scales differ by orders of magnitude: these weights are stored with a factor for each input.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from ..paths import DATA, MODELS
from .calibration import PICTURES
from .manifest import refresh_digest
from .rounding import output_error, refitted, rounded

BATCH = 16
"""Pictures between two sums of moments."""
FEW, SOME, MANY = 96, 288, 1200
"""Pictures for early layers, which see many places of each; for late ones; for heads, which see one place."""
LATE = 600
"""Convolutions of the encoders with as many inputs or outputs are late."""


@dataclass(frozen=True)
class Bits:
    """Bits of a weight in 1×1 convolutions and in an encoder's heads."""

    convolutions: int
    heads: int


BITS = {"street2fashion": Bits(convolutions=6, heads=6), "fashion2shop-query": Bits(convolutions=6, heads=6)}
"""See "Weights of few bits" in `models/README.md`; Street2Fashion's are not shipped."""


@dataclass
class Layer:
    """A stored weight, the node that makes float32 of it, and the convolutions that use it."""

    name: str
    weight: np.ndarray
    is_head: bool
    maker: onnx.NodeProto
    users: list[onnx.NodeProto]


def layers_of(*, model: onnx.ModelProto) -> list[Layer]:
    """The rounded 1×1 convolutions and heads, in the network's order."""
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    makers = {node.output[0]: node for node in model.graph.node if node.op_type in ("DequantizeLinear", "Cast")}
    found: dict[str, Layer] = {}
    for node in model.graph.node:
        maker = makers.get(node.input[1]) if node.op_type in ("Conv", "Gemm") else None
        if maker is None:
            continue
        stored = tensors[maker.input[0]].astype(np.float32)
        if int(np.prod(stored.shape[2:])) > 1:
            continue
        name = maker.input[0].rpartition(".")[0]
        is_head = maker.op_type == "Cast"
        weight = stored.reshape(len(stored), -1) * (1 if is_head else tensors[maker.input[1]][:, None])
        found.setdefault(name, Layer(name=name, weight=weight, is_head=is_head, maker=maker, users=[])).users.append(node)
    return list(found.values())


def inputs_of(*, model: onnx.ModelProto, layer: Layer) -> Callable[[np.ndarray], np.ndarray]:
    """A function from pictures `(N, 3, h, w)` to a layer's inputs at all their places, over all its uses `(places, K)`."""
    partial = onnx.ModelProto()
    partial.CopyFrom(model)
    names = [user.input[0] for user in layer.users]
    del partial.graph.output[:]
    partial.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in dict.fromkeys(names))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    run = onnxruntime.InferenceSession(partial.SerializeToString(), options, providers=["CPUExecutionProvider"])
    into, inputs = run.get_inputs()[0].name, layer.weight.shape[1]

    def rows(pictures: np.ndarray) -> np.ndarray:
        maps = [x for picture in pictures for x in run.run(names, {into: picture[None]})]
        return np.concatenate([np.moveaxis(x, 1, -1).reshape(-1, inputs) for x in maps]).astype(np.float32)

    return rows


def moments_of(
    *, model: onnx.ModelProto, exact: onnx.ModelProto, layer: Layer, pictures: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean outer products `(K, K)` over all places: of a layer's inputs in `model`, and of those in `exact` with them."""
    now, before = inputs_of(model=model, layer=layer), inputs_of(model=exact, layer=layer)
    inputs = layer.weight.shape[1]
    own, cross, places = np.zeros((inputs, inputs)), np.zeros((inputs, inputs)), 0
    for begin in range(0, len(pictures), BATCH):
        x, y = now(pictures[begin : begin + BATCH]), before(pictures[begin : begin + BATCH])
        own += (x.T @ x).astype(np.float64)
        cross += (y.T @ x).astype(np.float64)
        places += len(x)
    return own / places, cross / places


def store(*, model: onnx.ModelProto, layer: Layer, q: np.ndarray, scale: np.ndarray, factors: np.ndarray | None) -> None:
    """Puts a layer's rounded weight into the file: int8 `(C, K)`, scales `(C)`, and factors `(K)` of heads."""
    graph = model.graph
    shape = next(list(tensor.dims) for tensor in graph.initializer if tensor.name == layer.maker.input[0])
    base, out = layer.name, layer.maker.output[0]
    old = set(layer.maker.input)
    kept = [tensor for tensor in graph.initializer if tensor.name not in old]
    kept.append(numpy_helper.from_array(q.reshape(shape), f"{base}.int8"))
    kept.append(numpy_helper.from_array(scale, f"{base}.scale"))
    kept.append(numpy_helper.from_array(np.zeros(len(scale), np.int8), f"{base}.zero"))
    names = [f"{base}.{part}" for part in ("int8", "scale", "zero")]
    made = out if factors is None else f"{base}.even"
    nodes = [helper.make_node("DequantizeLinear", names, [made], name=f"{base}.dq", axis=0)]
    if factors is not None:
        kept.append(numpy_helper.from_array(factors.astype(np.float32).reshape(1, -1, *[1] * (len(shape) - 2)), f"{base}.factors"))
        nodes.append(helper.make_node("Mul", [made, f"{base}.factors"], [out], name=f"{base}.mul"))
    nodes += [node for node in graph.node if out not in node.output]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    del graph.node[:]
    graph.node.extend(nodes)


def with_few_bits(*, model: onnx.ModelProto, pictures: np.ndarray, bits: Bits) -> onnx.ModelProto:
    """A copy of `model` whose 1×1 convolutions and heads have weights of few bits."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    for name in [layer.name for layer in layers_of(model=out)]:
        layer = next(layer for layer in layers_of(model=out) if layer.name == name)
        count = MANY if layer.is_head else SOME if max(layer.weight.shape) >= LATE else FEW
        moments, cross = moments_of(model=out, exact=model, layer=layer, pictures=pictures[:count])
        factors = None
        # What gives the exact network's outputs from the inputs that the layers before it give now.
        weight = refitted(weight=layer.weight, moments=moments, cross=cross)
        if layer.is_head:
            size = np.sqrt(np.maximum(np.diag(moments), 1e-20))
            factors, weight, moments = 1 / size, weight * size, moments / np.outer(size, size)
        q, scale = rounded(weight=weight, moments=moments, bits=bits.heads if layer.is_head else bits.convolutions)
        change = output_error(weight=weight, other=q * scale[:, None], moments=moments)
        print(f"{name}: {weight.shape[1]} → {weight.shape[0]}, outputs change by {change:.2%}", flush=True)
        store(model=out, layer=layer, q=q, scale=scale, factors=factors)
    onnx.checker.check_model(out)
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("network", choices=sorted(BITS))
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--bits", type=int, choices=range(3, 9), help="of 1×1 convolutions and heads alike")
    parser.add_argument("--out", type=Path, help="default: the shipped file, whose digest in the manifest follows")
    args = parser.parse_args()
    path = MODELS / f"{args.network}.onnx"
    pictures = PICTURES[args.network](data=args.data)
    bits = Bits(convolutions=args.bits, heads=args.bits) if args.bits else BITS[args.network]
    model = with_few_bits(model=onnx.load(path), pictures=pictures, bits=bits)
    (args.out or path).write_bytes(model.SerializeToString())
    if args.out is None:
        refresh_digest(file=path.name)


if __name__ == "__main__":
    main()
