"""Results that are slow to make, kept in `cache/` (ignored by git)."""

from collections.abc import Callable
from typing import Any

import torch

from ..paths import WORK


def cached(*, name: str, make: Callable[[], Any]) -> Any:
    """What `make` returns, kept in `cache/NAME.pt` (git-ignored) for the next run."""
    path = WORK / "cache" / f"{name}.pt"
    if path.exists():
        return torch.load(path, weights_only=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = make()
    torch.save(made, path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)
    return made
