"""Weights of few bits: what they cost, what is stored, and that the file computes with what is stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from ..export.few_bits import Bits, layers_of, with_few_bits
from ..export.onnx_file import to_onnx
from ..export.quantise import quantise
from ..export.rounding import output_error, refitted, rounded
from ..train.onnx_files import dequantised, session


def correlated(*, inputs: int, samples: int) -> np.ndarray:
    """Inputs that go together, as channels of a map do, of very different scales."""
    rng = np.random.default_rng(3)
    mix = rng.normal(size=(8, inputs)) * rng.uniform(0.1, 3.0, size=inputs)
    return rng.normal(size=(samples, 8)) @ mix + 0.1 * rng.normal(size=(samples, inputs))


def test_moved_errors_cost_less_than_plain_rounding() -> None:
    x = correlated(inputs=60, samples=500)
    moments = x.T @ x / len(x)
    weight = np.random.default_rng(4).normal(size=(20, 60))
    q, scale = rounded(weight=weight, moments=moments, bits=4)
    assert q.dtype == np.int8
    assert np.abs(q).max() <= 7
    plain = np.clip(np.rint(weight / scale[:, None]), -7, 7) * scale[:, None]
    by_moments = output_error(weight=weight, other=q * scale[:, None], moments=moments)
    assert by_moments < 0.5 * output_error(weight=weight, other=plain, moments=moments)
    # The measure is that of the outputs themselves.
    outputs, other = x @ weight.T, x @ (q * scale[:, None]).T
    assert by_moments == pytest.approx(np.sqrt(((other - outputs) ** 2).sum() / (outputs**2).sum()), rel=1e-6)


def test_weights_make_up_for_changed_inputs() -> None:
    x = correlated(inputs=30, samples=800)
    changed = x * 0.9 + 0.05 * np.random.default_rng(8).normal(size=x.shape)
    weight = np.random.default_rng(9).normal(size=(5, 30))
    moments, cross = changed.T @ changed / len(x), x.T @ changed / len(x)
    better = refitted(weight=weight, moments=moments, cross=cross)
    exact = x @ weight.T
    assert np.square(changed @ better.T - exact).sum() < 0.5 * np.square(changed @ weight.T - exact).sum()
    # Inputs that have not changed change nothing.
    same = x.T @ x / len(x)
    assert np.allclose(refitted(weight=weight, moments=same, cross=same), weight)


def test_inputs_that_are_always_zero_and_wrong_sizes() -> None:
    weight = np.eye(4)
    moments = np.diag([1.0, 0.0, 2.0, 0.0])
    q, scale = rounded(weight=weight, moments=moments, bits=5)
    assert np.allclose(np.diag(q * scale[:, None])[[0, 2]], 1, atol=0.03)
    with pytest.raises(ValueError, match="4 inputs"):
        rounded(weight=weight, moments=np.eye(3), bits=5)
    with pytest.raises(ValueError, match="2 to 8 bits"):
        rounded(weight=weight, moments=moments, bits=9)


class Small(nn.Module):
    """A convolution, a depthwise one, and a head on pooled numbers of different scales."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 24, 1)
        self.depthwise = nn.Conv2d(24, 24, 3, padding=1, groups=24)
        self.second = nn.Conv2d(24, 32, 1)
        self.hidden = nn.Conv2d(32, 16, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(1, 3, h, w)` → `(1, 16)`."""
        x = self.second(torch.relu(self.depthwise(torch.relu(self.first(x)))))
        pooled = x.mean((2, 3), keepdim=True) * torch.logspace(-3, 3, 32).view(1, -1, 1, 1)
        return self.hidden(pooled).flatten(1)


def test_a_file_keeps_its_outputs_and_computes_with_what_it_stores(tmp_path: Path) -> None:
    torch.manual_seed(5)
    small = Small().eval()
    small.hidden.weight.data /= torch.logspace(-3, 3, 32).view(1, -1, 1, 1)
    model = quantise(model=to_onnx(model=small, shape=(1, 3, 8, 8), output="out"), smallest=64, halved=("hidden",))
    pictures = np.random.default_rng(6).uniform(-1, 1, size=(40, 3, 8, 8)).astype(np.float32)
    few = with_few_bits(model=model, pictures=pictures, bits=Bits(convolutions=5, heads=6))

    def written(name: str, file: onnx.ModelProto) -> Callable[[torch.Tensor], torch.Tensor]:
        path = tmp_path / name
        path.write_bytes(file.SerializeToString())
        return session(path=path)

    # The head's and both convolutions' values are few; the depthwise one's are as they were.
    stored = {t.name: numpy_helper.to_array(t) for t in few.graph.initializer}
    assert {layer.name for layer in layers_of(model=model)} == {"first.weight", "second.weight", "hidden.weight"}
    assert np.abs(stored["second.weight.int8"]).max() <= 15
    assert np.abs(stored["hidden.weight.int8"]).max() <= 31
    assert np.array_equal(
        stored["depthwise.weight.int8"],
        numpy_helper.to_array(next(t for t in model.graph.initializer if t.name == "depthwise.weight.int8")),
    )
    x = torch.from_numpy(np.random.default_rng(7).uniform(-1, 1, size=(1, 3, 8, 8)).astype(np.float32))
    before, after = written("before.onnx", model)(x), written("after.onnx", few)(x)
    assert float((after - before).norm() / before.norm()) < 0.1
    # PyTorch with the stored weights gives the file's outputs, so factors are read as they are written.
    own = dict(small.named_parameters())
    for name, value in dequantised(model=few).items():
        own[name].data.copy_(torch.from_numpy(value))
    with torch.inference_mode():
        assert torch.allclose(small(x), after, rtol=1e-4, atol=1e-4)
