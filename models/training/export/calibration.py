"""Pictures that a rounding is chosen by, all of training splits. In: the data packs. Out: network inputs by the file's name."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..data.ccp import ccp_photos
from ..data.dressed import load_dressed
from ..data.geometry import letterbox
from ..data.packs import DataMissingError
from ..data.pair_views import pair_views
from ..data.segmented import training_people
from ..networks import street2fashion
from ..paths import WORK
from ..train.query_sets import as_tensor, drawn_pictures, garments_of

EACH = 200
"""Pictures of a kind."""
PAIRS = 400
"""True pairs to choose from."""
SEED = 11


def mixed(*, kinds: list[np.ndarray], each: int) -> np.ndarray:
    """Some pictures `(N, 3, h, w)` of each kind, kinds in turns, as inputs in −1..1."""
    rng = np.random.default_rng(SEED)
    fewest = min(each, *(len(kind) for kind in kinds))
    picked = [kind[rng.permutation(len(kind))[:fewest]] for kind in kinds]
    pictures = np.stack(picked, axis=1).reshape(-1, *kinds[0].shape[1:])
    return pictures.astype(np.float32) / 127.5 - 1.0


def query_pictures(*, data: Path) -> np.ndarray:
    """What the query encoder is shown: people and garments of true pairs, dressed people and drawn looks, and garments of CCP."""
    views = pair_views(folder=data, split="training", limit=PAIRS)
    garments, _, _ = garments_of(photos=ccp_photos(data=data, validation=False, limit=120))
    dressed = load_dressed(split="train", limit=2)
    looks = sorted((WORK / "cache" / "drawn").glob("train-*/looks.jsonl"))
    if dressed is None or not looks:
        raise DataMissingError("expected dressed people and drawn looks of training, see models/README.md, Training")
    kinds = [views.parsed_person, views.parsed_garment, as_tensor(pictures=garments), dressed.persons, dressed.garments]
    return mixed(kinds=[kind.numpy() for kind in [*kinds, drawn_pictures(looks=[looks[0].parent])["q"]]], each=EACH)


def photos(*, data: Path) -> np.ndarray:
    """Photos of every pack that the segmenter learns from."""
    height, width = street2fashion.INPUT[2:]
    rng = np.random.default_rng(SEED)

    def of(people: list) -> np.ndarray:
        chosen = [people[at].photo for at in rng.permutation(len(people))[:EACH]]
        boxes = [letterbox(picture=photo, into_width=width, into_height=height, pad=127.5)[0] for photo in chosen]
        return as_tensor(pictures=[np.clip(np.rint(box), 0, 255).astype(np.uint8) for box in boxes]).numpy()

    packs = training_people(data=data, pairs=EACH) | {"ccp": ccp_photos(data=data, validation=False, limit=EACH)}
    return mixed(kinds=[of(people) for people in packs.values()], each=EACH)


PICTURES: dict[str, Callable[..., np.ndarray]] = {"street2fashion": photos, "fashion2shop-query": query_pictures}
