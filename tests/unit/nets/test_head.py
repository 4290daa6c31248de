"""Claims about `lookalike.nets.head`: it starts where it says, its neck merges, and ONNX gives the same."""

from __future__ import annotations

from itertools import product

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from lookalike.errors import InvalidConfiguration
from lookalike.nets.configuration import HeadConfig

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

CHANNELS = {"features": 12, "stage14": 6}
SIDES = {"features": 3, "stage14": 5}


def maps_of(config: HeadConfig, *, n: int = 40, seed: int = 0) -> list:
    generator = np.random.default_rng(seed)
    shapes = [(n, CHANNELS[name], SIDES[name], SIDES[name]) for name in config.features]
    return [torch.from_numpy(generator.gamma(1.0, 1.0, shape).astype(np.float32)) for shape in shapes]


def made(config: HeadConfig, *, seed: int = 0):
    """A head that has started and then learned something, neck statistics too."""
    from lookalike.nets.head import Head

    generator = torch.Generator().manual_seed(seed)
    head = Head(config, [CHANNELS[name] for name in config.features])
    with torch.no_grad():
        for parameter in head.poolings.parameters():
            if parameter.ndim:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) / 4)
        head.start(head.pool(maps_of(config)).numpy(), generator=generator)
        head.projection.weight.add_(torch.randn(head.projection.weight.shape, generator=generator) / 20)
        head.train()
        head(head.pool(maps_of(config, seed=1)))
    return head.eval()


def by_onnx(head, maps: list) -> np.ndarray:
    written = head.written("embedding")
    names = head.config.features
    graph = helper.make_graph(
        [helper.make_node(step.operator, step.inputs, [step.output], **step.attributes) for step in written.steps],
        "head",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", CHANNELS[n], "height", "width"]) for n in names],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", head.config.dimension])],
        [numpy_helper.from_array(value, key) for key, value in written.constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["embedding"], {name: one.numpy() for name, one in zip(names, maps, strict=True)})[0]


@pytest.mark.parametrize(
    ("pooling", "features", "neck"),
    list(
        product(
            ["average", "maximum", "generalised-mean", "attention", "visual-attention"],
            [("features",), ("features", "stage14")],
            [False, True],
        )
    ),
)
def test_onnx_runtime_gives_what_torch_gives(pooling, features: tuple[str, ...], neck: bool) -> None:
    head = made(HeadConfig(dimension=8, features=features, pooling=(pooling,), neck=neck))
    maps = maps_of(head.config, n=3, seed=2)
    with torch.no_grad():
        expected = torch.nn.functional.normalize(head(head.pool(maps))).numpy()
    np.testing.assert_allclose(by_onnx(head, maps), expected, atol=1e-5)


def test_a_neck_at_its_start_changes_nothing() -> None:
    from lookalike.nets.head import Head

    generator = torch.Generator().manual_seed(0)
    rows = np.random.default_rng(0).gamma(1.0, 1.0, (50, 12)).astype(np.float32)
    heads = [Head(HeadConfig(dimension=5, neck=neck), [12]).eval() for neck in (False, True)]
    for head in heads:
        head.start(rows, generator=generator)
    with torch.no_grad():
        plain, necked = (head(torch.from_numpy(rows)) for head in heads)
    torch.testing.assert_close(plain, necked, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("start", ["pca-whitening", "within-whitening", "pca", "random"])
def test_a_start_centres_the_rows_that_it_was_given(start) -> None:
    from lookalike.nets.head import Head

    rows = np.random.default_rng(0).gamma(1.0, 1.0, (50, 12)).astype(np.float32)
    head = Head(HeadConfig(dimension=5, start=start), [12]).eval()
    head.start(rows, generator=torch.Generator().manual_seed(0), labels=np.arange(50) // 2)
    with torch.no_grad():
        mean = head(torch.from_numpy(rows)).mean(0)
    torch.testing.assert_close(mean, torch.zeros(5), atol=1e-5, rtol=0)


def test_pooled_scales_have_unit_length_each_and_one_alone_is_left_as_it_is() -> None:
    from lookalike.nets.head import Head

    config = HeadConfig(dimension=8, features=("features", "stage14"), pooling=("average", "maximum"))
    maps = maps_of(config, n=4)
    pooled = Head(config, [12, 6]).pool(maps)
    for at, one in ((slice(0, 12), maps[0].mean((2, 3))), (slice(12, 18), maps[1].amax((2, 3)))):
        for row in range(4):
            torch.testing.assert_close(pooled[row, at], one[row] / one[row].square().sum().sqrt())
    alone = Head(HeadConfig(dimension=8), [12]).pool(maps[:1])
    torch.testing.assert_close(alone, maps[0].mean((2, 3)))


def test_dropout_acts_only_while_it_learns() -> None:
    head = made(HeadConfig(dimension=8, dropout=0.5))
    pooled = head.pool(maps_of(head.config, n=3))
    with torch.no_grad():
        assert torch.equal(head(pooled), head(pooled))
        head.train()
        assert not torch.equal(head(pooled), head(pooled))


def test_every_weight_learns_but_the_offset_of_the_neck() -> None:
    head = made(HeadConfig(dimension=8, pooling=("generalised-mean",), neck=True)).train()
    weights = torch.linspace(-1, 1, 8) * torch.linspace(1, 2, 3)[:, None]
    (head(head.pool(maps_of(head.config, n=3))) * weights).sum().backward()
    learning = {name for name, one in head.named_parameters() if one.grad is not None and bool(one.grad.any())}
    assert learning >= {"projection.weight", "neck.weight", "poolings.0.power"}
    assert not head.neck.bias.requires_grad


@given(seed=st.integers(0, 1000), size=st.integers(1, 7))
def test_a_prefix_is_the_beginning_of_the_vector_scaled_again(seed: int, size: int) -> None:
    from lookalike.nets.head import prefixes

    vectors = np.random.default_rng(seed).normal(size=(3, 7)).astype(np.float32)
    (found,) = prefixes(torch.from_numpy(vectors), [size])
    for row, vector in zip(found.numpy(), vectors, strict=True):
        length = sum(float(value) ** 2 for value in vector[:size]) ** 0.5
        np.testing.assert_allclose(row, vector[:size] / length, rtol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    from lookalike.nets.head import Head, prefixes

    with pytest.raises(InvalidConfiguration, match="each of features, stage14"):
        Head(HeadConfig(features=("features", "stage14")), [12])
    with pytest.raises(InvalidConfiguration, match="at most the 12"):
        Head(HeadConfig(dimension=13), [12])
    with pytest.raises(ValueError, match=r"\[9\]"):
        prefixes(torch.ones(2, 8), [4, 9])
