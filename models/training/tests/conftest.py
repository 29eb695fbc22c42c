"""Synthetic pictures that every test can use, and the data folder where it is present."""

from pathlib import Path

import numpy as np
import pytest
import torch

from training.data.parsed import Parsed
from training.paths import DATA

PACKS = (
    *("ccp-parsed.tar", "flat-lay.tar", "packshots.zip", "pairs-studio.zip", "people.zip", "portraits.zip"),
    *("street-parsed.zip", "studio-168x224.tar"),
)
"""The packs that tests read."""


@pytest.fixture(autouse=True)
def _one_seed() -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)


@pytest.fixture
def person() -> Parsed:
    """A block figure: skin above, a t-shirt, trousers, on noise."""
    rng = np.random.default_rng(2)
    photo = rng.integers(0, 80, (120, 80, 3)).astype(np.uint8)
    labels = np.zeros((120, 80), np.uint8)
    for top, bottom, value, colour in ((10, 30, 2, 200), (30, 70, 9, 120), (70, 110, 8, 30)):
        labels[top:bottom, 25:55] = value
        photo[top:bottom, 25:55] = colour
    return Parsed(id="block", photo=photo, labels=labels)


@pytest.fixture
def data_folder() -> Path:
    """The packed data; tests that need it are skipped, aloud, where it is absent."""
    if missing := [name for name in PACKS if not (DATA / name).exists()]:
        pytest.skip(f"{DATA} has no {', '.join(missing)}")
    return DATA
