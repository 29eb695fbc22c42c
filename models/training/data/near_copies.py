"""The splits of the true pairs, and the training pairs that are left out because another split shows nearly the same picture.

    python -m training.data.near_copies

writes `splits/pairs-validation.txt`, `splits/pairs-test.txt` and `splits/pairs-left-out.txt` again. Two persons or two products
are near copies if the 64-bit difference hashes of their pictures (9×8 grey, each pixel against its right neighbour) differ in at
most `HASH_BITS` bits and their thumbnails (32×24 RGB) correlate by at least `CORRELATION`. Thumbnails that correlate by at least
`SURE` are near copies whatever the hashes are.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from ..paths import DATA
from .packs import Picture, write_split
from .pairs import HELD, Pair, all_pair_ids, hash_order, read_pairs

HASH_SIZE = (9, 8)
"""Width and height of the grey picture whose neighbours are compared."""
THUMB_SIZE = (24, 32)
"""Width and height of the RGB thumbnail."""
HASH_BITS = 4
CORRELATION = 0.98
"""Chosen by eye: of the pairs with these values some still show another colour of the same cut, which are left out too."""
SURE = 0.995


def difference_hash(*, picture: Picture) -> np.ndarray:
    """`(H, W, 3)` → 64 bits `(64,)` bool: whether each grey pixel is darker than its right neighbour."""
    grey = np.asarray(Image.fromarray(picture).convert("L").resize(HASH_SIZE, Image.Resampling.BOX), np.int16)
    return (grey[:, :-1] < grey[:, 1:]).ravel()


def thumbnail(*, picture: Picture) -> np.ndarray:
    """`(H, W, 3)` → `(2304,)` float32 of mean 0 and norm 1: the dot product of two of them is their correlation."""
    small = np.asarray(Image.fromarray(picture).resize(THUMB_SIZE, Image.Resampling.BOX), np.float32).ravel()
    small = small - small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)


def near_copies(*, pictures: list[Picture], others: list[Picture], block: int = 512) -> np.ndarray:
    """Whether each of `pictures` is a near copy of one of `others`, `(N,)` bool."""
    if not pictures or not others:
        return np.zeros(len(pictures), bool)
    hashes, thumbs = ([make(picture=p) for p in others] for make in (difference_hash, thumbnail))
    theirs, their_thumbs = np.stack(hashes).astype(np.float32) * 2 - 1, np.stack(thumbs)
    found = []
    for first in range(0, len(pictures), block):
        part = pictures[first : first + block]
        bits = np.stack([difference_hash(picture=p) for p in part]).astype(np.float32) * 2 - 1
        differing = (bits.shape[1] - bits @ theirs.T) / 2
        alike = np.stack([thumbnail(picture=p) for p in part]) @ their_thumbs.T
        found.append((((differing <= HASH_BITS) & (alike >= CORRELATION)) | (alike >= SURE)).any(axis=1))
    return np.concatenate(found)


def left_out(*, training: list[Pair], held: list[Pair]) -> list[str]:
    """The training pairs whose person or product is a near copy of a held-out pair's."""
    persons = near_copies(pictures=[p.person for p in training], others=[p.person for p in held])
    products = near_copies(pictures=[p.product for p in training], others=[p.product for p in held])
    return sorted(pair.id for pair, copied in zip(training, persons | products, strict=True) if copied)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    args = parser.parse_args()
    ids = hash_order(ids=all_pair_ids(data=args.data))
    validation, test, training = ids[:HELD], ids[HELD : 2 * HELD], ids[2 * HELD :]
    about = "{} of the pairs of pairs-studio, never trained on: ids {} to {} in the order of the SHA-256 of the id."
    write_split(name="pairs-validation", about=about.format(HELD, 1, HELD), ids=sorted(validation))
    write_split(name="pairs-test", about=about.format(HELD, HELD + 1, 2 * HELD), ids=sorted(test))
    held = [*read_pairs(data=args.data, ids=validation + test)]
    copies = left_out(training=[*read_pairs(data=args.data, ids=training)], held=held)
    about = (
        "Pairs of pairs-studio in no split: their person or product is nearly the same picture as a validation or test pair's.\n"
        "Found by `python -m training.data.near_copies`: 64-bit difference hashes (9×8 grey) that differ in at most\n"
        f"{HASH_BITS} bits and 32×24 RGB thumbnails that correlate by {CORRELATION}, or thumbnails that correlate by {SURE}."
    )
    write_split(name="pairs-left-out", about=about, ids=copies)
    print(f"{len(validation)} validation, {len(test)} test, {len(copies)} left out, {len(training) - len(copies)} training")


if __name__ == "__main__":
    main()
