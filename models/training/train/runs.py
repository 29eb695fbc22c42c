"""A run's folder: checkpoint, settings, commit and metrics, and the schedule that all trainings share."""

import dataclasses
import json
import math
import os
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ..paths import REPOSITORY, WORK


def seed_everything(*, seed: int) -> None:
    """Seeds Python, NumPy and torch."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries below still read the global state
    torch.manual_seed(seed)


def device() -> torch.device:
    """Where trainings run: the first graphics processor, in TF32, if there is one."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    # Matrix products and convolutions with ten bits of mantissa, sums in float32.
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    return torch.device("cuda")


def on_cpu(value: Any) -> Any:
    """A checkpoint's content with all tensors in the processor's memory, so that any machine can load it."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, dict):
        return {key: on_cpu(item) for key, item in value.items()}
    if isinstance(value, list):
        return [on_cpu(item) for item in value]
    return value


def commit() -> str:
    """The repository's commit, or `unknown` outside of one."""
    try:
        return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, text=True).strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def ramp_cosine(*, progress: float, warm: float = 0.03, floor: float = 0.02) -> float:
    """The share of the peak learning rate at `progress` in [0, 1]: linear warm-up, then a half cosine."""
    if progress < warm:
        return max(progress / warm, 0.05)
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min((progress - warm) / (1 - warm), 1.0)))


class Ema:
    """An exponential moving average of a model's floats (Polyak averaging, with Adam-like warm-up of the decay)."""

    def __init__(self, model: nn.Module, *, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {key: value.detach().clone() for key, value in model.state_dict().items()}

    def load(self, *, state: dict[str, torch.Tensor], steps: int) -> None:
        """Continues with a stored average, on the model's device."""
        self.state = {key: state[key].to(value.device) for key, value in self.state.items()}
        self.steps = steps

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Moves the average towards `model`."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        current = model.state_dict()
        floats = [key for key, value in current.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.state[key] for key in floats], [current[key] for key in floats], 1 - decay)
        for key in current.keys() - floats:
            self.state[key].copy_(current[key])


class Run:
    """`runs/MODEL/NAME/`: written so that a killed run continues after its last finished epoch."""

    def __init__(self, *, model: str, name: str, config: Any, root: Path = WORK / "runs") -> None:
        self.folder = root / model / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.metrics: list[dict[str, Any]] = []
        self.before_s = 0.0
        self.started = time.monotonic()
        about = {"commit": commit(), "config": dataclasses.asdict(config), "torch": torch.__version__}
        (self.folder / "config.json").write_text(json.dumps(about, indent=2))

    @property
    def checkpoint(self) -> Path:
        """The file of the last finished epoch."""
        return self.folder / "checkpoint.pt"

    def elapsed_s(self) -> float:
        """Seconds trained, earlier parts of a resumed run included."""
        return self.before_s + time.monotonic() - self.started

    def load(self) -> dict[str, Any] | None:
        """The last checkpoint, if there is one."""
        if not self.checkpoint.exists():
            return None
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=False)
        self.metrics, self.before_s = state["metrics"], state["elapsed_s"]
        return state

    def save(self, *, state: dict[str, Any], metrics: dict[str, Any]) -> None:
        """Writes the checkpoint (first beside, then in place) and `metrics.json`, and prints the epoch's line."""
        self.metrics.append({"elapsed_s": round(self.elapsed_s()), **metrics})
        beside = self.checkpoint.with_suffix(".part")
        torch.save({**on_cpu(state), "metrics": self.metrics, "elapsed_s": self.elapsed_s(), "commit": commit()}, beside)
        os.replace(beside, self.checkpoint)
        (self.folder / "metrics.json").write_text(json.dumps(self.metrics, indent=1))
        print(json.dumps(self.metrics[-1]), flush=True)
