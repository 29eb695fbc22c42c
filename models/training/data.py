"""Reads the tars of the data folder. Pictures leave as uint8 arrays `(H, W, 3)`, label maps as `(H, W)` of class indices.

The splits are lists of ids in `splits/`, so that a validation picture stays one whatever the order of a tar is.
"""

import csv
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .classes import class_of_ccp
from .config import HERE

Picture = np.ndarray


class DataMissingError(FileNotFoundError):
    """A tar of the data folder is not there."""


def open_tar(*, data: Path, name: str) -> tarfile.TarFile:
    """Opens `DATA/NAME.tar`."""
    path = data / f"{name}.tar"
    if not path.exists():
        raise DataMissingError(f"{path}: expected the packed data, see models/README.md")
    return tarfile.open(path)


def decode(*, payload: bytes) -> Picture:
    """An encoded picture → RGB `(H, W, 3)`."""
    return np.asarray(Image.open(io.BytesIO(payload)).convert("RGB"))


def split_ids(*, name: str) -> set[str]:
    """The ids of `splits/NAME.txt`; lines that begin with `#` are remarks."""
    lines = (HERE / "splits" / f"{name}.txt").read_text().split("\n")
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def files_of(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """A tar's files by their name."""
    return {member.name.removeprefix("./"): member for member in tar.getmembers() if member.isfile()}


def read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """A file's content."""
    file = tar.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name} is not a file")
    return file.read()


def by_suffix(members: dict[str, tarfile.TarInfo], suffix: str) -> tarfile.TarInfo:
    """The file whose name ends with `suffix`."""
    return next(member for name, member in members.items() if name.endswith(suffix))


@dataclass(frozen=True)
class Parsed:
    """A photo with its label map of classes `0..13`."""

    id: str
    photo: Picture
    labels: np.ndarray


def ccp(*, data: Path, validation: bool, limit: int | None = None) -> list[Parsed]:
    """CCP's parsed photos: those of `splits/ccp-validation.txt`, or all others."""
    held = split_ids(name="ccp-validation")
    with open_tar(data=data, name="ccp-parsed") as tar:
        members = files_of(tar)
        rows = csv.DictReader(io.StringIO(read(tar, by_suffix(members, "labels.csv")).decode()))
        table = np.zeros(256, np.uint8)
        for row in rows:
            table[int(row["index"])] = class_of_ccp(label=row["label"])
        photos = {Path(name).stem: member for name, member in members.items() if name.endswith(".jpg")}
        maps = {Path(name).stem: member for name, member in members.items() if name.endswith(".png")}
        ids = sorted(id for id in photos if (id in held) == validation)[:limit]
        parsed = []
        for id in ids:
            labels = table[np.asarray(Image.open(io.BytesIO(read(tar, maps[id]))))]
            photo = decode(payload=read(tar, photos[id]))
            if labels.shape != photo.shape[:2]:
                raise ValueError(f"CCP {id}: photo {photo.shape[:2]}, labels {labels.shape}")
            parsed.append(Parsed(id=id, photo=photo, labels=labels))
        return parsed


def flat_lay(*, data: Path, limit: int | None = None) -> list[Picture]:
    """Garments on household backgrounds, used as backgrounds only."""
    with open_tar(data=data, name="flat-lay") as tar:
        members = [member for name, member in sorted(files_of(tar).items()) if name.endswith(".jpg")]
        step = max(1, len(members) // limit) if limit else 1
        return [decode(payload=read(tar, member)) for member in members[::step][:limit]]


@dataclass(frozen=True)
class StudioProduct:
    """A shop's title picture with its attributes; an attribute that is not known is the empty string."""

    id: str
    picture: Picture
    row: dict[str, str]


def studio(*, data: Path, pack: str, limit: int | None = None) -> list[StudioProduct]:
    """A studio pack (`168x224` or `60x80`), in the order of `products.csv`."""
    with open_tar(data=data, name=f"studio-{pack}") as tar:
        members = files_of(tar)
        rows = csv.DictReader(io.StringIO(read(tar, by_suffix(members, "products.csv")).decode()))
        files = {Path(name).stem: member for name, member in members.items() if name.endswith((".jpg", ".png"))}
        products = []
        for row in rows:
            if row["id"] in files:
                picture = decode(payload=read(tar, files[row["id"]]))
                products.append(StudioProduct(id=row["id"], picture=picture, row=row))
            if limit and len(products) == limit:
                break
        return products


def packed(*, data: Path, name: str, table: str, limit: int | None = None) -> list[tuple[dict[str, str], bytes]]:
    """The rows of a tar's table that have a picture, each with its encoded picture, in the table's order."""
    with open_tar(data=data, name=name) as tar:
        members = files_of(tar)
        rows = csv.DictReader(io.StringIO(read(tar, by_suffix(members, table)).decode()))
        files = {Path(file).stem: member for file, member in members.items() if file.endswith((".jpg", ".png"))}
        chosen = [row for row in rows if row["id"] in files][:limit]
        return [(row, read(tar, files[row["id"]])) for row in chosen]
