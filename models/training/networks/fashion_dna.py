"""FashionDNA's network: a product picture → f(A).

`(1, 3, 160, 128)` RGB, x / 127.5 − 1, letterboxed on white → `(1, 128)`.
"""

from torch import Tensor, nn

from .encoder import Encoder


class FirstMap(nn.Module):
    """FashionDNA as it is shipped: its only map's embedding, `(1, 3, 160, 128)` → `(1, 128)`."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = article_encoder()

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)[:, 0]


INPUT = (1, 3, 160, 128)


def article_encoder() -> Encoder:
    """The article's network."""
    return Encoder(size=INPUT[2:], maps=1)
