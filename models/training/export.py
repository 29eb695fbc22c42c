"""Checkpoints → `models/*.onnx` with int8 weights, the match as safetensors, and `models/manifest.toml`.

BatchNorm is folded into the convolutions, every file is compared with PyTorch running the same rounded weights, and the
manifest holds what the Rust side has to know: shapes, normalisation, padding, digests and the figures that were measured.

    python -m training.export street2fashion=RUN fashion-dna=RUN fashion2shop=RUN
    python -m training.export                    # whatever is exported already keeps its entry

A network whose run is `untrained` is written with ImageNet's encoder, for integrating against the file's shapes.
"""

import argparse
import copy
import hashlib
import io
import itertools
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from . import encoder, fashion2shop, fashion_dna, street2fashion
from .classes import CLASSES
from .config import HERE, MODELS, REPOSITORY
from .geometry import CROP_MARGIN, CROP_THRESHOLD
from .match import HIDDEN, Match
from .quantise import SMALLEST, SMALLEST_TO_MATCH, dequantised, quantise
from .runs import commit, seed_everything

OPSET = 17
TOLERANCE = 2e-3
"""Largest difference between the file in ONNX Runtime and PyTorch with the same rounded weights, per unit of the output's scale."""


def fold(*, model: nn.Module) -> nn.Module:
    """A copy in eval mode without BatchNorm: each is folded into the convolution in front of it."""
    model = copy.deepcopy(model).eval()
    for module in model.modules():
        children = list(module.named_children())
        for (_, first), (name, second) in itertools.pairwise(children):
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                fused = fuse_conv_bn_eval(first, second)
                first.weight, first.bias = fused.weight, fused.bias
                setattr(module, name, nn.Identity())
    if left := [n for n, m in model.named_modules() if isinstance(m, nn.BatchNorm2d)]:
        raise ValueError(f"BatchNorm without a convolution in front: {left}")
    return model


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
    """Equal initialisers are stored once by the tracer and passed on through Identity: the users take them directly."""
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
    """The folded model with the weights that the int8 file stands for."""
    model = copy.deepcopy(model)
    own = dict(model.named_parameters())
    for name, weight in dequantised(model=quantised).items():
        own[name].data.copy_(torch.from_numpy(weight))
    return model


def session(*, path: Path) -> Any:
    """An ONNX file as a function of tensors."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    run = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    name = run.get_inputs()[0].name
    return lambda x: torch.from_numpy(run.run(None, {name: x.numpy()})[0])


def write(
    *, model: nn.Module, shape: tuple[int, ...], file: str, output: str, smallest: int = SMALLEST
) -> tuple[nn.Module, dict[str, Any]]:
    """Folds, traces, rounds, writes and compares; returns the rounded PyTorch model and the manifest's entry."""
    folded = fold(model=model)
    quantised = quantise(model=to_onnx(model=folded, shape=shape, output=output), smallest=smallest)
    rounded = with_rounded_weights(model=folded, quantised=quantised)
    path = MODELS / file
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
    print(f"{file}: {path.stat().st_size} bytes, {difference:.1e} from PyTorch, int8 costs {rounding:.2%}; ops {ops}")
    entry = digest(file=file) | {"input": list(shape), "output": list(expected.shape)}
    entry |= {"mean": [127.5] * 3, "std": [127.5] * 3}
    return rounded, entry


def digest(*, file: str) -> dict[str, Any]:
    """Name, SHA-256 and size of a file under `models/`."""
    payload = (MODELS / file).read_bytes()
    return {"file": file, "sha256": hashlib.sha256(payload).hexdigest(), "bytes": len(payload)}


def checkpoint_of(*, model: str, run: str) -> dict[str, Any] | None:
    """A run's averaged weights and commit; `None` for `untrained`."""
    if run == "untrained":
        return None
    return torch.load(HERE / "runs" / model / run / "checkpoint.pt", map_location="cpu", weights_only=False)


def export_street2fashion(*, run: str, folder: Path) -> dict[str, Any]:
    """`street2fashion.onnx`."""
    model = street2fashion.Street2Fashion()
    if (state := checkpoint_of(model="street2fashion", run=run)) is not None:
        model.load_state_dict(state["ema"])
    else:
        street2fashion.start_from_imagenet(model=model, folder=folder)
    _, entry = write(model=model, shape=street2fashion.INPUT, file="street2fashion.onnx", output="logits")
    return entry | {"pad": [127.5] * 3, "classes": list(CLASSES), "trained_at_commit": made_at(state)}


class FirstMap(nn.Module):
    """FashionDNA as it is shipped: its only map's embedding, `(1, 3, 128, 96)` → `(1, 128)`."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = fashion_dna.fashion_dna()

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)[:, 0]


def export_fashion_dna(*, run: str, folder: Path) -> dict[str, Any]:
    """`fashion-dna.onnx`."""
    model = FirstMap()
    if (state := checkpoint_of(model="fashion_dna", run=run)) is not None:
        model.encoder.load_state_dict(state["ema"])
    else:
        encoder.start_from_imagenet(model=model.encoder, folder=folder)
    given = {"output": "embedding", "smallest": SMALLEST_TO_MATCH}
    _, entry = write(model=model, shape=fashion_dna.INPUT, file="fashion-dna.onnx", **given)
    return entry | {"pad": [255.0] * 3, "trained_at_commit": made_at(state)}


def export_fashion2shop(*, run: str, folder: Path) -> dict[str, Any]:
    """`fashion2shop-query.onnx` and `fashion2shop-match.safetensors`."""
    model, match = fashion2shop.query_encoder(), Match()
    if (state := checkpoint_of(model="fashion2shop", run=run)) is not None:
        model.load_state_dict(state["ema"])
        match.load_state_dict(state["match"])
    else:
        encoder.start_from_imagenet(model=model, folder=folder)
    given = {"output": "embedding", "smallest": SMALLEST_TO_MATCH}
    _, query = write(model=model, shape=fashion2shop.INPUT, file="fashion2shop-query.onnx", **given)
    query |= {"pad": [255.0] * 3, "crop_margin": CROP_MARGIN, "crop_threshold": CROP_THRESHOLD}
    query["trained_at_commit"] = made_at(state)
    file = "fashion2shop-match.safetensors"
    save_file({key: value.detach().float().contiguous() for key, value in match.state_dict().items()}, MODELS / file)
    return {
        "query": query,
        "match": digest(file=file) | {"hidden": HIDDEN, "width": encoder.WIDTH},
    }


def made_at(state: dict[str, Any] | None) -> str:
    """The commit at which a checkpoint was written."""
    return state["commit"] if state else "untrained"


EXPORTS = {
    "street2fashion": export_street2fashion,
    "fashion-dna": export_fashion_dna,
    "fashion2shop": export_fashion2shop,
}
CATEGORY_HEAD = "fashion-dna-categories"
"""The table that `python -m training.categories` writes."""
TABLES = ("street2fashion", "fashion-dna", CATEGORY_HEAD, "fashion2shop")
"""The manifest's tables, in its order."""


def to_toml(*, table: dict[str, Any], path: tuple[str, ...] = ()) -> str:
    """The manifest's subset of TOML: nested tables of scalars and flat lists."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    text = (f"\n[{'.'.join(path)}]\n" if path and plain else "") + "".join(
        f"{key} = {json.dumps(value)}\n" for key, value in plain.items()
    )
    return text + "".join(to_toml(table=v, path=(*path, k)) for k, v in table.items() if isinstance(v, dict))


def update_manifest(*, entries: dict[str, dict[str, Any]]) -> None:
    """Replaces the given tables in `manifest.toml` and keeps the others; says so when the category head gets stale by it."""
    path = MODELS / "manifest.toml"
    manifest = tomllib.loads(path.read_text()) if path.exists() else {}
    if unknown := sorted(set(entries) - set(TABLES)):
        raise ValueError(f"unknown tables {unknown}: expected only {TABLES}")
    manifest = {name: table for name in TABLES if (table := entries.get(name, manifest.get(name)))}
    by = "`training.export` and `training.categories`; figures by `training.evaluate`"
    head = f"# Written by {by}. (x − mean) / std on 0..255 RGB.\n"
    path.write_text(head + to_toml(table=manifest))
    if is_head_stale(manifest=manifest):
        print(f"STALE: {CATEGORY_HEAD} was learnt on another fashion-dna and is refused; run python -m training.categories")


def is_head_stale(*, manifest: dict[str, Any]) -> bool:
    """Whether there is a category head that was learnt on another FashionDNA than the manifest's."""
    head = manifest.get(CATEGORY_HEAD)
    return bool(head) and head["fashion_dna_sha256"] != manifest.get("fashion-dna", {}).get("sha256")


def initialisers(*, path: Path) -> dict[str, np.ndarray]:
    """All stored tensors of a file."""
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


def parameters(*, model: nn.Module) -> int:
    """How many weights a model has."""
    return sum(parameter.numel() for parameter in model.parameters())


def as_batch(*, picture: np.ndarray) -> Tensor:
    """`(H, W, 3)` 0..255 → `(1, 3, H, W)` normalised."""
    return street2fashion.to_input(picture=picture)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="+", metavar="NETWORK=RUN", help=f"NETWORK is one of {sorted(EXPORTS)}")
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    args = parser.parse_args()
    seed_everything(seed=1)
    entries = {}
    for pair in args.networks:
        network, _, run = pair.partition("=")
        entries[network] = EXPORTS[network](run=run or "default", folder=args.data)
    update_manifest(entries=entries)
    print(f"manifest written at {commit()}")


if __name__ == "__main__":
    main()
