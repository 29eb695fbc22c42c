"""Batches of Fashion2Shop's queries: drawing, augmented views, scores against negatives, attention loss."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..data.views import views
from ..networks import fashion2shop
from ..networks.fashion2shop import GRID
from .loop import EpochRandom
from .queries import Queries, attention_loss, negatives_of


@dataclass
class Part:
    """A batch's queries of one source: rows of `source`, where they begin in the batch, and which are mirrored."""

    source: Queries
    rows: Tensor
    first: int
    mirrored: Tensor

    def pairs(self) -> tuple[Tensor, Tensor, Tensor]:
        """Each query with each article that it shows: the row in the batch `(P,)`, the article `(P,)`, and all that the query
        shows, `(P, W)`, filled up by −1."""
        worn = self.source.worn_table[self.rows]
        row, column = torch.nonzero(worn >= 0, as_tuple=True)
        return row + self.first, worn[row, column], worn[row]


class Batches:
    """Draws `size` queries of all sources, each source by its share, and views of them, on the device of the sources' tensors."""

    def __init__(self, *, sources: list[Queries], shares: dict[str, float], size: int) -> None:
        self.sources, self.size = sources, size
        weights = np.array([shares[source.name] for source in sources], float)
        self.shares = weights / weights.sum()

    def draw(self, *, draw: EpochRandom) -> tuple[Tensor, list[Part]]:
        """`(N, 3, 192, 128)`, and which queries they are, the sources one after another.

        A picture with a label map is augmented weakly, and mirrored only together with its map. A batch mixes the
        sources, so that BatchNorm sees them together.
        """
        rng, generator = draw.rng, draw.generator
        of = rng.choice(len(self.sources), self.size, p=self.shares)
        pictures, parts, first = [], [], 0
        for index in np.unique(of):
            source = self.sources[index]
            where = source.pictures.device
            rows = torch.from_numpy(rng.integers(len(source.worn), size=int((of == index).sum()))).to(where)
            turned = torch.from_numpy(rng.random(len(rows)) < 0.5).to(where)
            strength = 0.25 if source.labels is not None else 0.6
            given = {"generator": generator, "size": fashion2shop.INPUT[2:], "strength": strength, "mirror": False}
            pictures.append(flipped(x=views(pictures=source.pictures[rows], **given), rows=turned))
            parts.append(Part(source=source, rows=rows, first=first, mirrored=turned))
            first += len(rows)
        return torch.cat(pictures), parts


def scores_of(
    *, f: Tensor, parts: list[Part], match: nn.Module, negatives: int, same_category_share: float, generator: torch.Generator
) -> Tensor:
    """f(I) `(N, 8, 128)` of a batch → `(pairs, 1 + negatives)` scores, the worn article first."""
    queries, candidates = [], []
    for part in parts:
        owner, articles, worn = part.pairs()
        given = {"queries": part.source, "articles": articles, "worn": worn, "count": negatives}
        others = negatives_of(**given, share=same_category_share, generator=generator)
        rows = torch.cat([articles[:, None], others], dim=1)
        copies = torch.randint(part.source.bank.shape[1], rows.shape, generator=generator, device=rows.device)
        queries.append(f[owner, part.source.categories[articles]])
        candidates.append(part.source.bank[rows, copies])
    return match.score(query=match.query(torch.cat(queries))[:, None], article=match.article(torch.cat(candidates)))


def attention_of(*, look: Tensor, parts: list[Part]) -> Tensor | None:
    """The attention's loss on a batch's label maps; `None` if its sources have none."""
    known = [part for part in parts if part.source.labels is not None]
    if not known:
        return None
    labels = torch.cat([flipped(x=part.source.labels[part.rows], rows=part.mirrored) for part in known])
    shown = torch.cat([look[part.first : part.first + len(part.rows)] for part in known])
    return attention_loss(look=shown, labels=labels, grid=GRID)


def flipped(*, x: Tensor, rows: Tensor) -> Tensor:
    """`(N, …, w)` with the rows that `rows` `(N,)` names mirrored along the last axis."""
    return torch.where(rows.view(-1, *[1] * (x.ndim - 1)), x.flip(-1), x)
