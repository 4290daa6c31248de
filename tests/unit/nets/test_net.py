"""Claims about `lookalike.nets.net`: the torch module is the ONNX model."""

from __future__ import annotations

import copy

import numpy as np
import onnx
import pytest

from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import open_embedder, read_model
from lookalike.errors import ModelError
from lookalike.nets import open_net

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def net():
    return open_net()


@pytest.fixture
def squares() -> np.ndarray:
    """Three squares: noise, a ramp, and a flat grey."""
    generator = np.random.default_rng(5)
    ramp = np.broadcast_to(np.linspace(0, 255, 224)[:, None, None], (224, 224, 3))
    return np.stack([generator.integers(0, 256, (224, 224, 3)), ramp, np.full((224, 224, 3), 128)]).astype(np.uint8)


def test_embeddings_and_feature_maps_equal_those_of_onnx_runtime(net, squares: np.ndarray) -> None:
    embedder = open_embedder()
    assert isinstance(embedder, OnnxEmbedder)
    expected = {"embedding": embedder.embed(squares), **embedder.features(squares)}
    assert set(expected) == {"embedding", "features", "pooled", "stage14", "stage28"}
    with torch.no_grad():
        found = net.tensors(torch.from_numpy(squares), list(expected))
    for name, values in expected.items():
        np.testing.assert_allclose(found[name].numpy(), values, atol=1e-4, rtol=1e-4, err_msg=name)


def test_floats_and_bytes_give_the_same_embedding(net, squares: np.ndarray) -> None:
    pixels = torch.from_numpy(squares)
    with torch.no_grad():
        assert torch.equal(net(pixels), net(pixels.float()))


def test_the_gradient_is_the_slope(net) -> None:
    generator = np.random.default_rng(0)
    pixels = torch.from_numpy(generator.uniform(40, 210, (1, 224, 224, 3))).float().requires_grad_(True)
    direction = torch.from_numpy(generator.normal(size=(256,))).float()
    value = (net(pixels) @ direction).sum()
    (gradient,) = torch.autograd.grad(value, pixels)
    step = gradient / gradient.norm()
    with torch.no_grad():
        rise = (net(pixels + 2 * step) @ direction - net(pixels - 2 * step) @ direction).sum() / 4
    assert float(rise) == pytest.approx(float(gradient.norm()), rel=0.1)


def test_every_parameter_is_trained(net, squares: np.ndarray) -> None:
    own = copy.deepcopy(net)
    first = own(torch.from_numpy(squares))
    (first @ torch.linspace(-1, 1, 256)).sum().backward()
    parameters = dict(own.named_parameters())
    assert len(parameters) == 2 * 49 + 2
    assert all(value.grad is not None and bool(value.grad.abs().sum() > 0) for value in parameters.values())


def test_layers_stand_where_a_reader_expects_them(net) -> None:
    assert [name for name, _ in net.named_children()] == ["stem", "blocks", "head", "projection"]
    assert len(net.blocks) == 16
    assert [name for name, _ in net.blocks[3].named_children()] == ["expanded", "filtered", "projected"]
    assert [name for name, _ in net.blocks[0].named_children()] == ["filtered", "projected"]
    assert net.projection.weight.shape == (256, 1280)


def test_a_layer_that_is_replaced_is_the_one_that_works(net, squares: np.ndarray) -> None:
    own = copy.deepcopy(net)
    own.projection = torch.nn.Linear(1280, 256)
    pixels = torch.from_numpy(squares)
    with torch.no_grad():
        assert not torch.allclose(own(pixels), net(pixels), atol=1e-2)
        own.projection = net.projection
        assert torch.equal(own(pixels), net(pixels))


def test_the_rest_of_the_net_finishes_what_its_beginning_gave(net, squares: np.ndarray) -> None:
    with torch.no_grad():
        found = net.tensors(torch.from_numpy(squares), ["embedding", "pooled", "stage14"])
        for name in ("pooled", "stage14"):
            assert torch.equal(net.finish(name, found[name]), found["embedding"])
    with pytest.raises(ValueError, match="cannot be computed"):
        net.tensors(torch.from_numpy(squares), ["no such tensor"])


def test_written_back_unchanged_it_is_the_same_model(net, squares: np.ndarray) -> None:
    description, model = read_model()
    written = net.to_onnx()
    before, after = onnx.load_model_from_string(model), onnx.load_model_from_string(written)
    assert before == after
    again = OnnxEmbedder(description, written)
    np.testing.assert_array_equal(again.embed(squares), OnnxEmbedder(description, model).embed(squares))


def test_written_back_after_a_change_onnx_runtime_gives_what_torch_gives(net, squares: np.ndarray) -> None:
    own = copy.deepcopy(net)
    with torch.no_grad():
        own.projection.weight.mul_(torch.linspace(0.5, 2, 256)[:, None])
        own.blocks[0].projected.weight.add_(0.01)
        expected = own(torch.from_numpy(squares)).numpy()
    found = OnnxEmbedder(own.description, own.to_onnx()).embed(squares)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert not np.allclose(expected, net(torch.from_numpy(squares)).detach().numpy(), atol=1e-3)


def test_a_layer_of_another_shape_is_not_written_into_the_old_graph(net) -> None:
    own = copy.deepcopy(net)
    own.projection = torch.nn.Linear(1280, 64)
    with pytest.raises(ModelError, match=r"projection\.weight.*another shape"):
        own.to_onnx()
