"""The baseline without training: MobileNetV2's ImageNet features, averaged over places, as an ONNX file.

`(1, 3, 128, 96)` RGB, x / 127.5 − 1 → `(1, 1280)`.
"""

import copy
import io
from pathlib import Path

import onnx
import onnxruntime
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

INPUT = (1, 3, 128, 96)
TOLERANCE = 1e-4


class ImageNet(nn.Module):
    """MobileNetV2's features; at stride 2 it pads on the right and below only, as the original does for even sides."""

    def __init__(self, *, folder: Path) -> None:
        super().__init__()
        whole = mobilenet_v2(weights=None)
        whole.load_state_dict(load_file(folder / "mobilenet_v2_imagenet_bnrecal.safetensors"))
        self.features = whole.features
        for module in [*self.features.modules()]:
            for name, child in [*module.named_children()]:
                if isinstance(child, nn.Conv2d) and child.stride == (2, 2):
                    child.padding = (0, 0)
                    setattr(module, name, nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), child))

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x).mean(dim=(2, 3))


def export_imagenet(*, folder: Path, out: Path) -> None:
    """Writes the file and compares it with PyTorch."""
    model = ImageNet(folder=folder).eval()
    out.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    plain = copy.deepcopy(model)
    for pad in [module for module in plain.modules() if isinstance(module, nn.Sequential) and isinstance(module[0], nn.ZeroPad2d)]:
        pad[0] = nn.Identity()
    torch.onnx.export(
        plain, (torch.zeros(INPUT),), buffer, input_names=["picture"], output_names=["features"], opset_version=17, dynamo=False
    )
    # One-sided padding is an attribute of ONNX's convolution, PyTorch's has none.
    graph = onnx.load_from_string(buffer.getvalue())
    for node in graph.graph.node:
        attributes = {attribute.name: attribute for attribute in node.attribute}
        if node.op_type == "Conv" and [*attributes["strides"].ints] == [2, 2]:
            attributes["pads"].ints[:] = [0, 0, 1, 1]
    del graph.graph.value_info[:]
    out.write_bytes(graph.SerializeToString())
    x = torch.rand(INPUT, generator=torch.Generator().manual_seed(7)) * 2 - 1
    with torch.inference_mode():
        expected = model(x)
    run = onnxruntime.InferenceSession(out.read_bytes(), providers=["CPUExecutionProvider"])
    found = torch.from_numpy(run.run(None, {"picture": x.numpy()})[0])
    difference = float((found - expected).abs().max() / expected.abs().mean())
    if not difference < TOLERANCE:
        raise ValueError(f"{out}: differs from PyTorch by {difference:.1e} of its scale, expected < {TOLERANCE}")
    print(f"{out}: {out.stat().st_size} bytes, {difference:.1e} from PyTorch")
