"""What rounding to int8 costs Street2Fashion, on held-out photos: the shipped file against a run's float weights.

    python -m training.measure.int8 RUN

The published figures are measured by `shop-the-look evaluate`, which runs the shipped files through the shipped code. This
command needs PyTorch's float weights and measures only how far the file is from them. Writes
`figures/int8.json`.
"""

import argparse
import json
from pathlib import Path

from ..data.ccp import ccp_photos
from ..paths import DATA, MODELS
from ..train.onnx_files import session
from ..train.segmentation import load_segmenter, segmentation_figures

LARGEST_LOSS = 0.003
"""The largest loss of foreground IoU."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", help="below runs/, e.g. street2fashion/a")
    parser.add_argument("--data", type=Path, default=DATA)
    args = parser.parse_args()
    held = ccp_photos(data=args.data, validation=True)
    exact = segmentation_figures(infer=load_segmenter(run=args.run), parsed=held, with_boundary=True)
    file = session(path=MODELS / "street2fashion.onnx")
    rounded = segmentation_figures(infer=file, parsed=held, with_boundary=True)
    figures = {key: {"float": round(exact[key], 4), "int8": round(rounded[key], 4)} for key in exact}
    (MODELS / "figures").mkdir(exist_ok=True)
    (MODELS / "figures" / "int8.json").write_text(json.dumps({"photos": len(held), **figures}, indent=1) + "\n")
    print(json.dumps(figures, indent=1))
    loss = exact["foreground_iou"] - rounded["foreground_iou"]
    if loss > LARGEST_LOSS:
        raise SystemExit(f"int8 costs {loss:.4f} of IoU, expected at most {LARGEST_LOSS}")


if __name__ == "__main__":
    main()
