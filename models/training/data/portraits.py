"""`portraits.zip`: 400 head-and-shoulders photos with person masks (EG1800: Shen et al. 2016)."""

from collections.abc import Iterator
from pathlib import Path

from .masked import Masked, masked_photos


def portraits(*, data: Path, limit: int | None = None) -> Iterator[Masked]:
    """The portraits by id, long side 400."""
    return masked_photos(data=data, pack="portraits", limit=limit)
