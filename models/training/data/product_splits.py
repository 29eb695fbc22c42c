"""Writes the split of the packshots, or counts the products of both parts.

python -m training.data.product_splits [--write]
"""

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from ..paths import DATA
from .families import ALIKE, alike, choose_test, groups, thumbnails
from .packs import write_split
from .products import packshot_products, test_articles, training_products

PACKSHOT_SHARES = {"rare_share": 0.3, "share": 0.3}
"""Of each category's packshots, what is held out."""
CODE = 8
"""A packshot's id begins with its product's code (seven digits after the `p`); the rest is the colour."""


def write_splits(*, folder: Path) -> None:
    """Writes `splits/packshots-test.txt` and `splits/packshots-test-twins.txt`."""
    products = packshot_products(folder=folder)
    by_code = defaultdict(list)
    for i, product in enumerate(products):
        by_code[product.id[:CODE]].append(i)
    same_picture = alike(thumbs=thumbnails(products=products))
    same_code = [(group[0], i) for group in by_code.values() for i in group[1:]]
    family = groups(count=len(products), pairs=same_picture + same_code)
    chosen = choose_test(products=products, family=family, forced=set(), **PACKSHOT_SHARES)
    picture_group = groups(count=len(products), pairs=same_picture)
    same = {p.id for i, p in enumerate(products) if p.id in chosen and picture_group[i] != i}
    about = (
        "Held-out packshots, never trained on: whole families (same product code, or thumbnails of 30×40 that differ by less than\n"
        f"{ALIKE} of 255) in the order of the SHA-256 of a family's first id, {PACKSHOT_SHARES['share']:.0%} of each category."
    )
    write_split(name="packshots-test", about=about, ids=sorted(chosen))
    about = "Packshots of packshots-test.txt whose picture another, earlier one has too (the same rule): no articles of test sets."
    write_split(name="packshots-test-twins", about=about, ids=sorted(same))
    kept = Counter(p.category for p in products if p.id in chosen and p.id not in same)
    train = Counter(p.category for p in products if p.id not in chosen)
    print({"test": dict(kept), "articles": kept.total(), "twins": len(same), "train": dict(train), "training": train.total()})


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tars")
    parser.add_argument("--write", action="store_true", help="write splits/packshots-test*.txt")
    args = parser.parse_args()
    if args.write:
        write_splits(folder=args.data)
    else:
        for name, part in (("training", training_products(folder=args.data)), ("test", test_articles(folder=args.data))):
            print(name, dict(sorted(Counter((p.source, p.category) for p in part).items())))


if __name__ == "__main__":
    main()
