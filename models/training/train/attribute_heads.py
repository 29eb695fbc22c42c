"""Attributes and title words told from f(A) by linear heads, which are dropped after the training: so f(A) keeps what they say."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..networks.encoder import WIDTH

WEIGHTS = {"category": 1.0, "articleType": 1.0, "baseColour": 1.0, "pattern": 1.0, "gender": 0.5}
"""How much each attribute counts, 0.3 unless named."""
WORDS_WEIGHT = 0.5
PRESENCE = 10.0
"""A word is rare: its presence counts as much as ten absences."""


class AttributeHeads(nn.Module):
    """A linear layer for each attribute, and one for the title words."""

    def __init__(self, *, vocabulary: dict[str, list[str]], words: list[str]) -> None:
        super().__init__()
        self.attributes = nn.ModuleDict({name: nn.Linear(WIDTH, len(values)) for name, values in vocabulary.items()})
        self.words = nn.Linear(WIDTH, len(words))

    def loss(self, *, f: Tensor, attributes: Tensor, words: Tensor) -> Tensor:
        """Cross-entropies of `(N, attributes)` indices (−1: unknown) and of `(N, words)` (−1: no title)."""
        total = f.new_zeros(())
        for column, (name, head) in enumerate(self.attributes.items()):
            known = (attributes[:, column] >= 0).sum().clamp_min(1)
            lost = F.cross_entropy(head(f), attributes[:, column], ignore_index=-1, reduction="sum")
            total = total + WEIGHTS.get(name, 0.3) * lost / known
        weight = torch.full((words.shape[1],), PRESENCE, device=f.device)
        known = words[:, :1] >= 0
        lost = F.binary_cross_entropy_with_logits(self.words(f), words.clamp_min(0), pos_weight=weight, reduction="none")
        return total + WORDS_WEIGHT * (lost * known).sum() / (known.sum() * words.shape[1]).clamp_min(1)
