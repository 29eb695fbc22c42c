"""Fashion2Shop: a person's cut-out → f(I), and the learnt match of f(I) with an article's f(A).

Lasserre, Bracher, Vollgraf, *Street2Fashion2Shop*, 2018: the query's encoder is trained with a matching network on top, the
articles' FashionDNA stays as it is; the loss is the cross-entropy of the worn article against sampled others. The matching
network's first layer is linear in [f(I), f(A)], so its article half is computed once for each article:

    score(q, a) = w2 · relu(U f(I) + V f(A) + b)

    python -m training.fashion2shop --profile cpu

`(1, 3, 192, 128)` RGB, x / 127.5 − 1, cropped to the person and letterboxed on white → `(1, 128)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import atelier as atelier_data
from . import config, data, street2fashion
from .classes import CATEGORIES, FIRST_CATEGORY
from .fashion_dna import INPUT as DNA_INPUT
from .fashion_dna import WIDTH, Encoder, boxed, category_of, embed, stacked, views
from .fashion_dna import fashion_dna as make_dna
from .geometry import crop_to_content, cut_out, letterbox
from .runs import Ema, Run, ramp_cosine, seed_everything

INPUT = (1, 3, 192, 128)
HIDDEN = 256
ROWS = 3


def query_encoder() -> Encoder:
    """The person's network."""
    return Encoder(size=INPUT[2:], rows=ROWS)


class Match(nn.Module):
    """score = w2 · relu(U q + V a + b): `(Q, 128)` and `(A, 128)` → `(Q, A)`."""

    def __init__(self) -> None:
        super().__init__()
        self.u = nn.Parameter(torch.randn(HIDDEN, WIDTH) * WIDTH**-0.5)
        self.v = nn.Parameter(torch.randn(HIDDEN, WIDTH) * WIDTH**-0.5)
        self.b = nn.Parameter(torch.zeros(HIDDEN))
        self.w2 = nn.Parameter(torch.randn(HIDDEN) * HIDDEN**-0.5)

    def query(self, q: Tensor) -> Tensor:
        """`U q`: `(Q, 128)` → `(Q, 256)`."""
        return q @ self.u.T

    def article(self, a: Tensor) -> Tensor:
        """`V a + b`: `(A, 128)` → `(A, 256)`, once for each article."""
        return a @ self.v.T + self.b

    def forward(self, q: Tensor, a: Tensor) -> Tensor:
        return torch.relu(self.query(q)[:, None] + self.article(a)[None]) @ self.w2


@dataclass(frozen=True)
class Settings:
    """See `config/fashion2shop.toml`."""

    seed: int
    epochs: int
    queries_per_epoch: int
    budget_minutes: float
    batch: int
    lr: float
    encoder_lr: float
    weight_decay: float
    ema: float
    frozen_blocks: int
    negatives: int
    same_category_share: float
    atelier_share: float
    studio_share: float
    studio_products: int
    looks: int
    predicted_looks: int
    fashion_dna: str
    street2fashion: str
    start: str
    validate_every: int
    trunk_blocks: int
    trunk_views: int
    guide_weight: float
    keep_match: bool


CACHED = (216, 144)
"""Cut-outs are kept at this height and width, a little more than the input."""


@dataclass
class Pairs:
    """People and what they wear. `queries[i]` shows the articles `worn[i]`, rows of `bank`.

    A query may have several cut-outs (mask drawn, mask predicted): `variants[i]` are rows of `cutouts`.
    An article may have several pictures: `bank` is `(articles, copies, 128)`, `categories` `(articles,)`.
    """

    name: str
    cutouts: Tensor
    variants: list[list[int]]
    worn: list[list[int]]
    bank: Tensor
    categories: Tensor

    def __post_init__(self) -> None:
        if len(self.variants) != len(self.worn):
            raise ValueError(f"{self.name}: {len(self.variants)} queries, {len(self.worn)} lists of worn articles")
        if len(self.bank) != len(self.categories):
            raise ValueError(f"{self.name}: {len(self.bank)} articles, {len(self.categories)} categories")


def to_query(*, picture: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """A photo and its person's mask → the cut-out, cropped and letterboxed on white to `CACHED`."""
    cut = picture if mask is None else cut_out(picture=picture, mask=mask)
    return boxed(picture=crop_to_content(picture=cut), size=CACHED)


def garment_picture(*, parsed: data.Parsed, category: int, smallest: float = 0.015) -> np.ndarray | None:
    """One garment of a photo alone on white, cropped, with a product picture's margin; `None` if it is too small."""
    mask = parsed.labels == FIRST_CATEGORY + category
    if mask.mean() < smallest:
        return None
    cropped = crop_to_content(picture=cut_out(picture=parsed.photo, mask=mask))
    return np.pad(cropped, ((12, 12), (12, 12), (0, 0)), constant_values=255)


def garments_of(*, photos: list[data.Parsed]) -> tuple[list[np.ndarray], list[int], list[list[int]]]:
    """All garments of parsed photos: product-like pictures, their categories, and each photo's rows."""
    pictures: list[np.ndarray] = []
    categories: list[int] = []
    worn: list[list[int]] = []
    for parsed in photos:
        rows = []
        for category in range(len(CATEGORIES)):
            if (picture := garment_picture(parsed=parsed, category=category)) is not None:
                rows.append(len(pictures))
                pictures.append(boxed(picture=picture))
                categories.append(category)
        worn.append(rows)
    return pictures, categories, worn


def as_tensor(*, pictures: list[np.ndarray]) -> Tensor:
    """Pictures of one size → `(N, 3, h, w)` uint8."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def foreground(*, segmenter: Callable, photo: np.ndarray) -> np.ndarray:
    """Street2Fashion's person mask of a photo, soft within 0.3..0.7, `(H, W)` in 0..1."""
    x, box = letterbox(picture=photo, into_width=street2fashion.INPUT[3], into_height=street2fashion.INPUT[2], pad=127.5)
    logits = segmenter(street2fashion.to_input(picture=x))
    height, width = photo.shape[:2]
    p = street2fashion.foreground_at_photo(logits=logits, box=box, width=width, height=height)
    return (p.numpy() - 0.3).clip(0, 0.4) / 0.4


@torch.inference_mode()
def embed_copies(*, dna: nn.Module, pictures: Tensor, copies: int, seed: int) -> Tensor:
    """`(N, 3, h, w)` → `(N, 1 + copies, 128)`: the picture's f(A), and those of warped, relit copies."""
    found = [embed(model=dna, pictures=pictures, size=DNA_INPUT[2:])]
    generator = torch.Generator().manual_seed(seed)
    for _ in range(copies):
        parts = [dna(views(pictures=part, generator=generator, size=DNA_INPUT[2:], strength=1.0)) for part in pictures.split(64)]
        found.append(torch.cat(parts))
    return torch.stack(found, dim=1)


def cached(*, name: str, make: Callable[[], dict]) -> dict:
    """What `make` returns, kept in `cache/NAME.pt` (git-ignored) for the next run."""
    path = config.HERE / "cache" / f"{name}.pt"
    if path.exists():
        return torch.load(path, weights_only=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = make()
    torch.save(made, path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)
    return made


def cutouts_of(*, photos: list[data.Parsed], segmenter: Callable | None, truth: bool) -> dict:
    """Each photo's cut-outs, `(N, 3, h, w)` uint8: by the drawn mask if `truth`, by the predicted one if there is a segmenter."""
    cutouts: list[np.ndarray] = []
    variants: list[list[int]] = []
    for parsed in photos:
        masks = [parsed.labels > 0] if truth or segmenter is None else []
        if segmenter is not None:
            masks.append(foreground(segmenter=segmenter, photo=parsed.photo))
        variants.append(list(range(len(cutouts), len(cutouts) + len(masks))))
        cutouts += [to_query(picture=parsed.photo, mask=mask) for mask in masks]
    return {"cutouts": as_tensor(pictures=cutouts), "variants": variants}


def ccp_cutouts(*, folder: Path, segmenter: Callable | None, validation: bool, name: str) -> dict:
    """CCP's cut-outs, their garments' product-like pictures, categories, and who wears what."""

    def make() -> dict:
        photos = data.ccp(data=folder, validation=validation)
        pictures, categories, worn = garments_of(photos=photos)
        kept = [i for i, rows in enumerate(worn) if rows]
        found = cutouts_of(photos=[photos[i] for i in kept], segmenter=segmenter, truth=not validation)
        found |= {"worn": [worn[i] for i in kept], "categories": torch.tensor(categories)}
        return found | {"garments": as_tensor(pictures=pictures)}

    return cached(name=f"ccp-{'validation' if validation else 'train'}-{name}", make=make)


def ccp_pairs(*, folder: Path, dna: nn.Module, dna_name: str, segmenter: Callable | None, validation: bool, name: str) -> Pairs:
    """(a) People of CCP and their garments, cut out by the label maps; in training with a warped, relit copy of each."""
    found = ccp_cutouts(folder=folder, segmenter=segmenter, validation=validation, name=name)
    garments = found.pop("garments")

    def make() -> dict:
        return {"bank": embed_copies(dna=dna, pictures=garments, copies=0 if validation else 1, seed=3)}

    bank = cached(name=f"bank-ccp-{'validation' if validation else 'train'}-{dna_name}", make=make)
    return Pairs(name="ccp", **bank, **found)


def studio_pairs(*, folder: Path, dna: nn.Module, dna_name: str, limit: int) -> Pairs:
    """(b) Studio photos, mostly worn by a model on white, and the garment's own title picture."""

    def make() -> dict:
        held = data.split_ids(name="studio-validation")
        products = data.studio(data=folder, pack="168x224", limit=limit)
        chosen = [(p, category_of(row=p.row)) for p in products if p.id not in held]
        chosen = [(p, c) for p, c in chosen if c]
        titles = as_tensor(pictures=[boxed(picture=p.picture) for p, _ in chosen])
        return {
            "cutouts": as_tensor(pictures=[to_query(picture=p.picture, mask=None) for p, _ in chosen]),
            "bank": embed_copies(dna=dna, pictures=titles, copies=0, seed=4),
            "categories": torch.tensor([CATEGORIES.index(c) for _, c in chosen]),
        }

    found = cached(name=f"studio-{limit}-{dna_name}", make=make)
    own = [[i] for i in range(len(found["cutouts"]))]
    return Pairs(name="studio", variants=own, worn=own, **found)


CHUNK = 300
"""Looks whose cut-outs are prepared and kept together."""


def look_cutouts(
    *, folder: Path, limit: int, segmenter: Callable | None, truth: bool, name: str, predicted: int | None = None
) -> dict:
    """The cut-outs of a folder's looks and the ids of the worn products, prepared in chunks.

    With `predicted`, only so many looks are segmented too; the others have their drawn mask alone.
    """
    count = min(limit, len(atelier_data.lines(path=folder / "looks.jsonl")))
    cutouts, variants, products = [], [], []
    for first in range(0, count, CHUNK):
        drawn_only = predicted is not None and first >= predicted

        def make(first: int = first, drawn_only: bool = drawn_only) -> dict:
            looks = atelier_data.looks(folder=folder, start=first, limit=min(CHUNK, count - first))
            found = cutouts_of(photos=[look.parsed for look in looks], segmenter=None if drawn_only else segmenter, truth=truth)
            return found | {"products": [look.products for look in looks]}

        part = cached(name=f"looks-{folder.name}-{first}-{min(CHUNK, count - first)}-{'drawn' if drawn_only else name}", make=make)
        before = sum(len(c) for c in cutouts)
        cutouts.append(part["cutouts"])
        variants += [[row + before for row in rows] for rows in part["variants"]]
        products += part["products"]
    return {"cutouts": torch.cat(cutouts), "variants": variants, "products": products}


def atelier_pairs(
    *,
    folder: Path,
    limit: int,
    dna: nn.Module,
    dna_name: str,
    segmenter: Callable | None,
    truth: bool,
    name: str,
    predicted: int | None = None,
) -> Pairs:
    """(c) Drawn people and the product pictures of what they wear; `truth` adds the drawn mask to the predicted one."""
    found = look_cutouts(folder=folder, limit=limit, segmenter=segmenter, truth=truth, name=name, predicted=predicted)

    def make() -> dict:
        articles = atelier_data.articles(folder=folder)
        return {
            "ids": [article.id for article in articles],
            "categories": torch.tensor([CATEGORIES.index(a.attributes["category"]) for a in articles]),
            "bank": embed_copies(dna=dna, pictures=stacked(articles=articles), copies=0, seed=5),
        }

    bank = cached(name=f"bank-{folder.name}-{dna_name}", make=make)
    rows = {id: i for i, id in enumerate(bank.pop("ids"))}
    return Pairs(
        name="atelier",
        cutouts=found["cutouts"],
        variants=found["variants"],
        worn=[[rows[id] for id in worn] for worn in found["products"]],
        **bank,
    )


def negatives_of(*, pairs: Pairs, article: int, worn: list[int], count: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """`count` other articles of the pairs' bank: `share` of them of the article's category, none of them worn."""
    categories = pairs.categories.numpy()
    same = np.flatnonzero(categories == categories[article])
    same = same[~np.isin(same, worn)]
    wanted = min(int(count * share), len(same))
    first = rng.choice(same, wanted, replace=False) if wanted else np.zeros(0, np.int64)
    rest = rng.integers(len(categories), size=count - wanted)
    # A worn one drawn by chance gives way to any other article.
    while (bad := np.isin(rest, worn)).any():
        rest[bad] = rng.integers(len(categories), size=int(bad.sum()))
    return np.concatenate([first, rest])


def ranks_within_category(*, scores: Tensor, pairs: Pairs) -> Tensor:
    """`(queries, articles)` scores → the rank (0 = first) of every worn article among its category, ties against it."""
    ranks = []
    for query, rows in enumerate(pairs.worn):
        for row in rows:
            same = scores[query][pairs.categories == pairs.categories[row]]
            ranks.append(int((same >= scores[query, row]).sum()) - 1)
    return torch.tensor(ranks)


def top_k(*, ranks: Tensor) -> dict[str, float]:
    """Shares of ranks below 1, 10 and 50."""
    return {f"top{k}": float((ranks < k).float().mean()) for k in (1, 10, 50)}


@torch.inference_mode()
def scores_of(*, model: nn.Module, match: Match, pairs: Pairs) -> Tensor:
    """Every query's last cut-out against every article."""
    chosen = torch.tensor([rows[-1] for rows in pairs.variants])
    q = embed(model=model, pictures=pairs.cutouts[chosen], size=INPUT[2:])
    return torch.cat([match(part, pairs.bank[:, 0]) for part in q.split(16)])


def load_dna(*, run: str) -> Encoder:
    """The frozen article network of a run."""
    dna = make_dna()
    dna.load_state_dict(torch.load(config.HERE / "runs" / run / "checkpoint.pt", weights_only=False)["ema"])
    return dna.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def load_segmenter(*, run: str) -> Callable:
    """The frozen segmenter of a run."""
    model = street2fashion.Street2Fashion()
    model.load_state_dict(torch.load(config.HERE / "runs" / run / "checkpoint.pt", weights_only=False)["ema"])
    model = model.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def infer(x: Tensor) -> Tensor:
        return model(x.contiguous(memory_format=torch.channels_last))

    return infer


def gather(
    *, cfg: Settings, folder: Path, atelier: Path, dna: nn.Module, segmenter: Callable
) -> tuple[list[Pairs], list[Pairs], list[float]]:
    """The sets to train on, those to measure on, and each training set's share of the queries."""
    given = {"dna": dna, "dna_name": cfg.fashion_dna.replace("/", "-")}
    masks = {"segmenter": segmenter, "name": cfg.street2fashion.replace("/", "-")}
    sets, held, shares = [], [], []
    ccp_share = 1 - cfg.atelier_share - cfg.studio_share
    if ccp_share > 0:
        sets.append(ccp_pairs(folder=folder, validation=False, **given, **masks))
        shares.append(ccp_share)
    held.append(ccp_pairs(folder=folder, validation=True, **given, **masks))
    if cfg.studio_share > 0:
        sets.append(studio_pairs(folder=folder, limit=cfg.studio_products, **given))
        shares.append(cfg.studio_share)
    if cfg.atelier_share > 0:
        part = {"folder": atelier / "train", "limit": cfg.looks, "truth": True, "predicted": cfg.predicted_looks}
        sets.append(atelier_pairs(**part, **given, **masks))
        held.append(atelier_pairs(folder=atelier / "demo", limit=60, truth=False, **given, **masks))
        shares.append(cfg.atelier_share)
    return sets, held, shares


COORDINATES = WIDTH // len(CATEGORIES)
"""How many of f(I)'s values speak of each category at the start: 128 / 8 = 16."""
GATE = 2.0
"""How far below zero the hidden units of other categories start, in units of a coordinate's spread."""


@dataclass(frozen=True)
class Guide:
    """A start for the match in which f(I) holds, for each category, the leading coordinates of the article worn.

    For category c the articles' principal axes e_k give coordinates y_k(a) = e_k · (a − mean) / spread_k. A pair of hidden
    units holds ±(y_k(a) − q_ck), lowered by `GATE` where a linear guess says that a is of another category; with equal
    negative weights their sum is the L1 distance −|y(a) − q_c|. Training goes on from there, nothing of it is kept fixed.
    """

    axes: Tensor
    """`(8, 128, 16)`, divided by the spread."""
    middles: Tensor
    """`(8, 128)`."""

    def coordinates(self, *, articles: Tensor, categories: Tensor) -> Tensor:
        """`(N, 128)` articles and their `(N,)` categories → `(N, 16)` coordinates."""
        return torch.einsum("nd,ndk->nk", articles - self.middles[categories], self.axes[categories])


def guide_of(*, articles: Tensor, categories: Tensor, match: Match) -> Guide:
    """The principal axes of each category, and `match` set to the start described in [`Guide`]."""
    axes, middles = [], []
    for category in range(len(CATEGORIES)):
        own = articles[categories == category]
        middle = own.mean(0)
        # Singular values give the spread along each axis; its square root is a compromise with plain distance.
        _, spread, directions = torch.linalg.svd(own - middle, full_matrices=False)
        spread = spread[:COORDINATES] / len(own) ** 0.5
        axes.append(directions[:COORDINATES].T / (spread * spread.mean()).sqrt())
        middles.append(middle)
    guide = Guide(axes=torch.stack(axes), middles=torch.stack(middles))
    bordered = torch.cat([articles, torch.ones(len(articles), 1)], dim=1)
    is_of = F.one_hot(categories, len(CATEGORIES)).float()
    ridge = bordered.T @ bordered + 1e-3 * len(articles) * torch.eye(bordered.shape[1])
    gates = torch.linalg.solve(ridge, bordered.T @ is_of)
    u, v, b = torch.zeros_like(match.u), torch.zeros_like(match.v), torch.zeros_like(match.b)
    row = 0
    for category in range(len(CATEGORIES)):
        for k in range(COORDINATES):
            for sign in (1.0, -1.0):
                axis = guide.axes[category, :, k]
                u[row, category * COORDINATES + k] = -sign
                v[row] = sign * axis + GATE * gates[:-1, category]
                b[row] = -sign * (axis @ guide.middles[category]) + GATE * (gates[-1, category] - 1)
                row += 1
    match.u.data.copy_(u)
    match.v.data.copy_(v)
    match.b.data.copy_(b)
    match.w2.data.fill_(-0.5)
    return guide


def pretrain_match(*, match: Match, guide: Guide, articles: Tensor, categories: Tensor, steps: int, seed: int) -> float:
    """Teaches the match alone on made-up queries: the noisy coordinates of one to three articles; returns its last top-1.

    A linear guess of the category gates poorly, so the units need this before pictures come in.
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(match.parameters(), lr=4e-3)
    coordinates = guide.coordinates(articles=articles, categories=categories)
    of = [torch.nonzero(categories == category)[:, 0] for category in range(len(CATEGORIES))]
    batch, negatives, hits = 64, 127, 0.0

    def draw(category: int, count: int) -> Tensor:
        return of[category][torch.randint(len(of[category]), (count,), generator=generator)]

    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 4e-3 * ramp_cosine(progress=step / steps)
        q = torch.zeros(batch, len(CATEGORIES), COORDINATES)
        rows = torch.empty(batch, 1 + negatives, dtype=torch.long)
        for query in range(batch):
            order = torch.randperm(len(CATEGORIES), generator=generator)[:3].tolist()
            for position, category in enumerate(order):
                row = draw(category, 1)
                q[query, category] = coordinates[row[0]]
                if position == 0:
                    same = draw(category, negatives * 3 // 4)
                    rest = torch.randint(len(articles), (negatives - len(same),), generator=generator)
                    rows[query] = torch.cat([row, same, rest])
        q = q + torch.randn(q.shape, generator=generator) * 0.4
        scores = torch.relu(match.query(q.flatten(1))[:, None] + match.article(articles[rows])) @ match.w2
        # An article drawn twice is no negative of itself.
        scores = scores.masked_fill((rows == rows[:, :1]) & (torch.arange(1 + negatives) > 0), float("-inf"))
        loss = F.cross_entropy(scores, torch.zeros(batch, dtype=torch.long))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        hits = float((scores.argmax(1) == 0).float().mean())
    return hits


@torch.inference_mode()
def trunk_features(*, model: Encoder, pictures: Tensor, blocks: int, count: int, seed: int) -> Tensor:
    """What the first `blocks` say of `count` augmented views of each cut-out: `(N, count, C, h, w)` in half precision.

    These blocks stay as FashionDNA left them, so each view passes through them once and not in every epoch.
    """
    trunk = model.encoder[:blocks].eval()
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for part in pictures.split(64):
        several = [
            trunk(
                views(pictures=part, generator=generator, size=INPUT[2:], strength=0.8).contiguous(
                    memory_format=torch.channels_last
                )
            ).half()
            for _ in range(count)
        ]
        parts.append(torch.stack(several, dim=1).contiguous())
    return torch.cat(parts).clone()


def train(*, cfg: Settings, folder: Path, run: Run, atelier: Path) -> None:
    """Trains until the epochs or the minutes are used up."""
    seed_everything(seed=cfg.seed)
    dna, segmenter = load_dna(run=cfg.fashion_dna), load_segmenter(run=cfg.street2fashion)
    sets, held, shares = gather(cfg=cfg, folder=folder, atelier=atelier, dna=dna, segmenter=segmenter)
    print({pairs.name: [len(pairs.worn), len(pairs.bank)] for pairs in sets}, f"{run.elapsed_s():.0f} s", flush=True)
    model, match = query_encoder(), Match()
    if cfg.start:
        start = torch.load(config.HERE / "runs" / cfg.start / "checkpoint.pt", weights_only=False)
        model.load_state_dict(start["ema"])
        match.load_state_dict(start["match"])
    else:
        model.encoder.load_state_dict(dna.encoder.state_dict())
        model.squeeze.load_state_dict(dna.squeeze.state_dict())
        # Half of the hidden units are open for the middle article.
        middle = torch.cat([pairs.bank.flatten(0, 1) for pairs in sets]).mean(0)
        match.b.data.copy_(-match.v.data @ middle)
    guide = None
    if cfg.guide_weight:
        kept = {key: value.clone() for key, value in match.state_dict().items()}
        every = torch.cat([pairs.bank[:, 0] for pairs in sets])
        guide = guide_of(articles=every, categories=torch.cat([pairs.categories for pairs in sets]), match=match)
        if cfg.keep_match:
            match.load_state_dict(kept)
        else:
            model.project.reset_parameters()
            kinds = torch.cat([pairs.categories for pairs in sets])
            hits = pretrain_match(match=match, guide=guide, articles=every, categories=kinds, steps=400, seed=cfg.seed)
            print(f"match on made-up queries: top-1 {hits:.3f}, {run.elapsed_s():.0f} s", flush=True)
    model = model.to(memory_format=torch.channels_last)
    ema, match_ema = Ema(model, decay=cfg.ema), Ema(match, decay=cfg.ema)
    frozen = [*model.encoder[: max(cfg.frozen_blocks, cfg.trunk_blocks if cfg.trunk_views else 0)]]
    for block in frozen:
        block.requires_grad_(False)
    encoder = [p for p in model.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in model.encoder.parameters()}
    rest = [p for p in model.parameters() if id(p) not in known] + [*match.parameters()]
    groups = [{"params": encoder, "peak": cfg.encoder_lr}, {"params": rest, "peak": cfg.lr}]
    optimiser = torch.optim.AdamW(groups, lr=cfg.lr, weight_decay=cfg.weight_decay)
    first = 0
    if (state := run.load()) is not None:
        model.load_state_dict(state["model"])
        match.load_state_dict(state["match_live"])
        ema.state, ema.steps = state["ema"], state["ema_steps"]
        match_ema.state, match_ema.steps = state["match"], state["ema_steps"]
        optimiser.load_state_dict(state["optimiser"])
        first = state["epoch"] + 1
    features: list[Tensor] = []
    if cfg.trunk_views:
        for pairs in sets:
            given = {"model": model, "pictures": pairs.cutouts, "blocks": cfg.trunk_blocks, "count": cfg.trunk_views}
            dna_name = cfg.fashion_dna.replace("/", "-")
            name = f"trunk-{pairs.name}-{len(pairs.cutouts)}-{cfg.trunk_blocks}-{cfg.trunk_views}-{dna_name}"
            made = cached(name=name, make=lambda given=given: {"features": trunk_features(**given, seed=8)})
            features.append(made["features"])
            print(f"{name}: {run.elapsed_s():.0f} s", flush=True)
    steps = cfg.queries_per_epoch // cfg.batch
    begun = run.elapsed_s()
    for epoch in range(first, cfg.epochs):
        rng = np.random.default_rng((cfg.seed, epoch))
        generator = torch.Generator().manual_seed(cfg.seed * 1000 + epoch)
        model.train()
        for block in frozen:
            block.eval()
        total, hits, count, progress = 0.0, 0.0, 0, 0.0
        for step in range(steps):
            spent = (run.elapsed_s() - (begun if first == 0 else 0)) / 60 / cfg.budget_minutes
            progress = max((epoch * steps + step) / (cfg.epochs * steps), spent)
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * ramp_cosine(progress=progress)
            # A batch mixes the sources, so that BatchNorm sees them together.
            sources = rng.choice(len(sets), cfg.batch, p=shares)
            pictures, candidates, owner, kinds = [], [], [], []
            for query, source in enumerate(sources):
                pairs = sets[source]
                row = int(rng.integers(len(pairs.worn)))
                cutout = int(rng.choice(pairs.variants[row]))
                if features:
                    feature = features[source][cutout, int(rng.integers(cfg.trunk_views))]
                    pictures.append(feature.flip(-1) if rng.random() < 0.5 else feature)
                else:
                    pictures.append(pairs.cutouts[cutout])
                for article in pairs.worn[row]:
                    others = negatives_of(
                        pairs=pairs,
                        article=article,
                        worn=pairs.worn[row],
                        count=cfg.negatives,
                        share=cfg.same_category_share,
                        rng=rng,
                    )
                    rows = torch.from_numpy(np.concatenate([[article], others]))
                    copies = torch.from_numpy(rng.integers(pairs.bank.shape[1], size=len(rows)))
                    candidates.append(pairs.bank[rows, copies])
                    kinds.append(int(pairs.categories[article]))
                    owner.append(query)
            x = torch.stack(pictures)
            if features:
                q = model.tail(x.float().contiguous(memory_format=torch.channels_last), first=cfg.trunk_blocks)
            else:
                x = views(pictures=x, generator=generator, size=INPUT[2:], strength=0.8)
                q = model(x.contiguous(memory_format=torch.channels_last))
            # (pairs, 1 + negatives, 128) → (pairs, 1 + negatives) scores; the worn article is column 0.
            articles = torch.stack(candidates)
            article_half = match.article(articles)
            query_half = match.query(q)[torch.tensor(owner)][:, None]
            scores = torch.relu(query_half + article_half) @ match.w2
            loss = F.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))
            if guide is not None:
                kind = torch.tensor(kinds)
                target = guide.coordinates(articles=articles[:, 0], categories=kind)
                said = q.view(len(q), len(CATEGORIES), COORDINATES)[torch.tensor(owner), kind]
                loss = loss + cfg.guide_weight * F.smooth_l1_loss(said, target)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(encoder + rest, 5.0)
            optimiser.step()
            ema.update(model)
            match_ema.update(match)
            total += loss.item()
            hits += float((scores.argmax(1) == 0).sum())
            count += len(scores)
            if step % 10 == 9:
                line = f"loss {total / (step + 1):.3f}, top-1 {hits / count:.3f}"
                print(f"{run.elapsed_s():.0f} s, epoch {epoch}, step {step + 1}, {line}", flush=True)
        last = progress >= 1 or epoch + 1 == cfg.epochs
        metrics: dict[str, float] = {"epoch": epoch, "loss": total / steps, "train_top1": hits / count}
        metrics["progress"] = round(progress, 3)
        if last or epoch % cfg.validate_every == cfg.validate_every - 1:
            average, average_match = query_encoder().to(memory_format=torch.channels_last), Match()
            average.load_state_dict(ema.state)
            average_match.load_state_dict(match_ema.state)
            for pairs in held:
                ranks = ranks_within_category(scores=scores_of(model=average, match=average_match, pairs=pairs), pairs=pairs)
                metrics |= {f"{pairs.name}_{key}": value for key, value in top_k(ranks=ranks).items()}
        state = {"model": model.state_dict(), "ema": ema.state, "ema_steps": ema.steps, "epoch": epoch}
        state |= {"match": match_ema.state, "match_live": match.state_dict(), "optimiser": optimiser.state_dict()}
        run.save(state=state, metrics=metrics)
        if last:
            break


def main() -> None:
    """Command line."""
    parser = config.arguments(description=__doc__.split("\n")[0])
    parser.add_argument("--prepare", action="store_true", help="only make the cut-outs and banks")
    args = parser.parse_args()
    cfg = config.load(schema=Settings, name="fashion2shop", profile=args.profile, overrides=config.overrides(pairs=args.set))
    if args.prepare:
        dna, segmenter = load_dna(run=cfg.fashion_dna), load_segmenter(run=cfg.street2fashion)
        gather(cfg=cfg, folder=args.data, atelier=args.atelier, dna=dna, segmenter=segmenter)
        return
    train(cfg=cfg, folder=args.data, run=Run(model="fashion2shop", name=args.run, config=cfg), atelier=args.atelier)


if __name__ == "__main__":
    main()
