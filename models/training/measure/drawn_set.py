"""The test set of drawn looks."""

import subprocess
import tempfile
from pathlib import Path

from ..data.drawn import drawn_looks, json_lines
from .held_out import HeldOut
from .testset_folder import slices_of

DRAWN = {"products": 1200, "products_seed": 13, "looks": 200, "looks_seed": 3001}


def drawn(*, held_out: HeldOut) -> None:
    """Drawn looks and products, of seeds used for nothing else."""
    about = (
        f"{DRAWN['looks']} drawn looks (seed {DRAWN['looks_seed']}) in {DRAWN['products']} drawn products "
        f"(seed {DRAWN['products_seed']}); neither seed is trained or tuned on"
    )
    found = held_out.test_set(name="drawn", about=about)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        products = [str(DRAWN["products"]), str(DRAWN["products_seed"])]
        first = [held_out.renderer_bin, "products", "--seed", products[1], "--count", products[0], "--out", name]
        second = [held_out.renderer_bin, "looks", "--seed", str(DRAWN["looks_seed"]), "--count", str(DRAWN["looks"])]
        second += ["--products-seed", products[1], "--products-count", products[0], "--out", name]
        for command in (first, second):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        genders = {}
        for line in json_lines(path=folder / "products.jsonl"):
            genders[line["id"]] = line["gender"]
            payload = (folder / line["image_link"]).read_bytes()
            found.article(id=line["id"], payload=payload, category=line["category"], gender=line["gender"])
        for look in drawn_looks(folder=folder):
            parsed = look.parsed
            told = {genders[id] for id in look.worn.values()} - {"unisex"}
            gender = told.pop() if len(told) == 1 else ""
            slices = slices_of(photo=parsed.photo, foreground=parsed.labels > 0, gender=gender)
            garments: list[tuple[str, str | None]] = [*look.worn.items()]
            found.query(id=parsed.id, photo=parsed.photo, labels=parsed.labels, garments=garments, slices=slices)
    found.close()
