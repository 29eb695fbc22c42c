"""Folders: of this code, of the networks, of the repository and of the data packs."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent
REPOSITORY = MODELS.parent
DATA = REPOSITORY.parent / "shared" / "data"
"""The packs beside the repository: the default of every `--data`."""
