"""Articles: their pictures, attributes and title words, as tensors."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .geometry import letterbox

CACHED = (176, 140)
"""Pictures are kept at this height and width, a little more than the input, so that crops stay sharp."""
ATTRIBUTES = ("category", "articleType", "baseColour", "gender", "subCategory", "season", "usage", "pattern")


@dataclass(frozen=True)
class Article:
    """A product picture, letterboxed to `CACHED`, with its attributes and title."""

    id: str
    picture: np.ndarray
    attributes: dict[str, str]
    title: str = ""


def boxed(*, picture: np.ndarray, size: tuple[int, int] = CACHED) -> np.ndarray:
    """Letterboxed on white to `size` (height, width), uint8."""
    out, _ = letterbox(picture=picture, into_width=size[1], into_height=size[0], pad=255.0)
    return (out + 0.5).astype(np.uint8)


def vocabulary(*, articles: list[Article], fewest: int = 20) -> dict[str, list[str]]:
    """For each attribute the values that at least `fewest` articles have."""
    words = {}
    for name in ATTRIBUTES:
        counts = Counter(article.attributes.get(name, "") for article in articles)
        words[name] = sorted(value for value, count in counts.items() if value and count >= fewest)
    return {name: values for name, values in words.items() if len(values) > 1}


def encode_attributes(*, articles: list[Article], words: dict[str, list[str]]) -> Tensor:
    """`(articles, attributes)` of indices, −1 where a value is unknown or rare."""
    index = {name: {value: i for i, value in enumerate(values)} for name, values in words.items()}
    rows = [[index[name].get(article.attributes.get(name, ""), -1) for name in words] for article in articles]
    return torch.tensor(rows)


def stacked(*, articles: list[Article]) -> Tensor:
    """Articles' pictures as one `(N, 3, h, w)` uint8 tensor."""
    return torch.from_numpy(np.stack([article.picture for article in articles])).permute(0, 3, 1, 2).contiguous()


WORDS = 150
"""How many title words are learnt: the most frequent ones, among them brands, prints and cuts."""
_DULL = {"men", "women", "boys", "girls", "unisex", "mens", "womens", "the", "and", "with", "for", "pack"}


def title_words(*, articles: list[Article], count: int = WORDS) -> list[str]:
    """The most frequent words of the titles, alphabetically; without words of gender and words of little meaning."""
    counts = Counter(word for article in articles for word in set(words_of(title=article.title)))
    return sorted(word for word, _ in counts.most_common(count))


def words_of(*, title: str) -> list[str]:
    """`Nike Men's V-Neck Tee` → `["nike", "v-neck", "tee"]`."""
    words = (word.strip(".,'\"()").removesuffix("'s").lower() for word in title.split())
    return [word for word in words if len(word) > 2 and word not in _DULL and not word.isdigit()]


def encode_words(*, articles: list[Article], words: list[str]) -> Tensor:
    """`(articles, words)` of 0 and 1; −1 in a row without a title."""
    index = {word: i for i, word in enumerate(words)}
    found = torch.zeros(len(articles), len(words))
    for row, article in enumerate(articles):
        for word in words_of(title=article.title):
            if word in index:
                found[row, index[word]] = 1
        if not article.title:
            found[row] = -1
    return found
