"""A test set's folder, as `shop-the-look evaluate` reads it. In: pictures and what they show. Out: files.

`testset.json` names it, `articles.jsonl` and `queries.jsonl` hold an object a line, pictures lie in `articles/`, `queries/` and,
as 8-bit grey class indices, `labels/`. Pictures that are made here are JPEG of quality 92; products' own are copied as they are.
"""

import io
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..classes import CLASSES
from ..data.dressing.masks import LUMA

QUALITY = 92
DARK, BRIGHT = 111.0, 163.0
"""Photos with a mean luma (0..255) below or above are dark or bright: a tenth of CCP's each."""


def jpeg_bytes(*, picture: np.ndarray) -> bytes:
    """`(H, W, 3)` uint8 → a JPEG file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()


def slices_of(*, photo: np.ndarray, foreground: np.ndarray, gender: str) -> dict[str, str]:
    """The slices of the results: the wearer's gender as it is presented (`""`: not told), the light, and the body shown.

    A body is half if the photo's lower edge cuts it: the foreground reaches the last row.
    """
    luma = float((photo.astype(np.float32) @ LUMA).mean())
    brightness = "dark" if luma < DARK else "bright" if luma > BRIGHT else "normal"
    body = "half" if foreground[-2:].any(axis=0).sum() > 0.02 * foreground.shape[1] else "full"
    return {"gender": gender or "not told", "brightness": brightness, "body": body}


@dataclass
class TestSetFolder:
    """Writes a folder; `close` writes its tables."""

    __test__ = False

    folder: Path
    about: str
    kind: str
    articles: list[dict] = field(default_factory=list)
    queries: list[dict] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.kind not in ("retrieval", "segmentation"):
            raise ValueError(f"expected the kind retrieval or segmentation, got {self.kind!r}")
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("queries", "labels", *(["articles"] if self.kind == "retrieval" else [])):
            (self.folder / name).mkdir(parents=True)

    def article(self, *, id: str, payload: bytes, category: str, gender: str) -> None:
        """A product's picture, encoded as JPEG."""
        (self.folder / "articles" / f"{id}.jpg").write_bytes(payload)
        self.articles.append({"id": id, "image": f"articles/{id}.jpg", "category": category, "gender": gender})

    def query(
        self,
        *,
        id: str,
        photo: np.ndarray,
        labels: np.ndarray | None,
        garments: list[tuple[str, str | None]],
        slices: dict[str, str],
    ) -> None:
        """A photo, its label map where it is known, and the worn (category, article id)."""
        line: dict = {"id": id, "photo": f"queries/{id}.jpg"}
        (self.folder / line["photo"]).write_bytes(jpeg_bytes(picture=photo))
        if labels is not None:
            if labels.shape != photo.shape[:2] or labels.dtype != np.uint8 or labels.max() >= len(CLASSES):
                raise ValueError(f"{id}: expected labels {photo.shape[:2]} uint8 of 13 classes, got {labels.shape} {labels.dtype}")
            line["labels"] = f"labels/{id}.png"
            Image.fromarray(labels).save(self.folder / line["labels"])
        if self.kind == "retrieval":
            line["garments"] = [{"category": category, "article": article} for category, article in garments]
        self.queries.append(line | {"slices": slices})

    def close(self) -> None:
        """Writes the tables; every garment's article must exist."""
        known = {article["id"]: article["category"] for article in self.articles}
        if len(known) != len(self.articles) or len({query["id"] for query in self.queries}) != len(self.queries):
            raise ValueError(f"{self.folder.name}: an id was given twice")
        for query in self.queries:
            for garment in query.get("garments", []):
                if garment["article"] is not None and known.get(garment["article"]) != garment["category"]:
                    raise ValueError(f"{query['id']}: no article {garment['article']} of the category {garment['category']}")
        head = {"name": self.folder.name, "about": self.about, "kind": self.kind}
        (self.folder / "testset.json").write_text(json.dumps(head, ensure_ascii=False) + "\n")
        tables = {"queries": self.queries} | ({"articles": self.articles} if self.kind == "retrieval" else {})
        for name, lines in tables.items():
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (self.folder / f"{name}.jsonl").write_text(text)
        garments = sum(len(query.get("garments", [])) for query in self.queries)
        print(f"{self.folder.name}: {len(self.queries)} queries, {garments} garments, {len(self.articles)} articles", flush=True)
