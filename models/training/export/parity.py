"""Stored inputs and outputs for the tests that compare PyTorch with the Rust runtimes, from one drawn look.

    python -m training.export.parity LOOK.(jpg|png) PRODUCT.(jpg|png)

Writes `tests/fixtures/parity/`: the pictures at the networks' own sizes (uint8 PNG) and what PyTorch computes from exactly
these with the int8 file's dequantised weights (raw little-endian float32). No picture of the training data is used.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image
from torch import nn

from ..data.geometry import crop_to_content, cut_out, letterbox
from ..data.views import to_input
from ..networks import fashion2shop, fashion_dna, street2fashion
from ..networks.fashion2shop import query_encoder
from ..networks.fashion_dna import FirstMap
from ..networks.fold import fold
from ..networks.street2fashion import Street2Fashion
from ..paths import MODELS, REPOSITORY
from ..train.onnx_files import dequantised, initialisers, session
from ..train.segmentation import foreground_at_photo
from .onnx_file import TOLERANCE

FOLDER = REPOSITORY / "tests" / "fixtures" / "parity"
LOOK_SIDE = 480
"""Long side of the stored look, in pixels."""


def rounded_model(*, file: str, make: type[nn.Module] | object) -> nn.Module:
    """PyTorch with all weights read from the file; int8 ones are dequantised."""
    model = fold(model=make())  # type: ignore[operator]
    stored = initialisers(path=MODELS / file)
    weights = dequantised(model=onnx.load(MODELS / file))
    own = dict(model.named_parameters())
    for name, parameter in own.items():
        value = weights.get(name, stored.get(name))
        if value is None:
            # Equal small tensors (the bilinear taps) are stored once, under one name.
            if "up" not in name:
                raise ValueError(f"{file} holds no {name}")
            continue
        parameter.data.copy_(torch.from_numpy(np.array(value)))
    return model.eval()


def person(*, photo: np.ndarray) -> np.ndarray:
    """A photo's person by the shipped file, as the browser uploads it and the server crops it."""
    x, box = letterbox(picture=photo, into_width=street2fashion.INPUT[3], into_height=street2fashion.INPUT[2], pad=127.5)
    logits = session(path=MODELS / "street2fashion.onnx")(to_input(picture=x))
    p = foreground_at_photo(logits=logits, box=box, width=photo.shape[1], height=photo.shape[0])
    return crop_to_content(picture=cut_out(picture=photo, mask=p.numpy() >= 0.5))


def store(*, name: str, picture: np.ndarray, model: nn.Module, output: str, about: dict, step: int = 1) -> None:
    """Stores one picture and the model's output for it, after a comparison with ONNX Runtime."""
    Image.fromarray(picture).save(FOLDER / f"{name}-input.png", optimize=True)
    x = to_input(picture=picture)
    with torch.inference_mode():
        y = model(x)
    other = session(path=MODELS / f"{name}.onnx")(x)
    difference = float((y - other).abs().max())
    if difference > TOLERANCE * float(y.abs().mean()):
        raise ValueError(f"{name}: PyTorch and ONNX Runtime differ by {difference}")
    kept = y[:, :, ::step, ::step] if y.ndim == 4 else y
    (FOLDER / f"{name}-{output}.f32").write_bytes(kept.contiguous().numpy().astype("<f4").tobytes())
    about[name] = {
        "input": f"{name}-input.png",
        "input_size": [picture.shape[1], picture.shape[0]],
        "output": f"{name}-{output}.f32",
        "full_shape": list(y.shape),
        "stored_shape": list(kept.shape),
        "stored_every": step,
        "largest": float(y.abs().max()),
        "onnxruntime_difference": difference,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("look", type=Path)
    parser.add_argument("product", type=Path)
    args = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    look = Image.open(args.look).convert("RGB")
    look.thumbnail((LOOK_SIDE, LOOK_SIDE), Image.Resampling.BILINEAR)
    # Everything below is computed from the stored file.
    look.quantize(256).convert("RGB").save(FOLDER / "look.png", optimize=True)
    photo = np.asarray(Image.open(FOLDER / "look.png").convert("RGB"))
    product = np.asarray(Image.open(args.product).convert("RGB"))
    about: dict = {}
    makers = {
        "street2fashion": (Street2Fashion, street2fashion.INPUT, 127.5, photo, "logits", 2),
        "fashion-dna": (FirstMap, fashion_dna.INPUT, 255.0, product, "embedding", 1),
        "fashion2shop-query": (
            query_encoder,
            fashion2shop.INPUT,
            255.0,
            person(photo=photo),
            "embedding",
            1,
        ),
    }
    for name, (make, shape, pad, picture, output, step) in makers.items():
        x, _ = letterbox(picture=picture, into_width=shape[3], into_height=shape[2], pad=pad)
        boxed = np.clip(np.rint(x), 0, 255).astype(np.uint8)
        model = rounded_model(file=f"{name}.onnx", make=make)
        store(name=name, picture=boxed, model=model, output=output, about=about, step=step)
    (FOLDER / "parity.json").write_text(json.dumps(about, indent=2) + "\n")
    (FOLDER / "README.md").write_text(
        "# Parity fixtures\n\n"
        "Written by `python -m training.export.parity` from one drawn look and one drawn product. `NAME-input.png` is a picture\n"
        "at the network's own size (already letterboxed); `NAME-*.f32` is PyTorch's output for it with the int8 file's weights:\n"
        "raw little-endian float32, shapes in `parity.json`. Street2Fashion's logits are stored at every second row and column\n"
        "(`logits[:, :, ::2, ::2]`). `look.png` is the photo all of it starts from.\n"
    )
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(json.dumps(about, indent=1), f"{total} bytes")


if __name__ == "__main__":
    main()
