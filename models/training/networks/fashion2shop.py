"""Fashion2Shop's query encoder: a person or one garment on white → f(I) of each of the eight categories.

`(1, 3, 192, 128)` RGB, x / 127.5 − 1, cropped to what is not white and letterboxed on white → `(1, 8, 128)`. The eight attention
maps learn from label maps where the garments of a person are.
"""

from ..classes import CATEGORIES
from .encoder import STRIDE, WIDTH, Encoder

INPUT = (1, 3, 192, 128)
OUTPUT = (1, len(CATEGORIES), WIDTH)
GRID = (INPUT[2] // STRIDE, INPUT[3] // STRIDE)


def query_encoder() -> Encoder:
    """The query's network."""
    return Encoder(size=INPUT[2:], maps=len(CATEGORIES))
