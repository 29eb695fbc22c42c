"""The head that tells what a garment is, for rows of product cards.

    python -m training.export.garments

Learns from CCP's training photos and is calibrated on its validation photos (`train/garment_head.py`), through the shipped
`street2fashion.onnx` and `fashion2shop-query.onnx`. Writes `fashion2shop-garments.safetensors`, its table in `manifest.toml`, and
`figures/garments.json`. Run it again whenever one of the two networks changes.
"""

import argparse
import json
import tomllib
from pathlib import Path

import torch
from safetensors.torch import save_file

from ..data.ccp import ccp_photos
from ..networks import street2fashion
from ..paths import DATA, MODELS
from ..train.garment_head import Garments, crossed_figures, fit_garment_head, seen_garments, true_garments
from ..train.onnx_files import session
from ..train.runs import seed_everything
from .manifest import digest, update_manifest

FILE = "fashion2shop-garments.safetensors"
MAX_NOTHING = 0.9
"""A region is left out if "no garment" is more probable than this."""


def together(*parts: Garments) -> Garments:
    """Several sets as one."""
    fields = ("embeddings", "votes", "kinds", "photos")
    return Garments(*(torch.cat([getattr(part, field) for part in parts]) for field in fields))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    args = parser.parse_args()
    seed_everything(seed=1)
    encoder = session(path=MODELS / "fashion2shop-query.onnx")
    seeing = {"segmenter": session(path=MODELS / "street2fashion.onnx"), "size": street2fashion.INPUT[2:], "encoder": encoder}
    photos = ccp_photos(data=args.data, validation=False)
    learnt = together(seen_garments(photos=photos, **seeing), true_garments(photos=photos, encoder=encoder))
    held = seen_garments(photos=ccp_photos(data=args.data, validation=True), **seeing)
    figures = crossed_figures(learnt=learnt, held=held)
    head = fit_garment_head(learnt=learnt, held=held)
    save_file({"weight": head.weight.float().contiguous(), "bias": head.bias.float().contiguous()}, MODELS / FILE)
    manifest = tomllib.loads((MODELS / "manifest.toml").read_text())
    query = manifest["fashion2shop"]["query"]["sha256"]
    entry = digest(file=FILE) | {"width": learnt.embeddings.shape[1], "query_sha256": query, "max_nothing": MAX_NOTHING}
    update_manifest(entries={"fashion2shop": manifest["fashion2shop"] | {"garments": entry}})
    figures |= {"learnt": len(learnt.kinds), "query_sha256": query}
    (MODELS / "figures" / "garments.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
