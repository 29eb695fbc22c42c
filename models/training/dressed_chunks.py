"""Reads what `python -m training.dressed` has written."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .config import HERE


@dataclass
class Dressed:
    """`persons` `(N, 3, 192, 128)` uint8 with `labels` `(N, 48, 32)`; `garments` `(M, 3, 192, 128)` uint8, each with its
    person's row in `owner` `(M,)`, its category `(M,)` and its product's id."""

    persons: Tensor
    labels: Tensor
    garments: Tensor
    owner: Tensor
    categories: Tensor
    product_ids: list[str]


def load_dressed(*, split: str) -> Dressed | None:
    """All finished chunks of `cache/dressed/SPLIT`; `None` without any."""
    files = sorted((HERE / "cache" / "dressed" / split).glob("chunk-*.pt"))
    if not files:
        return None
    chunks = [torch.load(path, weights_only=False) for path in files]
    first = 0
    owners = []
    for chunk in chunks:
        owners.append(torch.as_tensor(chunk["owner"]) + first)
        first += len(chunk["persons"])

    def joined(key: str) -> Tensor:
        return torch.cat([torch.as_tensor(chunk[key]) for chunk in chunks])

    return Dressed(
        persons=joined("persons").permute(0, 3, 1, 2).contiguous(),
        labels=joined("labels"),
        garments=joined("garments").permute(0, 3, 1, 2).contiguous(),
        owner=torch.cat(owners),
        categories=joined("categories"),
        product_ids=[id for chunk in chunks for id in chunk["products"]],
    )
