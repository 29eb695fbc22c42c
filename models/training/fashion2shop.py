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

from . import config, street2fashion
from .classes import CATEGORIES
from .fashion_dna import Encoder, embed, views
from .fashion_dna import fashion_dna as make_dna
from .match import COORDINATES, Match, guide_of, pretrain_match
from .pairs import Pairs, atelier_pairs, cached, ccp_pairs, negatives_of, ranks_within_category, studio_pairs, top_k
from .runs import Ema, Run, ramp_cosine, seed_everything

INPUT = (1, 3, 192, 128)
ROWS = 3


def query_encoder() -> Encoder:
    """The person's network."""
    return Encoder(size=INPUT[2:], rows=ROWS)


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
