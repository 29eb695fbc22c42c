"""ImageNet's weights as a start, from the data folder."""

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from ..networks.street2fashion import Street2Fashion


def imagenet_features(*, path: Path) -> dict[str, Tensor]:
    """MobileNetV2's `features.*` of a safetensors file, without the prefix."""
    return {key.removeprefix("features."): v for key, v in load_file(path).items() if key.startswith("features.")}


def start_from_imagenet(*, model: Street2Fashion, folder: Path) -> None:
    """Loads the encoder; the last 1280-wide convolution is not used."""
    weights = imagenet_features(path=folder / "mobilenet_v2_imagenet_bnrecal.safetensors")
    model.encoder.load_state_dict({k: v for k, v in weights.items() if int(k.split(".")[0]) < 18})
