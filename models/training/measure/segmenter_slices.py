"""Street2Fashion on the validation photos of every slice, without the guided filter.

    python -m training.measure.segmenter_slices [--file FILE.onnx] [--former FORMER.onnx] [--out FILE.json]

IoU and boundary F (2 px) of the foreground are means over photos; the IoU of coarse regions is over all pixels of street photos.
The published figures are measured by `shop-the-look evaluate`; this compares networks in a minute.
"""

import argparse
import json
from pathlib import Path

from ..data.segmented import validation_people
from ..paths import DATA, MODELS
from ..train.onnx_files import session
from ..train.segmentation import slice_figures


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    parser.add_argument("--file", type=Path, default=MODELS / "street2fashion.onnx")
    parser.add_argument("--former", type=Path, help="another file, measured beside it")
    parser.add_argument("--out", type=Path, help="writes the figures as JSON, too")
    args = parser.parse_args()
    files = {"file": args.file} | ({"former": args.former} if args.former else {})
    report: dict[str, dict] = {name: {} for name in files}
    for name, items in validation_people(data=args.data).items():
        for which, path in files.items():
            figures = slice_figures(infer=session(path=path), parsed=items)
            report[which][name] = {"photos": len(items)} | {key: round(value, 4) for key, value in figures.items()}
            print(which, name, json.dumps(report[which][name]), flush=True)
    if args.out:
        args.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
