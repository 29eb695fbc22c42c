"""A copy of the networks whose category head never says that a thing is none of the eight categories.

    python -m training.export.open_head --out FOLDER

With it, `shop-the-look segment` cuts out everything that it would offer as a garment, so that a head can learn from what is none
(`training/data/empty_places.py`).
"""

import argparse
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

from ..paths import MODELS
from .categories import FILE
from .manifest import refresh_digest

NEVER = 100.0
"""Taken from the logit of "none"."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for path in [*MODELS.glob("*.onnx"), *MODELS.glob("*.safetensors"), MODELS / "manifest.toml"]:
        shutil.copy(path, args.out)
    head = load_file(args.out / FILE)
    head["bias"][-1] -= NEVER
    save_file(head, args.out / FILE)
    refresh_digest(file=FILE, folder=args.out)


if __name__ == "__main__":
    main()
