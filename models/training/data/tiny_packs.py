"""A data folder with a few entries of each pack, for rehearsing the trainings on a processor.

    python -m training.data.tiny_packs --out DIR

Every pack keeps entries of its training part and of its validation and test parts, so that all code paths run. Figures on it mean
nothing.
"""

import argparse
import csv
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..paths import DATA
from .packs import files_of, names_in, open_tar, open_zip, read_member, split_ids
from .pairs import hash_order

LEARNT, HELD = 24, 8
"""Entries of a pack's training part, and of its held-out part."""
TARS = {
    "ccp-parsed": (1, "", ("ccp-validation",)),
    "studio-168x224": (8, "s", ("products-test",)),
    "flat-lay": (5, "f", ("products-test",)),
}
"""How many times as many entries a tar keeps, its letter in product ids, and the splits that hold out its entries."""
ZIPS = {
    "pairs-studio": (2, "", ("pairs-validation", "pairs-test")),
    "packshots": (5, "p", ("packshots-test",)),
    "street-parsed": (1, "", ("street-validation",)),
    "portraits": (1, "", ("portraits-validation",)),
    "people": (2, "", ("scenes-validation", "people-portraits-validation")),
}
"""The same for the zips."""
FILE = "mobilenet_v2_imagenet_bnrecal.safetensors"


def held_names(*, letter: str, splits: tuple[str, ...]) -> set[str]:
    """The held-out ids of a pack, as its files are called."""
    ids = set().union(*(split_ids(name=name) for name in splits))
    return {id.removeprefix(letter) for id in ids if id.startswith(letter)}


def chosen(*, ids: set[str], held: set[str], times: int) -> set[str]:
    """The first training and held-out ids in hash order."""
    ordered = hash_order(ids=[*ids])
    learnt = [id for id in ordered if id not in held][: LEARNT * times]
    return {*learnt, *[id for id in ordered if id in held][: HELD * times]}


def copy_tar(*, data: Path, out: Path, name: str, held: set[str], times: int) -> None:
    """Tables whole, and the pictures and labels of the chosen ids."""
    with open_tar(data=data, name=name) as tar, tarfile.open(out / f"{name}.tar", "w") as into:
        members = files_of(tar)
        kept = chosen(ids={Path(file).stem for file in members if file.endswith(".jpg")}, held=held, times=times)
        for file, member in members.items():
            if file.endswith(".csv") or Path(file).stem in kept:
                into.addfile(member, io.BytesIO(read_member(tar, member)))


def copy_zip(*, data: Path, out: Path, name: str, held: set[str], times: int) -> None:
    """The chosen ids' files, and tables with their rows only."""
    with open_zip(data=data, name=name) as pack, zipfile.ZipFile(out / f"{name}.zip", "w") as into:
        folder = next(part for part in ("photos", "person", "images", "product") if names_in(pack, folder=part))
        kept = chosen(ids={*names_in(pack, folder=folder)}, held=held, times=times)
        for file in pack.namelist():
            if file.endswith(".csv"):
                into.writestr(file, rows_of(text=pack.read(file).decode(), keep=lambda row: row.get("id", "") in kept))
            elif Path(file).stem in kept:
                into.writestr(file, pack.read(file))


def rows_of(*, text: str, keep: Callable[[dict[str, str]], bool]) -> str:
    """A table's rows that `keep` wants; a table without ids stays whole."""
    reader = csv.DictReader(io.StringIO(text))
    if "id" not in (reader.fieldnames or []):
        return text
    out = io.StringIO()
    writer = csv.DictWriter(out, reader.fieldnames or [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for row in reader if keep(row))
    return out.getvalue()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for copy, packs in ((copy_tar, TARS), (copy_zip, ZIPS)):
        for name, (times, letter, splits) in packs.items():
            held = held_names(letter=letter, splits=splits)
            copy(data=args.data, out=args.out, name=name, held=held, times=times)
    shutil.copyfile(args.data / FILE, args.out / FILE)
    print(f"{args.out}: {sum(path.stat().st_size for path in args.out.iterdir()) >> 20} MiB")


if __name__ == "__main__":
    main()
