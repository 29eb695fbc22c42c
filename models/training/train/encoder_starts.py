"""Shipped encoders with BatchNorm folded, as backbones whose heads are fitted: FashionDNA's, and the query's between two files.

In: the ONNX files. Out: [`Encoder`]s that compute what the files do. Files without a hidden layer get one that adds nothing.
"""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from ..networks.encoder import Encoder
from ..networks.fashion2shop import OUTPUT, query_encoder
from ..networks.fashion_dna import article_encoder
from ..networks.fold import fold
from ..paths import MODELS
from .onnx_files import dequantised


def encoder_tensors(*, path: Path, prefix: str, maps: int) -> dict[str, Tensor]:
    """An encoder file's float tensors by the names of a folded [`Encoder`]; a single map's are repeated for `maps` maps."""
    file = onnx.load(path)
    stored = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in file.graph.initializer}
    stored |= {name: torch.from_numpy(weight) for name, weight in dequantised(model=file).items()}
    found = {name.removeprefix(prefix): tensor for name, tensor in stored.items() if name.startswith(prefix)}
    for name in ("look.weight", "look.bias"):
        found[name] = found[name].expand(maps, *found[name].shape[1:])
    found["bias"] = found["bias"].expand(1, -1, maps, 1)
    return found


@torch.no_grad()
def load_tensors(*, model: Encoder, tensors: dict[str, Tensor]) -> Encoder:
    """A folded copy of `model` with `tensors`; a `project` for fewer pooled numbers is filled up by zeros."""
    folded = fold(model=model)
    nn.init.zeros_(folded.refine.weight)
    for name, parameter in folded.named_parameters():
        if name.startswith(("hidden", "refine")) and name not in tensors:
            continue
        if name.startswith("up") and name not in tensors:
            # Equal fixed taps are stored once, under one name.
            continue
        value = tensors[name]
        if name == "project.weight" and value.shape[1] < parameter.shape[1]:
            value = torch.cat([value, value.new_zeros(len(value), parameter.shape[1] - value.shape[1], 1, 1)], dim=1)
        if value.shape != parameter.shape:
            raise ValueError(f"{name}: expected {tuple(parameter.shape)}, got {tuple(value.shape)}")
        parameter.copy_(value)
    return folded


def start_encoders(*, mix: float, folder: Path = MODELS) -> tuple[Encoder, Encoder]:
    """The query's and the article's encoder; the query's convolutions are `1 − mix` of Fashion2Shop's and `mix` of FashionDNA's.

    Fashion2Shop began as FashionDNA, so that the mean of both is a network, too (Wortsman et al., *Model soups*, 2022).
    """
    dna = {"path": folder / "fashion-dna.onnx", "prefix": "encoder."}
    articles = load_tensors(model=article_encoder(), tensors=encoder_tensors(**dna, maps=1))
    tensors = encoder_tensors(path=folder / "fashion2shop-query.onnx", prefix="", maps=OUTPUT[1])
    if mix:
        other = encoder_tensors(**dna, maps=OUTPUT[1])
        tensors = {name: (1 - mix) * tensors[name] + mix * other[name] for name in tensors if name in other}
    return load_tensors(model=query_encoder(), tensors=tensors), articles
