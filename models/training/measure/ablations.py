"""Ablations of Fashion2Shop: equal short trainings that differ in one thing, on the same held-out queries.

    python -m training.measure.ablations --epochs 1 --set persons=1000

Writes `figures/ablations.json` and prints a table of top-10 within the category on `dressed` people whole, their single
`garments`, `ccp` garments and `drawn` looks. A row is trained unless its run is already finished.
"""

import argparse
import dataclasses
import json
from pathlib import Path

from ..paths import MODELS, WORK
from ..train.fashion2shop import Settings, sources_of, train
from ..train.runs import Run
from ..train.settings import arguments, load, overrides

ROWS: dict[str, dict] = {
    "all as shipped": {},
    "dot product instead of relu": {"match": "dot"},
    "ranking loss instead of cross-entropy": {"loss": "ranking"},
    "without whole people": {"shares": {"dressed": 0.0}},
    "without single garments": {"shares": {"garments": 0.0}},
    "without CCP's own garments": {"shares": {"ccp": 0.0}},
    "without drawn looks": {"shares": {"drawn": 0.0}},
}
SHOWN = ("dressed_top10", "garments_top10", "ccp_top10", "drawn_top10")


def settings_of(*, base: Settings, changed: dict) -> Settings:
    """The settings with one thing changed; shares that are named replace their own only."""
    shares = base.shares | changed.get("shares", {})
    return dataclasses.replace(base, **(changed | {"shares": shares}))


def main() -> None:
    """Command line."""
    parser = arguments(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=2, help="of each training: equal work, however busy the machine is")
    args: argparse.Namespace = parser.parse_args()
    changes = overrides(pairs=args.set) | {"epochs": args.epochs, "budget_minutes": 1e6, "validate_every": 10**6}
    base = load(schema=Settings, name="fashion2shop", profile=args.profile, overrides=changes)
    every, held = sources_of(cfg=base, folder=args.data, drawn=args.drawn)
    report = {}
    for name, changed in ROWS.items():
        cfg = settings_of(base=base, changed=changed)
        run = Run(model="fashion2shop", name=f"{args.run}-{name.replace(' ', '-')}", config=cfg)
        state = run.load()
        if not (state and SHOWN[0] in state["metrics"][-1]):
            train(cfg=cfg, sources=[source for source in every if cfg.shares[source.name] > 0], held=held, run=run)
        report[name] = {key: round(value, 4) for key, value in run.metrics[-1].items() if "top" in key}
    print("| | " + " | ".join(key.replace("_top10", "") for key in SHOWN) + " |\n|" + "---|" * (len(SHOWN) + 1))
    for name, found in report.items():
        print(f"| {name} | " + " | ".join(f"{found[key]:.3f}" for key in SHOWN) + " |")
    folder: Path = MODELS / "figures"
    folder.mkdir(exist_ok=True)
    about = {"queries": args.epochs * base.queries_per_epoch, "rows": report}
    (folder / "ablations.json").write_text(json.dumps(about, indent=1) + "\n")
    print(f"runs are kept below {WORK / 'runs' / 'fashion2shop'}")


if __name__ == "__main__":
    main()
