"""Products of the packs as articles with attributes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ..data.articles import ATTRIBUTES, Article, boxed, encode_attributes, encode_words, title_words, vocabulary
from ..data.cache import cached
from ..data.products import Product


def article_of(*, product: Product) -> Article:
    """A product as FashionDNA's input."""
    attributes = {key: product.attributes.get(key, "") for key in ATTRIBUTES}
    return Article(id=product.id, picture=boxed(picture=product.picture), attributes=attributes, title=product.title)


def boxed_articles(*, split: Callable[..., list[Product]], folder: Path) -> list[Article]:
    """The articles of a split (`training_products` or `test_articles`), kept in `cache/`."""
    return cached(name=f"boxed-{split.__name__}", make=lambda: [article_of(product=p) for p in split(folder=folder)])


@dataclass
class Described:
    """What is known of some articles, with the vocabularies.

    `attributes` `(A, attributes)` are −1 where unknown or rare; `words` `(A, words)` are −1 without a title.
    """

    attributes: Tensor
    words: Tensor
    vocabulary: dict[str, list[str]]
    titles: list[str]

    @classmethod
    def of(cls, *, articles: list[Article]) -> "Described":
        """The articles' frequent values and words."""
        values, titles = vocabulary(articles=articles), title_words(articles=articles)
        encoded = {
            "attributes": encode_attributes(articles=articles, words=values),
            "words": encode_words(articles=articles, words=titles),
        }
        return cls(vocabulary=values, titles=titles, **encoded)
