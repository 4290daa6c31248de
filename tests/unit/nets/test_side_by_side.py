"""Claims about `lookalike.nets.side_by_side`: a mixture of two similarities, and nothing computed twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from lookalike.embed.description import ModelDescription
from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.embed.opening import read_model
from lookalike.errors import InvalidConfiguration, ModelError
from lookalike.explain.split import split_pictures
from tiny_model import SIDE, described, tiny_file

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

from lookalike.nets.configuration import HeadConfig  # noqa: E402
from lookalike.nets.graph_surgery import rename  # noqa: E402
from lookalike.nets.net import Net  # noqa: E402
from lookalike.nets.side_by_side import side_by_side  # noqa: E402

Model = tuple[ModelDescription, bytes]


def changed(model: Model, *, last: int) -> Model:
    """The model with other values in so many of its last convolutions."""
    description, file = model
    proto = onnx.load_from_string(file)
    kernels = {node.input[1] for node in [one for one in proto.graph.node if one.op_type == "Conv"][-last:]}
    for item in proto.graph.initializer:
        if item.name in kernels:
            values = numpy_helper.to_array(item)
            item.CopyFrom(numpy_helper.from_array((values * np.float32(0.9)).astype(values.dtype), item.name))
    made = proto.SerializeToString()
    return replace(description, weights_sha256="0" * 64), made


def with_inputs_for_constants(model: Model) -> Model:
    """The same file as some programs write it: every constant is an input, with a value of its own."""
    description, file = model
    proto = onnx.load_from_string(file)
    for item in proto.graph.initializer:
        proto.graph.input.append(onnx.helper.make_tensor_value_info(item.name, item.data_type, item.dims))
    return description, proto.SerializeToString()


def n_convolutions(file: bytes) -> int:
    return sum(node.op_type == "Conv" for node in onnx.load_from_string(file).graph.node)


@pytest.fixture(scope="module")
def initial() -> Model:
    return read_model(None)


@pytest.fixture(scope="module")
def squares() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (3, 224, 224, 3)).astype(np.uint8)


def without_a_split(model: Model) -> Model:
    """The model as one of which nobody says that it is a projection of a pooled map."""
    return replace(model[0], projection=None, heads=()), model[1]


def by_generalised_mean(model: Model, exponent: float) -> Model:
    """The model with a mean of that exponent for the plain one."""
    return with_head(model, HeadConfig(dimension=32, pooling=("generalised-mean",), power=exponent))


def with_head(model: Model, config: HeadConfig) -> Model:
    """The model with another head, which has learned nothing."""
    from lookalike.nets.assembly import Assembly, channels_of
    from lookalike.nets.head import Head

    net = Net(*model)
    head = Head(config, channels_of(net, config.features), generator=torch.Generator().manual_seed(0))
    torch.nn.init.normal_(head.projection.bias, std=0.1, generator=torch.Generator().manual_seed(1))
    return Assembly(net, head).eval().exported()


@pytest.mark.parametrize("share", [0.2, 0.5])
@pytest.mark.parametrize("last", [1, 7])
@pytest.mark.parametrize("splits", [True, False])
def test_the_similarity_is_the_mixture_and_layers_that_are_alike_are_computed_once(
    splits: bool, share: float, last: int, initial: Model, squares: np.ndarray
) -> None:
    initial = initial if splits else without_a_split(initial)
    learned = changed(initial, last=last)

    description, file = side_by_side(learned, initial, share=share)

    own, general = (OnnxEmbedder(*one).embed(squares) for one in (learned, initial))
    found = OnnxEmbedder(description, file).embed(squares)
    assert not np.allclose(own, general, atol=1e-3)
    assert found.shape == (3, own.shape[1] + general.shape[1])
    np.testing.assert_allclose(found @ found.T, (1 - share) * own @ own.T + share * general @ general.T, atol=1e-5)
    n_alike = n_convolutions(initial[1]) - last
    assert n_convolutions(file) == n_alike + 2 * last


@pytest.mark.parametrize("how", ["pooled row of another name", "constants as nodes"])
def test_a_model_whose_projection_cannot_be_taken_apart_is_put_beside_all_the_same(how: str) -> None:
    file = tiny_file()
    proto = onnx.load_from_string(file)
    if how == "constants as nodes":
        item = next(one for one in proto.graph.initializer if one.name == "projection.weight")
        proto.graph.node.insert(0, onnx.helper.make_node("Constant", [], [item.name], value=item))
        proto.graph.initializer.remove(item)
    else:
        rename(proto.graph, "pooled", "row")
    initial = replace(described(file), features=("features",)), proto.SerializeToString()
    learned = changed((described(file), file), last=1)
    pixels = np.random.default_rng(2).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)
    found = OnnxEmbedder(*side_by_side(learned, initial, share=0.4)).embed(pixels)
    own, general = (OnnxEmbedder(*one).embed(pixels) for one in (learned, initial))
    np.testing.assert_allclose(found, np.hstack([0.6**0.5 * own, 0.4**0.5 * general]), atol=1e-5)


def test_constants_that_are_inputs_as_well_are_not_taken_for_each_other(initial: Model, squares: np.ndarray) -> None:
    learned = changed(initial, last=3)
    expected = OnnxEmbedder(*side_by_side(learned, initial, share=0.4)).embed(squares)
    found = side_by_side(with_inputs_for_constants(learned), with_inputs_for_constants(initial), share=0.4)
    np.testing.assert_allclose(OnnxEmbedder(*found).embed(squares), expected, atol=1e-6)


def test_a_layer_that_is_computed_twice_has_its_constants_twice(initial: Model) -> None:
    # The kernels of the last three differ, their biases do not.
    file = side_by_side(changed(initial, last=3), initial, share=0.4)[1]
    nodes = [node for node in onnx.load_from_string(file).graph.node if node.op_type == "Conv"]
    constants = [name for node in nodes for name in node.input[1:]]
    assert len(constants) == len(set(constants))


def test_a_model_beside_itself_costs_nothing(initial: Model, squares: np.ndarray) -> None:
    description, file = side_by_side(initial, initial, share=0.3)
    assert n_convolutions(file) == n_convolutions(initial[1])
    # One matrix for the two heads, half of it zeros.
    assert len(file) < len(initial[1]) + 4 * 2 * 256 * 2 * 1280
    found, before = OnnxEmbedder(description, file).embed(squares), OnnxEmbedder(*initial).embed(squares)
    np.testing.assert_allclose(found @ found.T, before @ before.T, atol=1e-5)


@pytest.mark.parametrize("head", ["mean", "generalised mean", "three scales"])
def test_a_similarity_splits_over_places_where_those_of_both_do(head: str, initial: Model, squares: np.ndarray) -> None:
    begun = changed(initial, last=2)
    three = HeadConfig(dimension=32, features=("stage28", "stage14", "features"))
    averaged = by_generalised_mean(begun, 3.0 if head == "generalised mean" else 1.0)
    learned = with_head(begun, three) if head == "three scales" else averaged
    embedder = OnnxEmbedder(*side_by_side(learned, initial, share=0.3))
    found = embedder.embed(squares)
    splits = split_pictures(embedder, list(squares))
    for split, vector in zip(splits, found, strict=True):
        assert split.method == "exact"
        assert (split.rows, split.columns) == (7, 7)
        np.testing.assert_allclose(split.terms.sum(axis=0), vector, atol=1e-5)
    # The first numbers' share of each place is what the learned model alone says, scaled.
    alone = split_pictures(OnnxEmbedder(*learned), list(squares))
    np.testing.assert_allclose(splits[0].terms[:, :32], 0.7**0.5 * alone[0].terms, atol=1e-5)


def test_what_is_described_of_the_learned_model_is_there(initial: Model) -> None:
    for first in (changed(initial, last=2), without_a_split(changed(initial, last=2))):
        description, file = side_by_side(first, initial, share=0.3)
        assert set(initial[0].features) <= set(description.features)
        maps = OnnxEmbedder(description, file).features(np.zeros((1, 224, 224, 3), np.uint8))
        assert set(maps) == set(description.features)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_a_share_that_leaves_one_of_them_out_is_refused(share: float, initial: Model) -> None:
    with pytest.raises(InvalidConfiguration, match="share"):
        side_by_side(initial, initial, share=share)


def test_models_of_other_squares_are_refused(initial: Model) -> None:
    description, file = initial
    smaller = replace(description, preprocessing=replace(description.preprocessing, size_pixels=192))
    with pytest.raises(ModelError, match="same squares"):
        side_by_side(initial, (smaller, file), share=0.3)


def test_it_can_learn_again_and_stand_beside_another(initial: Model, squares: np.ndarray) -> None:
    made = side_by_side(changed(initial, last=30), initial, share=0.3)
    expected = OnnxEmbedder(*made).embed(squares)

    net = Net(*made)
    with torch.no_grad():
        np.testing.assert_allclose(net(torch.from_numpy(squares)).numpy(), expected, atol=1e-4)
    general = dict(net.named_parameters())["general.blocks.15.filtered.weight"]
    general.data *= 0.5
    written = (net.description, net.to_onnx())

    assert not np.allclose(OnnxEmbedder(*written).embed(squares), expected, atol=1e-3)
    again, file = side_by_side(changed(initial, last=3), made, share=0.5)
    assert OnnxEmbedder(again, file).embed(squares).shape == (3, 3 * initial[0].dimension)


def test_models_of_other_operator_sets_are_refused(initial: Model) -> None:
    proto = onnx.load_from_string(initial[1])
    proto.opset_import[0].version += 1
    with pytest.raises(ModelError, match="same operator sets"):
        side_by_side(initial, (initial[0], proto.SerializeToString()), share=0.3)
