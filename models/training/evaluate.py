"""Measures the exported int8 files, the way a photo really goes, and writes the figures into `models/manifest.toml`.

    python -m training.evaluate street2fashion fashion-dna fashion2shop [--float-run street2fashion=RUN …]

Held-out: CCP's validation ids, the studio packs' validation ids, and drawn looks of seeds and a catalogue never trained on.
"""

import argparse
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from . import atelier, data, export, fashion2shop, fashion_dna, street2fashion
from .classes import CATEGORIES
from .config import HERE, MODELS, REPOSITORY
from .geometry import crop_to_content, cut_out, letterbox
from .match import Match
from .pairs import as_tensor, foreground, garment_picture, garments_of, top_k

Infer = Callable[[Tensor], Tensor]


def file_session(*, name: str) -> Infer:
    """An exported file as a function."""
    return export.session(path=MODELS / f"{name}.onnx")


def float_model(*, network: str, run: str) -> Infer:
    """A run's weights before rounding."""
    make = {
        "street2fashion": street2fashion.Street2Fashion,
        "fashion_dna": fashion_dna.fashion_dna,
        "fashion2shop": fashion2shop.query_encoder,
    }[network]
    model = make()
    state = export.checkpoint_of(model=network, run=run)
    if state is None:
        raise ValueError(f"{network}: an untrained run has no float weights to compare with")
    model.load_state_dict(state["ema"])
    model = model.eval().requires_grad_(False)
    return lambda x: model(x)


def describe(*, infer: Infer, pictures: list[np.ndarray], size: tuple[int, int]) -> Tensor:
    """Pictures → letterboxed on white → `(N, 128)`, one at a time as the service does."""
    found = []
    for picture in pictures:
        x, _ = letterbox(picture=picture, into_width=size[1], into_height=size[0], pad=255.0)
        found.append(infer(street2fashion.to_input(picture=x)))
    return torch.cat(found)


def ranks_of(*, scores: Tensor, worn: list[list[int]], categories: Tensor) -> Tensor:
    """See `pairs.ranks_within_category`."""
    ranks = []
    for query, rows in enumerate(worn):
        for row in rows:
            same = scores[query][categories == categories[row]]
            ranks.append(int((same >= scores[query, row]).sum()) - 1)
    return torch.tensor(ranks)


def chance(*, worn: list[list[int]], categories: Tensor) -> dict[str, float]:
    """What drawing lots would give: the mean of min(k / articles of the category, 1)."""
    counts = torch.tensor([int((categories == categories[row]).sum()) for rows in worn for row in rows]).float()
    return {f"top{k}": float((k / counts).clamp(max=1).mean()) for k in (1, 10, 50)}


def measure_street2fashion(*, folder: Path, drawn: Path, run: str | None) -> dict[str, Any]:
    """Foreground IoU on both held-out sets, through the file, and the float weights' difference."""
    infer = file_session(name="street2fashion")
    held = data.ccp(data=folder, validation=True)
    found = street2fashion.measure(infer=infer, parsed=held, with_boundary=True)
    result = {
        "foreground_iou_validation": found["foreground_iou"],
        "foreground_iou_validation_p10": found["foreground_iou_p10"],
        "boundary_f_2px_validation": found["boundary_f_2px"],
        "class_miou_validation": found["class_miou"],
        "validation": f"{len(held)} CCP photos of splits/ccp-validation.txt, at the photos' resolution, p >= 0.5, int8 file",
    }
    if run:
        exact = street2fashion.measure(infer=float_model(network="street2fashion", run=run), parsed=held)
        result["foreground_iou_validation_float"] = exact["foreground_iou"]
    if (drawn / "validation" / "looks.jsonl").exists():
        looks = atelier.parsed_looks(folder=drawn / "validation", limit=100)
        found = street2fashion.measure(infer=infer, parsed=looks, with_boundary=True)
        result["foreground_iou_looks"] = found["foreground_iou"]
        result["foreground_iou_looks_p10"] = found["foreground_iou_p10"]
        result["class_miou_looks"] = found["class_miou"]
        result["looks"] = f"{len(looks)} drawn looks of seeds that were not trained on"
    return result


def measure_fashion_dna(*, folder: Path, run: str | None) -> dict[str, Any]:
    """How well f(A)'s nearest neighbour shares an attribute, on the studio packs' validation products."""
    held = data.split_ids(name="studio-validation")
    articles = [a for a in fashion_dna.studio_articles(folder=folder, pack="168x224") if a.id in held]
    infer = file_session(name="fashion-dna")
    found = describe(infer=infer, pictures=[a.picture for a in articles], size=fashion_dna.INPUT[2:])
    near = F.normalize(found, dim=1)
    similarity = near @ near.T
    similarity.fill_diagonal_(-2)
    nearest = similarity.argmax(1).tolist()
    result: dict[str, Any] = {}
    for name in ("category", "articleType", "baseColour", "gender"):
        pairs = [(a.attributes[name], articles[n].attributes[name]) for a, n in zip(articles, nearest, strict=True)]
        known = [a == b for a, b in pairs if a and b]
        result[f"nearest_shares_{name}"] = float(np.mean(known))
    if run:
        exact = describe(
            infer=float_model(network="fashion_dna", run=run), pictures=[a.picture for a in articles], size=fashion_dna.INPUT[2:]
        )
        result["cosine_to_float_mean"] = float(F.cosine_similarity(found, exact).mean())
    result["validation"] = f"{len(articles)} garments of splits/studio-validation.txt, nearest of the others, int8 file"
    return result


def table_of(
    *,
    people: list[np.ndarray],
    garments: list[np.ndarray],
    owners: list[tuple[int, int]],
    worn: list[list[int]],
    articles: list[np.ndarray],
    categories: Tensor,
    query: Infer,
    dna: Infer,
    match: Match,
) -> dict[str, dict[str, float]]:
    """Learnt match, cosine of FashionDNA on the person, on the single garment, and chance.

    `garments[i]` shows `owners[i]` = (query, article) alone; a garment hidden entirely is counted as missed there.
    """
    bank = describe(infer=dna, pictures=articles, size=fashion_dna.INPUT[2:])
    with torch.inference_mode():
        q = describe(infer=query, pictures=people, size=fashion2shop.INPUT[2:])
        learnt = torch.cat([match(part, bank) for part in q.split(16)])
    cosine = F.normalize(bank, dim=1)
    whole = F.normalize(describe(infer=dna, pictures=people, size=fashion_dna.INPUT[2:]), dim=1) @ cosine.T
    single = F.normalize(describe(infer=dna, pictures=garments, size=fashion_dna.INPUT[2:]), dim=1) @ cosine.T
    one_each = [[row] for _, row in owners]
    return {
        "learnt match": top_k(ranks=ranks_of(scores=learnt, worn=worn, categories=categories)),
        "cosine, garment cut-out": top_k(ranks=ranks_of(scores=single, worn=one_each, categories=categories)),
        "cosine, person cut-out": top_k(ranks=ranks_of(scores=whole, worn=worn, categories=categories)),
        "chance": chance(worn=worn, categories=categories),
    }


def by_category(*, ranks: Tensor, worn: list[list[int]], categories: Tensor) -> dict[str, float]:
    """Share of ranks below 10 in each category."""
    of = torch.tensor([int(categories[row]) for rows in worn for row in rows])
    return {name: float((ranks[of == i] < 10).float().mean()) for i, name in enumerate(CATEGORIES) if (of == i).any()}


def single_garment(*, parsed: data.Parsed, category: int) -> np.ndarray:
    """One garment of a look alone, by the drawn label map."""
    picture = garment_picture(parsed=parsed, category=category, smallest=0.0)
    return picture if picture is not None else parsed.photo


def person(*, segmenter: Infer, photo: np.ndarray) -> np.ndarray:
    """A photo's person, as the browser uploads it and the service crops it."""
    mask = foreground(segmenter=segmenter, photo=photo)
    return crop_to_content(picture=cut_out(picture=photo, mask=mask))


def measure_fashion2shop(*, folder: Path, drawn: Path, run: str | None) -> dict[str, Any]:
    """The table of both held-out sets."""
    segmenter, dna = file_session(name="street2fashion"), file_session(name="fashion-dna")
    match = Match()
    match.load_state_dict(load_file(MODELS / "fashion2shop-match.safetensors"))
    query = file_session(name="fashion2shop-query")
    result: dict[str, Any] = {}
    sets: dict[str, dict[str, Any]] = {}

    photos = data.ccp(data=folder, validation=True)
    pictures, kinds, worn = garments_of(photos=photos)
    kept = [i for i, rows in enumerate(worn) if rows]
    # The article's picture is a warped, relit copy, so that it is not the query's own pixels.
    stack = as_tensor(pictures=pictures)
    size = fashion_dna.CACHED
    warped = fashion_dna.views(pictures=stack, generator=torch.Generator().manual_seed(11), size=size)
    shown = ((warped + 1) * 127.5 + 0.5).clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    sets["ccp"] = {
        "people": [person(segmenter=segmenter, photo=photos[i].photo) for i in kept],
        "garments": [pictures[row] for i in kept for row in worn[i]],
        "owners": [(n, row) for n, i in enumerate(kept) for row in worn[i]],
        "worn": [worn[i] for i in kept],
        "articles": list(shown),
        "categories": torch.tensor(kinds),
    }
    if (drawn / "demo" / "looks.jsonl").exists():
        looks, articles = atelier.looks(folder=drawn / "demo"), atelier.articles(folder=drawn / "demo")
        rows = {article.id: i for i, article in enumerate(articles)}
        categories = torch.tensor([CATEGORIES.index(a.attributes["category"]) for a in articles])
        owners = [(n, rows[id]) for n, look in enumerate(looks) for id in look.products]
        sets["atelier"] = {
            "people": [person(segmenter=segmenter, photo=look.parsed.photo) for look in looks],
            "garments": [single_garment(parsed=looks[n].parsed, category=int(categories[row])) for n, row in owners],
            "owners": owners,
            "worn": [[rows[id] for id in look.products] for look in looks],
            "articles": [article.picture for article in articles],
            "categories": categories,
        }
    for name, given in sets.items():
        table = table_of(**given, query=query, dna=dna, match=match)
        pairs = len(given["owners"])
        print(
            f"\n{name}: {pairs} garments on {len(given['people'])} people, {len(given['articles'])} articles; within the category"
        )
        print("| | top-1 | top-10 | top-50 |\n|---|---|---|---|")
        for row, figures in table.items():
            print(f"| {row} | " + " | ".join(f"{figures[f'top{k}']:.3f}" for k in (1, 10, 50)) + " |")
            prefix = row.replace(", ", "_").replace(" ", "_").replace("-", "_")
            result |= {f"{name}_{prefix}_{key}": value for key, value in figures.items()}
        result[f"{name}_pairs"] = pairs
        if run:
            bank = describe(infer=dna, pictures=given["articles"], size=fashion_dna.INPUT[2:])
            exact = describe(
                infer=float_model(network="fashion2shop", run=run), pictures=given["people"], size=fashion2shop.INPUT[2:]
            )
            with torch.inference_mode():
                scores = torch.cat([match(part, bank) for part in exact.split(16)])
            ranks = ranks_of(scores=scores, worn=given["worn"], categories=given["categories"])
            result |= {f"{name}_float_query_{key}": value for key, value in top_k(ranks=ranks).items()}
            each = by_category(ranks=ranks, worn=given["worn"], categories=given["categories"])
            print("top-10 by category (float query):", {key: round(value, 3) for key, value in each.items()})
    result["how"] = "int8 files, masks predicted by street2fashion.onnx, ranked within the worn article's category, ties against it"
    return result


def rounded(value: Any) -> Any:
    """Four digits are what these sets' sizes allow."""
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="+", choices=sorted(export.EXPORTS))
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--atelier", type=Path, default=HERE / "cache" / "atelier")
    parser.add_argument("--float-run", action="append", default=[], metavar="NETWORK=RUN")
    args = parser.parse_args()
    runs = dict(pair.split("=", 1) for pair in args.float_run)
    manifest = tomllib.loads((MODELS / "manifest.toml").read_text())
    for network in args.networks:
        run = runs.get(network)
        if network == "street2fashion":
            figures = measure_street2fashion(folder=args.data, drawn=args.atelier, run=run)
        elif network == "fashion-dna":
            figures = measure_fashion_dna(folder=args.data, run=run)
        else:
            figures = measure_fashion2shop(folder=args.data, drawn=args.atelier, run=run)
        figures = {key: rounded(value) for key, value in figures.items()}
        manifest[network]["metrics"] = figures
        print(network, figures, flush=True)
    export.update_manifest(entries={network: manifest[network] for network in args.networks})


if __name__ == "__main__":
    main()
