"""Articles' pictures and what is known of them: shop categories, attributes, words of titles, augmented views."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from . import data
from .geometry import letterbox

CACHED = (144, 108)
"""Pictures are kept at this height and width, a little more than the input, so that crops stay sharp."""

ATTRIBUTES = ("category", "articleType", "baseColour", "gender", "subCategory", "season", "usage", "pattern")

_CATEGORY_OF_TYPE = {
    "Tshirts": "t-shirts",
    "Shirts": "shirts",
    "Tops": "tops",
    "Tunics": "tops",
    "Camisoles": "tops",
    "Sweaters": "jumpers",
    "Sweatshirts": "jumpers",
    "Trousers": "trousers",
    "Jeans": "trousers",
    "Shorts": "trousers",
    "Track Pants": "trousers",
    "Leggings": "trousers",
    "Capris": "trousers",
    "Jeggings": "trousers",
    "Dresses": "dresses",
    "Jumpsuit": "dresses",
    "Skirts": "skirts",
    "Blazers": "blazers",
}
_GARMENTS = ("Topwear", "Bottomwear", "Dress", "Apparel Set", "Loungewear and Nightwear")


@dataclass(frozen=True)
class Article:
    """A product picture, letterboxed to `CACHED`, and what is known of it."""

    id: str
    picture: np.ndarray
    attributes: dict[str, str]
    title: str = ""


def boxed(*, picture: np.ndarray, size: tuple[int, int] = CACHED) -> np.ndarray:
    """Letterboxed on white to `size` (height, width), uint8."""
    out, _ = letterbox(picture=picture, into_width=size[1], into_height=size[0], pad=255.0)
    return (out + 0.5).astype(np.uint8)


def category_of(*, row: dict[str, str]) -> str:
    """The shop's category of a studio product, by its type, else by the words of its title; may be empty."""
    if found := _CATEGORY_OF_TYPE.get(row["articleType"]):
        return found
    if row["articleType"]:
        return ""
    title = row["title"].lower()
    words = (
        ("blazer", "blazers"),
        ("dress", "dresses"),
        ("sweat", "jumpers"),
        ("t-shirt", "t-shirts"),
        ("tshirt", "t-shirts"),
        (" polo", "t-shirts"),
        (" tee", "t-shirts"),
        ("shirt", "shirts"),
        ("skirt", "skirts"),
        ("jeans", "trousers"),
        ("trouser", "trousers"),
        ("shorts", "trousers"),
        (" top", "tops"),
    )
    return next((category for word, category in words if word in title), "")


def studio_articles(*, folder: Path, pack: str, limit: int | None = None) -> list[Article]:
    """The garments of a studio pack, validation products included."""
    found = []
    for product in data.studio(data=folder, pack=pack, limit=limit):
        if product.row["subCategory"] in _GARMENTS:
            attributes = product.row | {"category": category_of(row=product.row)}
            attributes = {key: attributes.get(key, "") for key in ATTRIBUTES}
            found.append(Article(id=product.id, picture=boxed(picture=product.picture), attributes=attributes))
    return found


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


def views(
    *, pictures: Tensor, generator: torch.Generator, size: tuple[int, int], strength: float = 1.0, mirror: bool = True
) -> Tensor:
    """`(N, 3, h, w)` uint8 on white → an augmented `(N, 3, *size)` float batch in −1..1, warped, flipped, relit a little, where
    pictures and generator are.

    Colour and print are what articles differ in, so light and tint move little.
    """
    count = len(pictures)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator, device=generator.device) * (high - low) + low

    angle = uniform(-0.2, 0.2) * strength
    scale = torch.exp(uniform(-0.35, 0.15) * strength)
    stretch = torch.exp(uniform(-0.15, 0.15) * strength)
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0) if mirror else torch.ones(count, device=generator.device)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack(
        [
            torch.stack([cos * stretch * flip, -sin, uniform(-0.15, 0.15) * strength], 1),
            torch.stack([sin * flip, cos / stretch, uniform(-0.15, 0.15) * strength], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [count, 3, *size], align_corners=False)
    # Inverted, so that what lies outside (zeros) is white.
    x = 1 - F.grid_sample(1 - pictures.float() / 255, grid, padding_mode="zeros", align_corners=False)
    gain = torch.exp(uniform(-0.2, 0.15, 1, 1, 1) * strength + uniform(-0.04, 0.04, 3, 1, 1) * strength)
    x = x.clamp(1e-3, 1) ** torch.exp(uniform(-0.2, 0.2, 1, 1, 1) * strength)
    lit = (x * gain).clamp(0, 1)
    # White paper stays white in most pictures.
    x = torch.where((x.amin(1, keepdim=True) > 0.97) & (uniform(0, 1, 1, 1, 1) < 0.8), x, lit)
    # Of torch's own stream where asking the generator would wait for a graphics processor.
    one = {"generator": generator} if generator.device.type == "cpu" else {}
    if float(torch.rand((), **one)) < 0.3:
        small = [int(side * (0.5 + 0.4 * float(torch.rand((), **one)))) for side in size]
        x = F.interpolate(F.interpolate(x, small, mode="area"), size, mode="bilinear", align_corners=False)
    return x * 2 - 1


def plain(*, pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """`(N, 3, h, w)` uint8 → `(N, 3, *size)` in −1..1, no augmentation."""
    x = F.interpolate(pictures.float(), size, mode="bilinear", antialias=True, align_corners=False)
    return x / 127.5 - 1


def stacked(*, articles: list[Article]) -> Tensor:
    """Articles' pictures as one `(N, 3, h, w)` uint8 tensor."""
    return torch.from_numpy(np.stack([article.picture for article in articles])).permute(0, 3, 1, 2).contiguous()


WORDS = 150
"""How many words of titles are learnt: the most frequent ones, brands, prints and cuts among them."""
_DULL = {"men", "women", "boys", "girls", "unisex", "mens", "womens", "the", "and", "with", "for", "pack"}


def title_words(*, articles: list[Article], count: int = WORDS) -> list[str]:
    """The most frequent words of the titles, alphabetically; words of gender and little meaning left out."""
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
