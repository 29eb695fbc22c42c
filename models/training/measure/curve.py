"""Street2Fashion's accuracy and work at several input sizes and decoder widths, and the files to time in the browser's runtime.

    python -m training.measure.curve street2fashion/RUN [street2fashion/SLIM …] --out DIR

The first run is measured at every size, the others (trained with other `widths`) at the shipped one. Writes `DIR/curve.json` and
`DIR/curve-N.onnx`; `cargo xtask bench curve DIR` times these in Chromium and joins the figures.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import nn

from ..data.ccp import ccp_photos
from ..export.onnx_file import to_onnx
from ..export.quantise import quantise
from ..networks import street2fashion
from ..networks.fold import fold
from ..networks.street2fashion import Street2Fashion, widths_of
from ..paths import DATA, WORK
from ..train.segmentation import load_segmenter, segmentation_figures

SIZES = ((192, 128), (224, 160), (256, 192), (288, 192), (320, 224), (384, 256))
"""Heights and widths, multiples of 32."""


def macs(*, model: nn.Module, size: tuple[int, int]) -> int:
    """Multiplications of all convolutions for one picture."""
    total = 0

    def count(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        per_output = layer.weight[0].numel() if isinstance(layer, nn.Conv2d) else layer.weight[0].numel() // 4
        total += output[0].numel() * per_output

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    with torch.inference_mode():
        model(torch.zeros(1, 3, *size))
    for hook in hooks:
        hook.remove()
    return total


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=DATA)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    held = ccp_photos(data=args.data, validation=True)
    points = []
    wanted = [(args.runs[0], size) for size in SIZES] + [(run, street2fashion.INPUT[2:]) for run in args.runs[1:]]
    for run, size in wanted:
        weights = torch.load(WORK / "runs" / run / "checkpoint.pt", weights_only=False)["ema"]
        model = Street2Fashion(widths=widths_of(weights=weights)).eval()
        model.load_state_dict(weights)
        found = segmentation_figures(infer=load_segmenter(run=run), parsed=held, with_boundary=True, size=size)
        file = args.out / f"curve-{len(points)}.onnx"
        folded = fold(model=model)
        file.write_bytes(quantise(model=to_onnx(model=folded, shape=(1, 3, *size), output="logits")).SerializeToString())
        point = {"run": run, "height": size[0], "width": size[1], "decoder": [*widths_of(weights=weights)]}
        point |= {"mmac": round(macs(model=model, size=size) / 1e6, 1), "bytes": file.stat().st_size}
        points.append(point | {key: round(value, 4) for key, value in found.items()})
        print(json.dumps(points[-1]), flush=True)
    (args.out / "curve.json").write_text(json.dumps(points, indent=1) + "\n")


if __name__ == "__main__":
    main()
