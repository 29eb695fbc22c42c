"""A sheet of dressed people to look at: each in the products of the pictures beside it.

python -m training.measure.preview --out sheet.png [--split validation] [--seed 1]
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.ccp import ccp_photos
from ..data.dressing.wardrobe import Wardrobe, dressed_person
from ..data.products import test_articles, training_products
from ..paths import DATA

COLUMNS, ROWS = 8, 3
TILE = (190, 228)
"""Width and height of one person with products, in pixels."""
PERSON, BESIDE = 128, 58


def _shrunk(*, picture: np.ndarray, width: int, height: int) -> Image.Image:
    image = Image.fromarray(picture)
    image.thumbnail((width, height))
    return image


def sheet(*, folder: Path, split: str, seed: int) -> Image.Image:
    """24 people; beside each the original photo, then the products."""
    validation = split == "validation"
    products = test_articles(folder=folder) if validation else training_products(folder=folder)
    wardrobe = Wardrobe(products=products)
    people = ccp_photos(data=folder, validation=validation)
    rng = np.random.default_rng(seed)
    page = Image.new("RGB", (COLUMNS * TILE[0], ROWS * TILE[1]), "grey")
    at = 0
    for i in rng.permutation(len(people)):
        if at == COLUMNS * ROWS:
            break
        shown = dressed_person(parsed=people[i], wardrobe=wardrobe, rng=rng, swap=0.0, half=0.1, flip=0.0)
        if shown is None:
            continue
        x, y = at % COLUMNS * TILE[0], at // COLUMNS * TILE[1]
        page.paste(_shrunk(picture=shown.photo, width=PERSON, height=TILE[1] - 4), (x, y))
        beside = [people[i].photo, *(products[row].picture for row in shown.worn.values())]
        for picture in beside[:4]:
            small = _shrunk(picture=picture, width=BESIDE, height=66)
            page.paste(small, (x + PERSON + 2, y))
            y += small.height + 2
        at += 1
    return page


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tars")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=("train", "validation"), default="validation")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    sheet(folder=args.data, split=args.split, seed=args.seed).save(args.out)


if __name__ == "__main__":
    main()
