"""Segmentation test sets of the packs with coarse labels or person masks: street photos, portraits, everyday scenes."""

from collections.abc import Callable

import numpy as np

from ..classes import CLASSES
from ..data.label_sets import ANY_TOP_OR_DRESS, ANY_UPPER, COAT, DRESS_OR_SKIRT, OTHER, UPPER, WORN
from ..data.segmented import validation_people
from .held_out import HeldOut
from .testset_folder import slices_of

_NEAREST = {UPPER: "tops", ANY_UPPER: "tops", DRESS_OR_SKIRT: "dresses", ANY_TOP_OR_DRESS: "dresses"}
_NEAREST |= dict.fromkeys((OTHER, COAT, WORN), "other-worn")
ABOUT = {
    "street": "50 street photos (street-validation.txt). Upper garments are called tops, dresses and skirts dresses, all other "
    "clothes other-worn: classes but hair, skin and trousers mean nothing",
    "portraits": "60 head-and-shoulders photos (portraits-validation.txt) with person masks; people are called other-worn",
    "scenes": "40 everyday scenes (scenes-validation.txt) with the mask of all people; they are called other-worn",
    "people-portraits": "30 portraits (people-portraits-validation.txt) with person masks; people are called other-worn",
}


def named(*, labels: np.ndarray) -> np.ndarray:
    """Label values → one of the thirteen classes each, as a test set needs it."""
    table = np.arange(256, dtype=np.uint8)
    for label, name in _NEAREST.items():
        table[label] = CLASSES.index(name)
    return table[labels]


def set_of(*, slice: str) -> Callable[..., None]:
    """The writer of a slice's test set."""

    def write(*, held_out: HeldOut) -> None:
        found = held_out.test_set(name=slice, about=ABOUT[slice], kind="segmentation")
        for item in validation_people(data=held_out.folder)[slice]:
            shown = slices_of(photo=item.photo, foreground=item.labels > 0, gender="")
            height, width = item.labels.shape
            shape = {"frame": "landscape" if width > height else "upright"}
            found.query(id=item.id, photo=item.photo, labels=named(labels=item.labels), garments=[], slices=shown | shape)
        found.close()

    return write
