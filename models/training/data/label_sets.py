"""Label values beyond the thirteen classes: coarse labels, each of which allows a set of classes.

A label map holds classes `0..13`, the values of this module, and `IGNORE`. `ALLOWED[label]` says which classes a pixel may have.
"""

import numpy as np

from ..classes import CLASSES

IGNORE = 255
"""The label of pixels that have no loss: padding, and what is uncertain."""
WORN = 254
"""A person's pixel of unknown class: any class but background."""
UPPER = 240
"""Street photos' "upper garment"; their jackets and jumpers are `OTHER`."""
DRESS_OR_SKIRT = 241
OTHER = 242
"""Street photos' "other of the person": jackets, jumpers, tights, bags, hats."""
ANY_UPPER = 243
"""A clothes parser's "upper clothes": any upper category."""
ANY_TOP_OR_DRESS = 244
"""A clothes parser's "dress"; the pairs' people wear upper garments, so it can be a long top."""
COAT = 245
"""A clothes parser's "coat"."""

_SETS = {
    UPPER: ("shirts", "t-shirts", "tops"),
    DRESS_OR_SKIRT: ("dresses", "skirts"),
    OTHER: ("blazers", "jumpers", "outerwear", "other-worn"),
    ANY_UPPER: ("blazers", "jumpers", "shirts", "t-shirts", "tops"),
    ANY_TOP_OR_DRESS: ("dresses", "jumpers", "shirts", "t-shirts", "tops"),
    COAT: ("outerwear", "blazers", "jumpers"),
    WORN: CLASSES[1:],
}


def _allowed() -> np.ndarray:
    table = np.zeros((256, len(CLASSES)), bool)
    table[: len(CLASSES)] = np.eye(len(CLASSES), dtype=bool)
    for label, names in _SETS.items():
        table[label, [CLASSES.index(name) for name in names]] = True
    return table


ALLOWED = _allowed()
"""`(256, 13)` bool: the classes that each label allows; none for `IGNORE` and for values without a meaning."""


def _of_street() -> dict[str, int]:
    known = {"background": 0, "skin": CLASSES.index("skin"), "hair": CLASSES.index("hair")}
    known |= {"upper garment": UPPER, "shoes": CLASSES.index("other-worn"), "trousers": CLASSES.index("trousers")}
    known |= {"dress or skirt": DRESS_OR_SKIRT, "other of the person": OTHER}
    return known


def _of_lip() -> dict[str, int]:
    known = {"background": 0, "hair": CLASSES.index("hair")}
    known |= dict.fromkeys(("face", "left arm", "right arm", "left leg", "right leg"), CLASSES.index("skin"))
    known |= {"upper clothes": ANY_UPPER, "dress": ANY_TOP_OR_DRESS, "coat": COAT, "jumpsuit": WORN}
    known |= {"trousers": CLASSES.index("trousers"), "skirt": CLASSES.index("skirts")}
    return known


def label_of_street(*, labels: tuple[str, ...]) -> np.ndarray:
    """The street pack's labels by index → label values, uint8."""
    known = _of_street()
    return np.array([known[label] for label in labels], np.uint8)


def label_of_lip(*, labels: tuple[str, ...]) -> np.ndarray:
    """LIP's labels by index → label values, uint8; what is worn and no garment is `other-worn`."""
    known = _of_lip()
    return np.array([known.get(label, CLASSES.index("other-worn")) for label in labels], np.uint8)


COARSE = {
    "upper": UPPER,
    "trousers": CLASSES.index("trousers"),
    "dress or skirt": DRESS_OR_SKIRT,
    "hair": CLASSES.index("hair"),
    "skin": CLASSES.index("skin"),
}
"""The regions of street photos that are measured, by their label value."""
