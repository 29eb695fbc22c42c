"""Folders: of this code, of the networks, of the repository, of the data packs and of what trainings write.

`TRAINING_MODELS` and `TRAINING_WORK` in the environment replace two of them, so that a training leaves the shipped files alone.
"""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
MODELS = Path(os.environ.get("TRAINING_MODELS", HERE.parent))
"""The networks and `manifest.toml`: read as a start, written by the export."""
WORK = Path(os.environ.get("TRAINING_WORK", HERE))
"""Holds `runs/` and `cache/`."""
DATA = REPOSITORY.parent / "shared" / "data"
"""The packs beside the repository: the default of every `--data`."""
