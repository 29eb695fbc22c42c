"""The training loop that all networks share: schedule, clipping, moving averages, validation, checkpoints, resume.

In: a [`Training`] (networks, parameter groups, batches, loss, validation), its settings and a run's folder. Out: a checkpoint and
metrics after every epoch. A killed training continues after its last finished epoch; the random streams of an epoch depend on the
seed and the epoch only.
"""

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .runs import Ema, Run, ramp_cosine
from .settings import LoopSettings

LARGEST_GRADIENT = 5.0
"""Gradients are scaled down to this norm: so that a single unusual batch cannot move the weights far."""
SHOW_EVERY = 20
"""Steps between two lines of progress; the loss is checked there, since reading it waits for a graphics processor."""


@dataclass
class Trained:
    """A network that is trained, and its keys in the checkpoint: `live` for the weights, `average` for their moving average.

    Without the key `average` there is no average.
    """

    module: nn.Module
    live: str
    average: str = ""


@dataclass
class Group:
    """Parameters with the peak of their learning rate; if `weight_decay` is `None`, the settings' value is used."""

    parameters: list[nn.Parameter]
    peak: float
    weight_decay: float | None = None
    clipped: bool = True


@dataclass
class EpochRandom:
    """The random streams of one epoch: NumPy's, and torch's on the networks' device."""

    rng: np.random.Generator
    generator: torch.Generator

    @classmethod
    def of(cls, *, seed: int, epoch: int, device: torch.device) -> "EpochRandom":
        """The streams of an epoch."""
        generator = torch.Generator(device).manual_seed(seed * 1000 + epoch)
        return cls(rng=np.random.default_rng((seed, epoch)), generator=generator)


class Training(ABC):
    """One network's training: what the loop does not know."""

    networks: list[Trained]
    groups: list[Group]
    frozen: list[nn.Module]
    """Parts that stay in eval mode."""
    steps_per_epoch: int

    @abstractmethod
    def batches(self, *, epoch: int, draw: EpochRandom) -> Iterator[Any]:
        """The `steps_per_epoch` batches of an epoch."""

    @abstractmethod
    def loss(self, *, batch: Any, draw: EpochRandom) -> Tensor:
        """The loss of a batch, a scalar."""

    def after_step(self) -> None:  # noqa: B027 - optional
        """Called after each step of the optimiser."""

    def epoch_metrics(self) -> dict[str, float]:
        """Metrics of the training batches since the last call."""
        return {}

    def validate(self, *, averages: dict[str, nn.Module], last: bool) -> dict[str, float]:
        """Metrics on held-out data; `averages` are the averaged networks by their key, `last` is the final validation."""
        return {}

    def extra_state(self) -> dict[str, Any]:
        """Further entries of the checkpoint."""
        return {}


@dataclass
class _Progress:
    """How far a training is, 0..1: in steps or in minutes, whichever is further."""

    run: Run
    settings: LoopSettings
    steps: int
    begun_s: float = field(init=False)

    def __post_init__(self) -> None:
        # Loading the data is not part of the budget.
        self.begun_s = self.run.elapsed_s() - self.run.before_s

    def at(self, *, epoch: int, step: int) -> float:
        by_steps = (epoch * self.steps + step) / (self.settings.epochs * self.steps)
        return max(by_steps, (self.run.elapsed_s() - self.begun_s) / 60 / self.settings.budget_minutes)


class _Loop:
    def __init__(self, *, training: Training, settings: LoopSettings, run: Run) -> None:
        self.training, self.settings, self.run = training, settings, run
        self.device = next(training.networks[0].module.parameters()).device
        self.averages = {t.average: Ema(t.module, decay=settings.ema) for t in training.networks if t.average}
        groups = []
        for group in training.groups:
            decay = settings.weight_decay if group.weight_decay is None else group.weight_decay
            groups.append({"params": group.parameters, "peak": group.peak, "weight_decay": decay})
        self.optimiser = torch.optim.AdamW(groups, fused=self.device.type == "cuda")
        self.clipped = [parameter for group in training.groups if group.clipped for parameter in group.parameters]
        self.first = self._resume(peaks=[group.peak for group in training.groups])
        self.progress = _Progress(run=run, settings=settings, steps=training.steps_per_epoch)

    def _resume(self, *, peaks: list[float]) -> int:
        """Loads the run's checkpoint, if there is one, but for the learning rates; returns the first epoch to train."""
        if (state := self.run.load()) is None:
            return 0
        for trained in self.training.networks:
            trained.module.load_state_dict(state[trained.live])
        for key, average in self.averages.items():
            average.load(state=state[key], steps=state["ema_steps"])
        self.optimiser.load_state_dict(state["optimiser"])
        for group, peak in zip(self.optimiser.param_groups, peaks, strict=True):
            group["peak"] = peak
        return state["epoch"] + 1

    def epoch(self, *, epoch: int) -> tuple[float, float]:
        """Trains an epoch; returns its mean loss and the progress at its last step."""
        training, steps = self.training, self.training.steps_per_epoch
        draw = EpochRandom.of(seed=self.settings.seed, epoch=epoch, device=self.device)
        for trained in training.networks:
            trained.module.train()
        for part in training.frozen:
            part.eval()
        total, progress = torch.zeros((), device=self.device), 0.0
        for step, batch in enumerate(training.batches(epoch=epoch, draw=draw)):
            progress = self.progress.at(epoch=epoch, step=step)
            for group in self.optimiser.param_groups:
                group["lr"] = group["peak"] * ramp_cosine(progress=progress)
            loss = training.loss(batch=batch, draw=draw)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.clipped, LARGEST_GRADIENT)
            self.optimiser.step()
            for trained in training.networks:
                if trained.average:
                    self.averages[trained.average].update(trained.module)
            training.after_step()
            total += loss.detach()
            if (step + 1) % SHOW_EVERY == 0 or step + 1 == steps:
                mean = _finite(loss=float(total) / (step + 1), epoch=epoch, step=step)
                print(f"{self.run.elapsed_s():.0f} s, epoch {epoch}, step {step + 1} of {steps}, loss {mean:.3f}", flush=True)
        return float(total) / steps, progress

    def averaged(self) -> dict[str, nn.Module]:
        """Copies of the networks with their averaged weights, in eval mode, by the average's key."""
        found = {}
        for trained in self.training.networks:
            if trained.average:
                found[trained.average] = copy.deepcopy(trained.module).eval()
                found[trained.average].load_state_dict(self.averages[trained.average].state)
        return found

    def save(self, *, epoch: int, metrics: dict[str, float]) -> None:
        """Writes the checkpoint and the metrics."""
        state: dict[str, Any] = {trained.live: trained.module.state_dict() for trained in self.training.networks}
        for key, average in self.averages.items():
            state |= {key: average.state, "ema_steps": average.steps}
        state |= {"optimiser": self.optimiser.state_dict(), "epoch": epoch}
        self.run.save(state=state | self.training.extra_state(), metrics=metrics)


def _finite(*, loss: float, epoch: int, step: int) -> float:
    """Refuses a loss that is not a number, before it is saved."""
    if not math.isfinite(loss):
        raise FloatingPointError(f"loss is {loss} in epoch {epoch}, step {step}")
    return loss


def fit(*, training: Training, settings: LoopSettings, run: Run) -> None:
    """Trains until the epochs or the minutes are used up; the learning rate follows whichever is further."""
    loop = _Loop(training=training, settings=settings, run=run)
    for epoch in range(loop.first, settings.epochs):
        loss, progress = loop.epoch(epoch=epoch)
        last = progress >= 1 or epoch + 1 == settings.epochs
        metrics: dict[str, float] = {"epoch": epoch, "loss": loss, "progress": round(progress, 3), **training.epoch_metrics()}
        if last or epoch % settings.validate_every == settings.validate_every - 1:
            metrics |= training.validate(averages=loop.averaged(), last=last)
        loop.save(epoch=epoch, metrics=metrics)
        if last:
            break


def parameters_in(*, part: nn.Module) -> list[nn.Parameter]:
    """The parameters of a part that are trained."""
    return [parameter for parameter in part.parameters() if parameter.requires_grad]


def parameters_besides(*, model: nn.Module, part: nn.Module) -> list[nn.Parameter]:
    """The parameters of a model that are trained and not in `part`."""
    inside = {id(parameter) for parameter in part.parameters()}
    return [parameter for parameter in parameters_in(part=model) if id(parameter) not in inside]
