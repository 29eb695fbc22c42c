"""Settings of a training: a TOML file with one table for each profile, read into a dataclass. Unknown keys fail."""

import argparse
import dataclasses
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from ..paths import DATA, HERE

T = TypeVar("T")


def load(*, schema: type[T], name: str, profile: str, overrides: dict[str, Any] | None = None) -> T:
    """Reads `config/NAME.toml`, table `[PROFILE]`, into `schema`; every key has to be a field of it and every field given."""
    table = tomllib.loads((HERE / "config" / f"{name}.toml").read_text())
    if profile not in table:
        raise ValueError(f"{name}.toml has no profile {profile!r}: expected one of {sorted(table)}")
    return from_table(schema=schema, table={**table[profile], **(overrides or {})})


def from_table(*, schema: type[T], table: dict[str, Any]) -> T:
    """A checked dataclass from a table."""
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


def arguments(*, description: str) -> argparse.ArgumentParser:
    """The flags that all trainings share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--profile", default="cpu", help="a table of the model's TOML file")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tars")
    parser.add_argument("--run", default="default", help="name of the folder under runs/")
    parser.add_argument("--atelier", type=Path, default=HERE / "cache" / "atelier", help="folder of generated looks")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one setting (TOML)")
    return parser


def overrides(*, pairs: list[str]) -> dict[str, Any]:
    """`["lr=0.1"]` → `{"lr": 0.1}`."""
    table: dict[str, Any] = {}
    for pair in pairs:
        table.update(tomllib.loads(pair))
    return table
