"""One base test for every network: shapes, names of wrong shapes, folding, rounding and the file's agreement."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from training.export.onnx_file import to_onnx, write_network
from training.export.quantise import per_channel, quantise
from training.networks import fashion2shop, fashion_dna, street2fashion
from training.networks.efficientnet import efficientnet_lite0, load_original
from training.networks.encoder import COLOURS, WIDTH, Encoder
from training.networks.fashion2shop import query_encoder
from training.networks.fashion_dna import FirstMap
from training.networks.fold import fold
from training.networks.layers import bilinear_up
from training.networks.match import SHARPNESS, Match
from training.networks.street2fashion import Street2Fashion
from training.train.frozen import in_onnxruntime
from training.train.onnx_files import initialisers
from training.train.shipped import start_from_shipped
from training.train.soup import between

NETWORKS = {
    "street2fashion": (Street2Fashion, street2fashion.INPUT, street2fashion.OUTPUT),
    "fashion-dna": (FirstMap, fashion_dna.INPUT, (1, 128)),
    "fashion2shop-query": (query_encoder, fashion2shop.INPUT, fashion2shop.OUTPUT),
}


# What the Rust side's runtime is known to load; a Resize in a file would be a mistake.
PLAIN = {
    *("Conv", "ConvTranspose", "Clip", "Add", "Concat", "Constant", "DequantizeLinear", "AveragePool"),
    *("Softmax", "MatMul", "Transpose", "Reshape", "Shape", "Slice", "Gather", "Unsqueeze"),
    *("Cast", "Mul", "ReduceMean", "ReduceMin", "ReduceSum", "Relu", "Sqrt", "Sub", "Div"),
}


@pytest.fixture(params=NETWORKS, scope="module")
def network(request: pytest.FixtureRequest) -> tuple[nn.Module, tuple, tuple]:
    torch.manual_seed(1)
    make, shape, output = NETWORKS[request.param]
    model = make()
    # Statistics that are not the identity, so that folding has something to fold.
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return model.eval(), shape, output


def picture(shape: tuple) -> Tensor:
    return torch.rand(shape) * 2 - 1


def test_output_has_the_stated_shape(network: tuple) -> None:
    model, shape, output = network
    with torch.inference_mode():
        assert tuple(model(picture(shape)).shape) == output


def test_wrong_input_is_named(network: tuple) -> None:
    model, shape, _ = network
    with pytest.raises(ValueError, match="expected"):
        model(torch.zeros(1, 3, 50, shape[3]))


def test_folding_changes_nothing(network: tuple) -> None:
    model, shape, _ = network
    x = picture(shape)
    with torch.inference_mode():
        expected = model(x)
        found = fold(model=model)(x)
    assert float((expected - found).abs().max()) < 1e-3 * float(expected.abs().max())


def test_file_agrees_with_rounded_weights_and_is_plain(network: tuple, tmp_path: Path) -> None:
    model, shape, output = network
    _, entry = write_network(model=model, shape=shape, file="it.onnx", output="y", folder=tmp_path)
    assert entry["output"] == list(output)
    assert entry["bytes"] < 6 * 2**20

    assert {node.op_type for node in onnx.load(tmp_path / "it.onnx").graph.node} <= PLAIN
    stored = initialisers(path=tmp_path / "it.onnx")
    assert any(tensor.dtype == np.int8 for tensor in stored.values())


def test_a_shipped_file_can_be_trained_on(tmp_path: Path) -> None:
    model = Street2Fashion()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.bias.data.uniform_(-0.2, 0.2)
    rounded, _ = write_network(model=model, shape=street2fashion.INPUT, file="network.onnx", output="logits", folder=tmp_path)
    again = Street2Fashion()
    pictures = torch.rand(8, *street2fashion.INPUT[1:]) * 2 - 1
    start_from_shipped(model=again, path=tmp_path / "network.onnx", pictures=pictures)
    with torch.inference_mode():
        expected = rounded(pictures)
        assert torch.allclose(again.eval()(pictures), expected, atol=1e-3 * float(expected.abs().max()))
        # And nearly so with the statistics of the batch, as training sees it.
        trained = again.train()(pictures)
    assert float((trained - expected).abs().mean()) < 0.05 * float(expected.abs().mean())


def test_rounding_is_within_half_a_step() -> None:
    weight = np.random.default_rng(1).normal(size=(8, 4, 3, 3)).astype(np.float32)
    weight[3] = 0
    q, scale = per_channel(weight=weight)
    assert q.dtype == np.int8
    assert (np.abs(q * scale[:, None, None, None] - weight) <= scale[:, None, None, None] / 2 + 1e-7).all()


def test_quantise_leaves_the_given_model_alone() -> None:
    layer = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1))
    model = to_onnx(model=layer, shape=(1, 3, 8, 8), output="y")
    before = model.SerializeToString()
    quantise(model=model)
    assert model.SerializeToString() == before


def test_upsampling_is_bilinear() -> None:
    x = torch.rand(1, 3, 6, 5)
    found = bilinear_up(channels=3)(x)
    expected = nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    # Only the outermost pixels differ: there the transposed convolution sees zeros.
    assert torch.allclose(found[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1], atol=1e-6)


def test_match_starts_as_a_distance() -> None:
    q, a = torch.randn(3, WIDTH), torch.randn(5, WIDTH)
    expected = -SHARPNESS * torch.cdist(q, a, p=1)
    assert torch.allclose(Match()(q, a), expected, atol=1e-3)


def test_onnxruntime_computes_what_pytorch_computes() -> None:
    model = Encoder(size=(64, 64), maps=8).eval()
    torch.nn.init.normal_(model.bias)
    x = torch.rand(5, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(in_onnxruntime(model=model, size=(64, 64))(x), model(x), atol=1e-3)


def test_embeddings_have_a_root_mean_square_of_one() -> None:
    model = Encoder(size=(64, 64), maps=8).eval()
    torch.nn.init.normal_(model.bias)
    with torch.inference_mode():
        f = model(torch.rand(2, 3, 64, 64))
    assert torch.allclose(f.square().mean(2), torch.ones(2, 8), atol=1e-3)


def test_match_is_the_sum_of_two_halves() -> None:
    match = Match()
    q, a = torch.randn(2, 128), torch.randn(5, 128)
    both = torch.cat([q[:, None].expand(2, 5, 128), a[None].expand(2, 5, 128)], dim=2)
    expected = torch.relu(both @ torch.cat([match.u, match.v], dim=1).T + match.b) @ match.w2
    assert torch.allclose(match(q, a), expected, atol=1e-4)


def test_a_soup_is_on_the_line_between_two_networks() -> None:
    pictures = torch.randn(2, 3, 64, 64)
    ends = [Street2Fashion().eval(), Street2Fashion().eval()]
    for norm in (module for end in ends for module in end.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        torch.nn.init.normal_(norm.running_mean, std=0.1)
        torch.nn.init.uniform_(norm.running_var, 0.5, 2)
    for share, end in zip((0.0, 1.0), ends, strict=True):
        mixed = between(former=ends[0], later=ends[1], share=share).eval()
        assert torch.allclose(mixed(pictures), end(pictures), atol=1e-4)
    half = fold(model=between(former=ends[0], later=ends[1], share=0.5))
    weights = [dict(fold(model=end).named_parameters())["encoder.0.0.weight"] for end in ends]
    assert torch.allclose(dict(half.named_parameters())["encoder.0.0.weight"], sum(weights) / 2, atol=1e-6)


def test_the_original_weights_fit_and_are_named_if_not() -> None:
    body, other = efficientnet_lite0(), efficientnet_lite0()
    names = ["_conv_stem.weight", *(f"_bn0.{i}" for i in range(5)), *(f"_blocks.{i}" for i in range(len(other.state_dict()) - 6))]
    load_original(body=body, stored={**dict(zip(names, other.state_dict().values(), strict=True)), "_fc.weight": torch.zeros(2)})
    x = picture((1, 3, 64, 64))
    with torch.inference_mode():
        assert torch.equal(body.eval()(x), other.eval()(x))
    with pytest.raises(ValueError, match="EfficientNet-Lite0"):
        load_original(body=body, stored={"_conv_stem.weight": torch.zeros(32, 3, 3, 3)})


def test_pooled_numbers_are_of_what_is_not_white() -> None:
    model = Encoder(size=(64, 64), maps=1).eval()
    half = torch.ones(2, 3, 32, 32)
    half[:, :, 8:24, 8:24] = -0.5
    half[1, :, 24:, :] = 0.9601
    s8 = torch.zeros(2, 40, 8, 8)
    s8[:, :, 2:6, 2:6] = 3.0
    with torch.inference_mode():
        pooled, _ = model.pool(s8, half)
    first = COLOURS
    assert (pooled[:, first : first + 40, 0] - 3.0).abs().max() < 0.2
    # Nearly white pixels weigh as little as white ones.
    assert torch.allclose(pooled[0, first : first + 40], pooled[1, first : first + 40], atol=0.05)
