"""The test sets, fixed by id and seed, as folders that `shop-the-look evaluate` reads.

    python -m training.measure.testsets --out DIR [--only dressed real …] [--renderer-bin PATH] [--imagenet FILE.onnx]

| set | queries | articles |
|---|---|---|
| `pairs` | people of the pairs' test split in a shop's upper garments | those of the pairs' validation and test split |
| `pairs-validation` | people of the validation split, to choose by | the same |
| `dressed` | validation people in held-out products, ten times each | all held-out products |
| `ccp-cutouts` | validation people | their own garments cut out by the label map, warped and relit, and 10,000 shop products |
| `studio-on-street` | wearers of held-out studio products, on streets | all held-out products, among them the very title pictures |
| `drawn` | drawn looks | the drawn products they were dressed from |
| `real` | validation people as they are (category and colour only) | all held-out products |
| `ccp-segmentation` | validation people with their label maps | |
| `street`, `portraits`, `scenes`, `people-portraits` | validation photos with coarse labels or person masks | |
| `composites` | held-out studio people on parts of streets and household background; foreground is class 12 | |
"""

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

from ..export.imagenet import export_imagenet
from ..paths import DATA
from ..train.settings import add_renderer_argument
from .drawn_set import drawn
from .dressed_sets import ccp_cutouts, dressed, studio_on_street
from .held_out import HeldOut
from .mask_sets import ABOUT, set_of
from .pair_set import pairs, pairs_validation
from .real_sets import ccp_segmentation, composites, real

SETS: dict[str, Callable[..., None]] = {
    "pairs": pairs,
    "pairs-validation": pairs_validation,
    "dressed": dressed,
    "ccp-cutouts": ccp_cutouts,
    "studio-on-street": studio_on_street,
    "drawn": drawn,
    "real": real,
    "ccp-segmentation": ccp_segmentation,
    "composites": composites,
    **{name: set_of(slice=name) for name in ABOUT},
}


def set_name(name: str) -> str:
    """A set's name; a former name works and prints the present one."""
    if name == "atelier":
        print("the set atelier is now called drawn", flush=True)
        return "drawn"
    return name


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tars")
    parser.add_argument("--out", type=Path, help="the sets are folders in here; a set that is written is emptied first")
    parser.add_argument("--only", nargs="+", choices=tuple(SETS), type=set_name, default=[*SETS], help="all by default")
    add_renderer_argument(parser=parser)
    parser.add_argument("--imagenet", type=Path, metavar="FILE.onnx", help="writes the ImageNet baseline's encoder, too")
    args = parser.parse_args()
    if args.imagenet:
        export_imagenet(folder=args.data, out=args.imagenet)
    if args.out is None:
        if not args.imagenet:
            parser.error("expected --out DIR or --imagenet FILE.onnx")
        return
    if "drawn" in args.only and shutil.which(args.renderer_bin) is None:
        parser.error(f"{args.renderer_bin} is missing: `cargo build --release --package garment-renderer` builds it")
    held_out = HeldOut(folder=args.data, out=args.out, renderer_bin=args.renderer_bin)
    for name in args.only:
        SETS[name](held_out=held_out)


if __name__ == "__main__":
    main()
