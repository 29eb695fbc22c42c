"""`people.zip`: everyday scenes and portraits with the mask of all people (PASCAL VOC, COCO and others).

A few members of crowds are unmarked.
"""

from collections.abc import Iterator
from pathlib import Path

from .masked import Masked, masked_photos

KINDS = ("scene", "portrait")


def people(*, data: Path, kind: str = "", limit: int | None = None) -> Iterator[Masked]:
    """The photos by id; `kind` is `scene` (rooms, sports, streets, groups), `portrait`, or empty for both."""
    if kind and kind not in KINDS:
        raise ValueError(f"expected the kind {' or '.join(KINDS)}, got {kind!r}")
    return masked_photos(data=data, pack="people", prefix=f"{kind}-" if kind else "", limit=limit)
