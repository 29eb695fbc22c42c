"""Backgrounds: household scenes of the flat-lay pack."""

from pathlib import Path

from .packs import Picture, decode, files_of, open_tar, read_member


def flat_lay_backgrounds(*, data: Path, limit: int | None = None) -> list[Picture]:
    """Garments on household backgrounds, used as backgrounds only."""
    with open_tar(data=data, name="flat-lay") as tar:
        members = [member for name, member in sorted(files_of(tar).items()) if name.endswith(".jpg")]
        step = max(1, len(members) // limit) if limit else 1
        return [decode(payload=read_member(tar, member)) for member in members[::step][:limit]]
