"""Checkpoints → `models/*.onnx` with int8 weights, the match as safetensors, and `models/manifest.toml`.

BatchNorm is folded into the convolutions, every file is compared with PyTorch running the same rounded weights, and the
manifest holds what the Rust side has to know: shapes, normalisation, padding, digests and the figures that were measured.

    python -m training.export street2fashion=RUN
    python -m training.export pair-heads=RUN     # both encoders and the match of one training
    python -m training.export                    # other networks keep their entries

The run `untrained` of Street2Fashion is ImageNet's encoder, for integrating against the file's shapes.
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from ..classes import CLASSES
from ..data.geometry import CROP_MARGIN, CROP_THRESHOLD
from ..networks import fashion2shop, fashion_dna, street2fashion
from ..networks.encoder import WIDTH
from ..networks.fashion2shop import query_encoder
from ..networks.fashion_dna import FirstMap
from ..networks.fold import fold
from ..networks.match import HIDDEN, Match
from ..networks.pair_head import PairHead
from ..networks.street2fashion import Street2Fashion
from ..paths import DATA, MODELS, WORK
from ..train.runs import commit, seed_everything
from ..train.starts import start_from_imagenet
from .manifest import digest, update_manifest
from .onnx_file import write_network
from .quantise import EMBEDDING_LAYERS, SMALLEST_TO_MATCH


def checkpoint_of(*, model: str, run: str) -> dict[str, Any] | None:
    """A run's averaged weights and commit; `None` for `untrained`."""
    if run == "untrained":
        return None
    return torch.load(WORK / "runs" / model / run / "checkpoint.pt", map_location="cpu", weights_only=False)


def export_street2fashion(*, run: str, folder: Path) -> dict[str, dict[str, Any]]:
    """`street2fashion.onnx`."""
    model = Street2Fashion()
    if (state := checkpoint_of(model="street2fashion", run=run)) is not None:
        model.load_state_dict(state["ema"])
    else:
        start_from_imagenet(model=model, folder=folder)
    _, entry = write_network(model=model, shape=street2fashion.INPUT, file="street2fashion.onnx", output="logits")
    entry |= {"pad": [127.5] * 3, "classes": list(CLASSES), "trained_at_commit": made_at(state)}
    return {"street2fashion": entry}


def write_fashion_dna(*, model: nn.Module, trained_at: str) -> dict[str, Any]:
    """`fashion-dna.onnx` and its entry."""
    given = {"output": "embedding", "smallest": SMALLEST_TO_MATCH, "halved": EMBEDDING_LAYERS}
    _, entry = write_network(model=model, shape=fashion_dna.INPUT, file="fashion-dna.onnx", **given)
    return entry | {"pad": [255.0] * 3, "trained_at_commit": trained_at}


def write_fashion2shop(*, model: nn.Module, match: Match, trained_at: str) -> dict[str, Any]:
    """`fashion2shop-query.onnx`, `fashion2shop-match.safetensors` and their entries."""
    given = {"output": "embedding", "smallest": SMALLEST_TO_MATCH, "halved": EMBEDDING_LAYERS}
    _, query = write_network(model=model, shape=fashion2shop.INPUT, file="fashion2shop-query.onnx", **given)
    query |= {"pad": [255.0] * 3, "crop_margin": CROP_MARGIN, "crop_threshold": CROP_THRESHOLD, "trained_at_commit": trained_at}
    file = "fashion2shop-match.safetensors"
    save_file({key: value.detach().float().contiguous() for key, value in match.state_dict().items()}, MODELS / file)
    return {"query": query, "match": digest(file=file) | {"hidden": HIDDEN, "width": WIDTH}}


def export_pair_heads(*, run: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Both encoders with heads fitted on true pairs, and the match."""
    if (state := checkpoint_of(model="pair_heads", run=run)) is None:
        raise ValueError("pair-heads: expected a run, there is no untrained one")
    queries, dna, match = fold(model=query_encoder()), fold(model=FirstMap()), Match()
    for encoder, name in ((queries, "query"), (dna.encoder, "article")):
        encoder.load_state_dict(state[f"{name}_encoder"])
        head = PairHead(maps=encoder.maps)
        head.load_state_dict(state[name])
        head.fold_into(encoder=encoder)
    match.load_state_dict(state["match"])
    return {
        "fashion-dna": write_fashion_dna(model=dna, trained_at=made_at(state)),
        "fashion2shop": write_fashion2shop(model=queries, match=match, trained_at=made_at(state)),
    }


def made_at(state: dict[str, Any] | None) -> str:
    """The commit at which a checkpoint was written."""
    return state["commit"] if state else "untrained"


EXPORTS = {
    "street2fashion": export_street2fashion,
    "pair-heads": export_pair_heads,
}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="+", metavar="NETWORK=RUN", help=f"NETWORK is one of {sorted(EXPORTS)}")
    parser.add_argument("--data", type=Path, default=DATA)
    args = parser.parse_args()
    seed_everything(seed=1)
    entries = {}
    for pair in args.networks:
        network, _, run = pair.partition("=")
        entries |= EXPORTS[network](run=run or "default", folder=args.data)
    update_manifest(entries=entries)
    print(f"manifest written at {commit()}")


if __name__ == "__main__":
    main()
