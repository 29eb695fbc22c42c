"""A PyTorch network → an ONNX file with int8 and float16 weights, compared with PyTorch running the same rounded weights."""

import copy
import io
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import nn

from ..networks.fold import fold
from ..paths import MODELS
from ..train.onnx_files import dequantised, session
from .manifest import digest
from .quantise import SMALLEST, quantise

OPSET = 17
TOLERANCE = 2e-3
"""Largest difference between the file in ONNX Runtime and PyTorch with the same rounded weights, per unit of the output's scale."""


def to_onnx(*, model: nn.Module, shape: tuple[int, ...], output: str) -> onnx.ModelProto:
    """Traces a folded model with a fixed input shape."""
    buffer = io.BytesIO()
    torch.onnx.export(
        model,
        (torch.zeros(shape),),
        buffer,
        input_names=["picture"],
        output_names=[output],
        opset_version=OPSET,
        dynamo=False,
        do_constant_folding=True,
    )
    return without_identities(model=onnx.load_from_string(buffer.getvalue()))


def without_identities(*, model: onnx.ModelProto) -> onnx.ModelProto:
    """Removes Identity nodes: the tracer stores equal initialisers once and copies them by Identity."""
    source = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Identity"}
    kept = [node for node in model.graph.node if node.op_type != "Identity"]
    for node in kept:
        for index, name in enumerate(node.input):
            while name in source:
                name = source[name]
            node.input[index] = name
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model


def with_rounded_weights(*, model: nn.Module, quantised: onnx.ModelProto) -> nn.Module:
    """The folded model with the file's rounded weights."""
    model = copy.deepcopy(model)
    own = dict(model.named_parameters())
    for name, weight in dequantised(model=quantised).items():
        own[name].data.copy_(torch.from_numpy(weight))
    return model


def write_network(
    *,
    model: nn.Module,
    shape: tuple[int, ...],
    file: str,
    output: str,
    smallest: int = SMALLEST,
    halved: tuple[str, ...] = (),
    folder: Path = MODELS,
) -> tuple[nn.Module, dict[str, Any]]:
    """Folds, traces, rounds, writes and compares; returns the rounded PyTorch model and the manifest's entry."""
    folded = fold(model=model)
    quantised = quantise(model=to_onnx(model=folded, shape=shape, output=output), smallest=smallest, halved=halved)
    rounded = with_rounded_weights(model=folded, quantised=quantised)
    path = folder / file
    path.write_bytes(quantised.SerializeToString())
    x = torch.rand(shape, generator=torch.Generator().manual_seed(7)) * 2 - 1
    with torch.inference_mode():
        expected, exact = rounded(x), folded(x)
    found = session(path=path)(x)
    if found.shape != expected.shape:
        raise ValueError(f"{file}: expected {tuple(expected.shape)}, got {tuple(found.shape)}")
    scale = float(expected.abs().mean())
    difference = float((found - expected).abs().max()) / scale
    if not difference < TOLERANCE:
        raise ValueError(f"{file}: differs from PyTorch by {difference:.2e} of its scale, expected < {TOLERANCE}")
    rounding = float((found - exact).abs().mean()) / scale
    ops = sorted({node.op_type for node in quantised.graph.node})
    print(f"{file}: {path.stat().st_size} bytes, {difference:.1e} from PyTorch, rounding costs {rounding:.2%}; ops {ops}")
    entry = digest(file=file, folder=folder) | {"input": list(shape), "output": list(expected.shape)}
    entry |= {"mean": [127.5] * 3, "std": [127.5] * 3}
    return rounded, entry
