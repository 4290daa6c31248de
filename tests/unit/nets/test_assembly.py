"""Claims about `lookalike.nets.assembly` and `grafting`: what was assembled is what is exported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import ModelError
from lookalike.explain.split import split_pictures
from lookalike.nets import open_net
from lookalike.nets.configuration import HeadConfig, PoolingName

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

CONFIGS = {
    "one scale, averaged": HeadConfig(dimension=32),
    "one scale, a generalised mean and a neck": HeadConfig(dimension=32, pooling=("generalised-mean",), neck=True),
    "three scales": HeadConfig(
        dimension=32, features=("features", "stage14", "stage28"), pooling=("average", "maximum", "visual-attention")
    ),
    "three scales, averaged": HeadConfig(dimension=32, features=("stage28", "stage14", "features")),
    "an early scale alone": HeadConfig(dimension=32, features=("stage14",), pooling=("attention",)),
}


@pytest.fixture(scope="module")
def net():
    return open_net()


@pytest.fixture(scope="module")
def squares() -> np.ndarray:
    generator = np.random.default_rng(5)
    ramp = np.broadcast_to(np.linspace(0, 255, 224)[:, None, None], (224, 224, 3))
    return np.stack([generator.integers(0, 256, (224, 224, 3)), ramp, np.full((224, 224, 3), 128)]).astype(np.uint8)


def assembled(net, config: HeadConfig):
    from lookalike.nets.assembly import Assembly, channels_of, sides_of
    from lookalike.nets.head import Head

    sides = sides_of(net, config.features)
    head = Head(config, channels_of(net, config.features), sides=sides, generator=torch.Generator().manual_seed(0))
    return Assembly(net, head).eval()


def drawn_net(*, opset: int = 17, upper: str = "lower", strides: tuple[int, int] = (2, 2)):
    """A net of two convolutions whose maps are called `upper` and ``features``."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from lookalike.nets.net import Net
    from tiny_model import SIDE, described

    chance = np.random.default_rng(0)
    shapes = {"first": (6, 3, 2, 2), "second": (8, 6, 1, 1), "projection.weight": (12, 8), "projection.bias": (12,)}
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["floats", "first"], [upper], strides=[2, 2]),
        helper.make_node("Conv", [upper, "second"], ["features"], strides=strides),
        helper.make_node("GlobalAveragePool", ["features"], ["averaged"]),
        helper.make_node("Flatten", ["averaged"], ["pooled"]),
        helper.make_node("Gemm", ["pooled", "projection.weight", "projection.bias"], ["embedding"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "drawn",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 12])],
        [
            numpy_helper.from_array(chance.normal(0, 0.1, shape).astype(np.float32), name)
            for name, shape in shapes.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)
    onnx.checker.check_model(model)
    file = model.SerializeToString()
    return Net(replace(described(file), features=("pooled", "features", upper)), file)


@pytest.mark.parametrize("name", CONFIGS)
def test_onnx_runtime_gives_what_the_assembly_gives(name: str, net, squares: np.ndarray) -> None:
    assembly = assembled(net, CONFIGS[name])
    description, file = assembly.exported()
    with torch.no_grad():
        pooled = assembly.pool(torch.from_numpy(squares))
        expected = torch.nn.functional.normalize(assembly(torch.from_numpy(squares))).numpy()
    embedder = OnnxEmbedder(description, file)
    np.testing.assert_allclose(embedder.embed(squares), expected, atol=1e-4)
    np.testing.assert_allclose(embedder.features(squares)["pooled"], pooled.numpy(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_what_was_exported_can_learn_again(name: str, net, squares: np.ndarray) -> None:
    from lookalike.nets.net import Net

    description, file = assembled(net, CONFIGS[name]).exported()
    again = Net(description, file)
    with torch.no_grad():
        found = again(torch.from_numpy(squares)).numpy()
    np.testing.assert_allclose(found, OnnxEmbedder(description, file).embed(squares), atol=1e-4)


def test_weights_that_the_file_uses_twice_are_one_layer(net) -> None:
    from lookalike.nets.net import Net

    again = Net(*assembled(net, CONFIGS["three scales"]).exported())
    hidden = [path for path, _ in again.named_parameters() if "hidden" in path]
    assert len(hidden) == 1


@pytest.mark.parametrize("name", [name for name in CONFIGS if name != "three scales"])
def test_where_scales_are_averaged_the_similarity_splits_exactly(name: str, net, squares: np.ndarray) -> None:
    description, file = assembled(net, CONFIGS[name]).exported()
    for split in split_pictures(OnnxEmbedder(description, file), list(squares)):
        assert split.method == "exact"
        np.testing.assert_allclose(split.terms.sum(axis=0), split.whole, atol=1e-5)


def test_several_scales_of_other_poolings_are_split_by_occlusion(net) -> None:
    assert assembled(net, CONFIGS["three scales"]).exported()[0].projection is None


def test_several_scales_split_over_the_places_of_the_smallest_map(net, squares: np.ndarray) -> None:
    assembly = assembled(net, CONFIGS["three scales, averaged"])
    with torch.no_grad():
        assembly.head.projection.bias.normal_(std=0.1, generator=torch.Generator().manual_seed(1))
        maps = dict(zip(assembly.head.config.features, assembly.maps(torch.from_numpy(squares)), strict=True))
    (split, *_) = split_pictures(OnnxEmbedder(*assembly.exported()), list(squares))
    assert (split.rows, split.columns) == (7, 7)
    matrix, offset = assembly.head.merged()
    expected = np.zeros((49, 32))
    for place in range(49):
        row, column = divmod(place, 7)
        parts = []
        for values in (one[0].numpy().astype(np.float64) for one in maps.values()):
            window = values.shape[1] // 7
            cell = values[:, row * window : (row + 1) * window, column * window : (column + 1) * window]
            parts.append(cell.mean(axis=(1, 2)) / np.linalg.norm(values.mean(axis=(1, 2))))
        expected[place] = matrix @ np.concatenate(parts) + offset
    expected /= 49 * np.linalg.norm(expected.mean(axis=0))
    np.testing.assert_allclose(split.terms, expected, atol=1e-5)


@pytest.mark.parametrize("opset", [11, 17, 18, 21])
@pytest.mark.parametrize("pooling", ["average", "maximum", "generalised-mean", "attention", "visual-attention", "grid"])
def test_every_pooling_is_written_for_every_operator_set_and_can_learn_again(
    opset: int, pooling: PoolingName, squares: np.ndarray
) -> None:
    from lookalike.nets.net import Net
    from lookalike.nets.side_by_side import side_by_side

    small = squares[:, :32, :32]
    config = HeadConfig(dimension=8, features=("lower", "features"), pooling=(pooling, "generalised-mean"), grid=(2,))
    assembly = assembled(drawn_net(opset=opset), config)
    with torch.no_grad():
        expected = assembly.finished(torch.from_numpy(small)).numpy()
        made = assembly.exported()
        np.testing.assert_allclose(OnnxEmbedder(*made).embed(small), expected, atol=1e-5)
        again = torch.nn.functional.normalize(Net(*made)(torch.from_numpy(small))).numpy()
    np.testing.assert_allclose(again, expected, atol=1e-5)
    alone = assembled(drawn_net(opset=opset), HeadConfig(dimension=8, pooling=("generalised-mean",))).exported()
    beside = OnnxEmbedder(*side_by_side(alone, alone, share=0.5))
    apart = OnnxEmbedder(*alone).embed(small)
    np.testing.assert_allclose(beside.embed(small) @ beside.embed(small).T, apart @ apart.T, atol=1e-5)


@pytest.mark.parametrize("opset", [11, 12, 13, 17, 18, 21])
def test_several_scales_of_a_model_of_any_operator_set_split_exactly(opset: int, squares: np.ndarray) -> None:
    assembly = assembled(drawn_net(opset=opset), HeadConfig(dimension=8, features=("lower", "features")))
    (split,) = split_pictures(OnnxEmbedder(*assembly.exported()), [squares[0, :32, :32]])
    assert split.method == "exact"
    assert (split.rows, split.columns) == (8, 8)
    np.testing.assert_allclose(split.terms.sum(axis=0), split.whole, atol=1e-5)


def test_several_scales_that_are_not_square_split_exactly(squares: np.ndarray) -> None:
    assembly = assembled(drawn_net(strides=(2, 1)), HeadConfig(dimension=8, features=("lower", "features")))
    (split,) = split_pictures(OnnxEmbedder(*assembly.exported()), [squares[0, :32, :32]])
    assert (split.method, split.rows, split.columns) == ("exact", 8, 16)
    np.testing.assert_allclose(split.terms.sum(axis=0), split.whole, atol=1e-5)


@pytest.mark.parametrize("name", ["maps", "pooled.maps"])
def test_a_head_starts_from_maps_of_the_name_that_several_get_as_one(name: str, squares: np.ndarray) -> None:
    assembly = assembled(drawn_net(upper=name), HeadConfig(dimension=8, features=(name, "features")))
    pixels = squares[:, :32, :32].copy()
    with torch.no_grad():
        expected = assembly.finished(torch.from_numpy(pixels)).numpy()
    np.testing.assert_allclose(OnnxEmbedder(*assembly.exported()).embed(pixels), expected, atol=1e-4)


@pytest.mark.parametrize("pooling", ["attention", "visual-attention"])
def test_the_attention_that_a_pooling_pays_is_seen_in_the_split(pooling, net, squares: np.ndarray) -> None:
    config = HeadConfig(dimension=32, pooling=(pooling,))
    assembly = assembled(net, config)
    (module,) = assembly.head.poolings
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) / 20)
        expected = module.places(assembly.maps(torch.from_numpy(squares))[0])[:, 0].numpy()
    splits = split_pictures(OnnxEmbedder(*assembly.exported()), list(squares))
    for split, places in zip(splits, expected, strict=True):
        assert split.attention is not None
        np.testing.assert_allclose(split.attention, places / places.mean(), atol=1e-3)
        np.testing.assert_allclose(split.terms.sum(axis=0), split.whole, atol=1e-5)
    assert np.ptp(splits[0].attention) > 0.01


def test_layers_that_no_scale_needs_are_not_exported(net) -> None:
    sizes = {name: len(assembled(net, config).exported()[1]) for name, config in CONFIGS.items()}
    assert sizes["an early scale alone"] < sizes["one scale, averaged"] / 3


def test_a_head_on_what_is_no_map_is_refused(net) -> None:
    from lookalike.nets.assembly import channels_of

    assert channels_of(net, ["stage28", "features"]) == (40, 1280)
    with pytest.raises(ModelError, match="no feature maps"):
        channels_of(net, ["pooled"])
    with pytest.raises(ModelError, match="cannot start from nothing_such"):
        channels_of(net, ["nothing_such"])
