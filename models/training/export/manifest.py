"""`manifest.toml`: shapes, normalisation, padding and digests, everything that the Rust side needs to know about the files."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from ..paths import MODELS


def digest(*, file: str, folder: Path = MODELS) -> dict[str, Any]:
    """Name, SHA-256 and size of a file in `folder`."""
    payload = (folder / file).read_bytes()
    return {"file": file, "sha256": hashlib.sha256(payload).hexdigest(), "bytes": len(payload)}


CATEGORY_HEAD = "fashion-dna-categories"
"""The table that `python -m training.export.categories` writes."""
TABLES = ("street2fashion", "fashion-dna", CATEGORY_HEAD, "fashion2shop")
"""The manifest's tables, in its order."""


def to_toml(*, table: dict[str, Any], path: tuple[str, ...] = ()) -> str:
    """The manifest's subset of TOML: nested tables of scalars and flat lists."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    text = (f"\n[{'.'.join(path)}]\n" if path and plain else "") + "".join(
        f"{key} = {json.dumps(value)}\n" for key, value in plain.items()
    )
    return text + "".join(to_toml(table=v, path=(*path, k)) for k, v in table.items() if isinstance(v, dict))


def update_manifest(*, entries: dict[str, dict[str, Any]], folder: Path = MODELS) -> None:
    """Replaces the given tables in `manifest.toml`, keeps the others and `terms`, and warns if a head becomes stale."""
    path = folder / "manifest.toml"
    manifest = tomllib.loads(path.read_text()) if path.exists() else {}
    if unknown := sorted(set(entries) - set(TABLES)):
        raise ValueError(f"unknown tables {unknown}: expected only {TABLES}")
    garments = manifest.get("fashion2shop", {}).get("garments")
    texts = {name: text for name, text in manifest.items() if isinstance(text, str)}
    manifest = texts | {name: table for name in TABLES if (table := entries.get(name, manifest.get(name)))}
    if garments and "fashion2shop" in entries:
        # The head of garments is trained apart from the networks that it belongs to.
        manifest["fashion2shop"] = {"garments": garments} | manifest["fashion2shop"]
    by = "`training.export` and `training.export.categories`; figures by `training.measure.int8`"
    head = f"# Written by {by}. (x − mean) / std on 0..255 RGB.\n"
    path.write_text(head + to_toml(table=manifest))
    if is_head_stale(manifest=manifest):
        print(f"STALE: {CATEGORY_HEAD} was trained on another fashion-dna and is refused; run python -m training.export.categories")
    if is_garment_head_stale(manifest=manifest):
        print("STALE: the head of garments was trained on another query encoder; run python -m training.export.garments")


def refresh_digest(*, file: str, folder: Path = MODELS) -> None:
    """Writes SHA-256 and size of a file that was rewritten into the table that names it."""
    manifest = tomllib.loads((folder / "manifest.toml").read_text())
    entries = {name: manifest[name] for name in TABLES if name in manifest}
    nested = [table for entry in entries.values() for table in (entry, *entry.values()) if isinstance(table, dict)]
    named = [table for table in nested if table.get("file") == file]
    if len(named) != 1:
        raise ValueError(f"expected one table of {file}, the manifest has {len(named)}")
    named[0].update(digest(file=file, folder=folder))
    update_manifest(entries=entries, folder=folder)


def is_head_stale(*, manifest: dict[str, Any]) -> bool:
    """Whether the category head was trained on another FashionDNA than the manifest's."""
    head = manifest.get(CATEGORY_HEAD)
    return bool(head) and head["fashion_dna_sha256"] != manifest.get("fashion-dna", {}).get("sha256")


def is_garment_head_stale(*, manifest: dict[str, Any]) -> bool:
    """Whether the head of garments was trained on another query encoder than the manifest's."""
    tables = manifest.get("fashion2shop", {})
    return "garments" in tables and tables["garments"].get("query_sha256") != tables.get("query", {}).get("sha256")
