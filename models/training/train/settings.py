"""Settings of a training: a TOML file with one table for each profile, read into a dataclass. Unknown keys fail."""

import argparse
import dataclasses
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..paths import DATA, HERE, WORK

T = TypeVar("T")

_RENAMED = {"atelier_share": "drawn_share", "atelier": "drawn"}
"""Former names of settings; they go on working."""


@dataclass(frozen=True)
class LoopSettings:
    """What the loop of every training needs."""

    seed: int
    epochs: int
    budget_minutes: float
    batch: int
    weight_decay: float
    ema: float
    validate_every: int


def load(*, schema: type[T], name: str, profile: str, overrides: dict[str, Any] | None = None) -> T:
    """Reads `config/NAME.toml`, table `[PROFILE]`, into `schema`; every key has to be a field of it and every field given."""
    table = tomllib.loads((HERE / "config" / f"{name}.toml").read_text())
    if profile not in table:
        raise ValueError(f"{name}.toml has no profile {profile!r}: expected one of {sorted(table)}")
    return from_table(schema=schema, table={**table[profile], **(overrides or {})})


def renamed(*, table: dict[str, Any]) -> dict[str, Any]:
    """The table with former names replaced, nested tables included; says so for each."""
    found = {}
    for key, value in table.items():
        name = _RENAMED.get(key, key)
        if name != key:
            print(f"setting {key} is now called {name}", flush=True)
        found[name] = renamed(table=value) if isinstance(value, dict) else value
    return found


def from_table(*, schema: type[T], table: dict[str, Any]) -> T:
    """A checked dataclass from a table."""
    table = renamed(table=table)
    fields = {field.name: field for field in dataclasses.fields(schema)}  # type: ignore[arg-type]
    if unknown := sorted(set(table) - set(fields)):
        raise ValueError(f"unknown keys {unknown}: expected only {sorted(fields)}")
    if missing := sorted(set(fields) - set(table)):
        raise ValueError(f"missing keys {missing}")
    for key, value in table.items():
        expected = fields[key].type
        if expected is float and isinstance(value, int) and not isinstance(value, bool):
            table[key] = value = float(value)
        if isinstance(expected, type) and not isinstance(value, expected):
            raise ValueError(f"{key}: expected {expected.__name__}, got {value!r}")
    return schema(**table)


class _FormerFlag(argparse.Action):
    """A flag under its former name: it works and names the present one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        print(f"{option_string} is now called --{self.dest.replace('_', '-')}", flush=True)
        setattr(namespace, self.dest, values)


def add_drawn_argument(*, parser: argparse.ArgumentParser) -> None:
    """Adds `--drawn`."""
    parser.add_argument("--drawn", type=Path, default=WORK / "cache" / "drawn", help="folder of the drawn looks' folders")
    parser.add_argument("--atelier", dest="drawn", type=Path, action=_FormerFlag, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def add_renderer_argument(*, parser: argparse.ArgumentParser) -> None:
    """Adds `--renderer-bin`."""
    flags = {"dest": "renderer_bin", "action": _FormerFlag, "default": argparse.SUPPRESS, "help": argparse.SUPPRESS}
    parser.add_argument("--renderer-bin", default="garment-renderer", help="the program that draws products and looks")
    parser.add_argument("--atelier-bin", **flags)


def arguments(*, description: str) -> argparse.ArgumentParser:
    """The flags that all trainings share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--profile", default="cpu", help="a table of the model's TOML file")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    parser.add_argument("--run", default="default", help="name of the folder under runs/")
    add_drawn_argument(parser=parser)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one setting (TOML)")
    return parser


def overrides(*, pairs: list[str]) -> dict[str, Any]:
    """`["lr=0.1"]` → `{"lr": 0.1}`."""
    table: dict[str, Any] = {}
    for pair in pairs:
        table.update(tomllib.loads(pair))
    return table
