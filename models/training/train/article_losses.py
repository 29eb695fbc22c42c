"""FashionDNA's losses: identity (InfoNCE) and attributes (a head for each, dropped after the training)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..networks.encoder import WIDTH


def info_nce(*, a: Tensor, b: Tensor, ids: Tensor, temperature: float, bank: Tensor, bank_ids: Tensor) -> Tensor:
    """Two views `(N, D)` of N products → InfoNCE (van den Oord et al. 2018) both ways, over the batch and a memory bank.

    `bank` `(M, D)` are earlier embeddings of the products `bank_ids` (Wu et al. 2018, instance discrimination); a product is
    never its own negative.
    """
    if a.shape != b.shape:
        raise ValueError(f"expected two views of one shape, got {tuple(a.shape)} and {tuple(b.shape)}")
    a, b, bank = (F.normalize(x, dim=1) for x in (a, b, bank))
    own = ids[:, None] == torch.cat([ids, bank_ids])[None]
    own[:, : len(ids)].fill_diagonal_(False)
    target = torch.arange(len(a), device=a.device)
    one_way = (
        F.cross_entropy((x @ torch.cat([y, bank]).T / temperature).masked_fill(own, float("-inf")), target)
        for x, y in ((a, b), (b, a))
    )
    return sum(one_way) / 2


class Heads(nn.Module):
    """Heads on f(A) for the training only: a linear layer for each attribute, and one for the title words."""

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
        # A word is rare: its presence counts as much as ten absences.
        weight = torch.full((words.shape[1],), 10.0, device=f.device)
        known = words[:, :1] >= 0
        lost = F.binary_cross_entropy_with_logits(self.words(f), words.clamp_min(0), pos_weight=weight, reduction="none")
        return total + 0.5 * (lost * known).sum() / (known.sum() * words.shape[1]).clamp_min(1)


WEIGHTS = {"category": 1.0, "articleType": 1.0, "baseColour": 1.0, "pattern": 1.0, "gender": 0.5}
"""How much each attribute counts, 0.3 unless named."""
