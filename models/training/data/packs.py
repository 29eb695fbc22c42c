"""Opens the packs of the data folder and decodes what they hold.

Pictures leave as uint8 arrays `(H, W, 3)`, label maps as `(H, W)` of indices. The splits are lists of ids in `splits/`, so that a
held-out picture stays one whatever the order of a pack is.
"""

import csv
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from ..paths import HERE

Picture = np.ndarray


class DataMissingError(FileNotFoundError):
    """A pack of the data folder is not there."""


def _pack(*, data: Path, file: str) -> Path:
    path = data / file
    if not path.exists():
        raise DataMissingError(f"{path}: expected the packed data, see models/README.md")
    return path


def open_tar(*, data: Path, name: str) -> tarfile.TarFile:
    """Opens `DATA/NAME.tar`."""
    return tarfile.open(_pack(data=data, file=f"{name}.tar"))


def open_zip(*, data: Path, name: str) -> zipfile.ZipFile:
    """Opens `DATA/NAME.zip`."""
    return zipfile.ZipFile(_pack(data=data, file=f"{name}.zip"))


def names_in(pack: zipfile.ZipFile, *, folder: str) -> list[str]:
    """The names of a folder's files without their suffixes, sorted."""
    return sorted(Path(name).stem for name in pack.namelist() if name.startswith(f"{folder}/") and not name.endswith("/"))


def decode(*, payload: bytes) -> Picture:
    """An encoded picture → RGB `(H, W, 3)`."""
    return np.asarray(Image.open(io.BytesIO(payload)).convert("RGB"))


def decode_labels(*, payload: bytes) -> np.ndarray:
    """An encoded label map (grey, palette or 1 bit) → `(H, W)` uint8 of its indices."""
    return np.asarray(Image.open(io.BytesIO(payload))).astype(np.uint8)


def split_ids(*, name: str) -> set[str]:
    """The ids of `splits/NAME.txt`; lines that begin with `#` are remarks."""
    lines = (HERE / "splits" / f"{name}.txt").read_text().split("\n")
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def write_split(*, name: str, about: str, ids: list[str]) -> None:
    """Writes `splits/NAME.txt`; `about` is its remark, one or more lines."""
    head = "".join(f"# {line}\n" for line in about.split("\n"))
    (HERE / "splits" / f"{name}.txt").write_text(head + "".join(f"{id}\n" for id in ids))


def files_of(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """A tar's files by their name."""
    return {member.name.removeprefix("./"): member for member in tar.getmembers() if member.isfile()}


def read_member(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """A file's content."""
    file = tar.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name} is not a file")
    return file.read()


def by_suffix(members: dict[str, tarfile.TarInfo], suffix: str) -> tarfile.TarInfo:
    """The file whose name ends with `suffix`."""
    return next(member for name, member in members.items() if name.endswith(suffix))


def packed(*, data: Path, name: str, table: str, limit: int | None = None) -> list[tuple[dict[str, str], bytes]]:
    """The rows of a tar's table that have a picture, each with its encoded picture, in the table's order."""
    with open_tar(data=data, name=name) as tar:
        members = files_of(tar)
        rows = csv.DictReader(io.StringIO(read_member(tar, by_suffix(members, table)).decode()))
        files = {Path(file).stem: member for file, member in members.items() if file.endswith((".jpg", ".png"))}
        chosen = [row for row in rows if row["id"] in files][:limit]
        return [(row, read_member(tar, files[row["id"]])) for row in chosen]
