"""What an encoder's first blocks say of augmented views, kept, so that a training that leaves these blocks as they are runs
each view through them once and not in every epoch.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .encoder import Encoder

BATCH = 64


@dataclass
class Fronts:
    """`count` views of each picture: stride 8 in half precision, and the picture at half its size.

    `s8` `(N, count, 32, h/8, w/8)` float16, `half` `(N, count, 3, h/2, w/2)` uint8.
    """

    s8: Tensor
    half: Tensor

    def draw(self, *, rows: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """One view of each row: float32, ready for `Encoder.back`, and whether each is mirrored, `(N,)`."""
        chosen = torch.from_numpy(rng.integers(self.s8.shape[1], size=len(rows)))
        rows = torch.from_numpy(np.asarray(rows))
        s8, half = self.s8[rows, chosen].float(), self.half[rows, chosen].float() / 127.5 - 1
        mirrored = torch.from_numpy(rng.random(len(rows)) < 0.5)
        s8, half = flipped(x=s8, rows=mirrored), flipped(x=half, rows=mirrored)
        return s8.contiguous(memory_format=torch.channels_last), half.contiguous(memory_format=torch.channels_last), mirrored


def flipped(*, x: Tensor, rows: Tensor) -> Tensor:
    """`(N, …, w)` with the rows that `rows` `(N,)` names mirrored along the last axis."""
    return torch.where(rows.view(-1, *[1] * (x.ndim - 1)), x.flip(-1), x)


@torch.inference_mode()
def fronts_of(*, model: Encoder, pictures: Tensor, count: int, view: Callable[[Tensor], Tensor]) -> Fronts:
    """`(N, 3, h, w)` uint8 → `count` views of each; `view` augments a batch to the model's size, in −1..1."""
    model.eval()
    s8, half = [], []
    for part in pictures.split(BATCH):
        seen = [model.front(view(part).contiguous(memory_format=torch.channels_last)) for _ in range(count)]
        s8.append(torch.stack([front.half() for front, _ in seen], dim=1).contiguous())
        half.append(torch.stack([((small + 1) * 127.5).round().clamp(0, 255).byte() for _, small in seen], dim=1).contiguous())
    return Fronts(s8=torch.cat(s8).clone(), half=torch.cat(half).clone())
