"""Street2Fashion on the validation photos of every slice, without the guided filter.

    python -m training.measure.segmenter_slices [--file FILE.onnx] [--former FORMER.onnx] [--peer FILE.tflite] [--out FILE.json]

IoU and boundary F (2 px) of the foreground are means over photos; the IoU of coarse regions is over all pixels of street photos.
The published figures are measured by `shop-the-look evaluate`; this compares networks in a minute. `--peer` is MediaPipe's
`selfie_segmentation.tflite` (PyPI `mediapipe`), run by `ai-edge-litert`, which only this option needs.
"""

import argparse
import importlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.parsed import Parsed
from ..data.segmented import validation_people
from ..paths import DATA, MODELS
from ..train.onnx_files import session
from ..train.segmentation import boundary_f, foreground_iou, slice_figures

PEER_SIDE = 256
"""The peer's input is stretched to a square of this side, in pixels."""


def peer(*, path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """A photo `(H, W, 3)` uint8 → the probability `(H, W)` that each pixel is a person's, by a tflite file."""
    interpreter = importlib.import_module("ai_edge_litert.interpreter").Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    into, out = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def probability(photo: np.ndarray) -> np.ndarray:
        small = Image.fromarray(photo).resize((PEER_SIDE, PEER_SIDE), Image.Resampling.BILINEAR)
        interpreter.set_tensor(into, np.asarray(small, np.float32)[None] / 255)
        interpreter.invoke()
        found = Image.fromarray(interpreter.get_tensor(out)[0, ..., -1].astype(np.float32))
        return np.asarray(found.resize((photo.shape[1], photo.shape[0]), Image.Resampling.BILINEAR))

    return probability


def peer_figures(*, probability: Callable[[np.ndarray], np.ndarray], parsed: list[Parsed]) -> dict[str, float]:
    """Mean foreground IoU and boundary F."""
    given = [{"probability": probability(item.photo), "labels": item.labels} for item in parsed]
    return {
        "iou": float(np.mean([foreground_iou(**x) for x in given])),
        "boundary_f": float(np.mean([boundary_f(**x) for x in given])),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the packs")
    parser.add_argument("--file", type=Path, default=MODELS / "street2fashion.onnx")
    parser.add_argument("--former", type=Path, help="another file, measured beside it")
    parser.add_argument("--peer", type=Path, help="a tflite file, measured beside it")
    parser.add_argument("--out", type=Path, help="writes the figures as JSON, too")
    args = parser.parse_args()
    files = {"file": args.file} | ({"former": args.former} if args.former else {})
    sessions = {name: session(path=path) for name, path in files.items()}
    other = peer(path=args.peer) if args.peer else None
    report: dict[str, dict] = {}
    for name, items in validation_people(data=args.data).items():
        found = {which: slice_figures(infer=infer, parsed=items) for which, infer in sessions.items()}
        if other:
            found["peer"] = peer_figures(probability=other, parsed=items)
        for which, figures in found.items():
            rounded = {"photos": len(items)} | {key: round(value, 4) for key, value in figures.items()}
            report.setdefault(which, {})[name] = rounded
            print(which, name, json.dumps(rounded), flush=True)
    if args.out:
        args.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
