"""Claims about `lookalike.nets.pooling`: each pooling is its formula, learns, and is the same in ONNX."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch

CHANNELS, SIDE = 4, 5
NAMES = ["average", "maximum", "generalised mean", "attention", "visual attention"]


def made(name: str):
    """A pooling with weights of chance, so that nothing is hidden by zeros."""
    from lookalike.nets import pooling

    choices = {
        "average": pooling.AveragePooling,
        "maximum": pooling.MaximumPooling,
        "generalised mean": lambda: pooling.GeneralisedMeanPooling(2.3),
        "attention": lambda: pooling.AttentionPooling(CHANNELS),
        "visual attention": lambda: pooling.VisualAttentionPooling(CHANNELS, reduction=2, kernel_pixels=3),
    }
    module = choices[name]()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return module


def maps_of(seed: int, *, n: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).gamma(1.0, 1.0, (n, CHANNELS, SIDE, SIDE)).astype(np.float32)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def by_loops(name: str, module, maps: np.ndarray) -> np.ndarray:
    rows = np.zeros(maps.shape[:2])
    places = [(r, c) for r in range(SIDE) for c in range(SIDE)]
    for picture in range(len(maps)):
        x = maps[picture].astype(np.float64)
        if name == "attention":
            w = module.score.weight.detach().numpy()[0, :, 0, 0]
            scores = [math.exp(sum(w[k] * x[k, r, c] for k in range(CHANNELS))) for r, c in places]
            weights = [score / sum(scores) for score in scores]
        if name == "visual attention":
            squeeze, excite = (
                getattr(module, part).weight.detach().numpy()[:, :, 0, 0] for part in ("squeeze", "excite")
            )
            total = np.zeros(CHANNELS)
            for pooled in ([x[k].mean() for k in range(CHANNELS)], [x[k].max() for k in range(CHANNELS)]):
                hidden = [max(0.0, sum(row[k] * pooled[k] for k in range(CHANNELS))) for row in squeeze]
                total += [sum(row[h] * hidden[h] for h in range(len(hidden))) for row in excite]
            x = np.stack([x[k] * sigmoid(total[k]) for k in range(CHANNELS)])
            look, bias = module.look.weight.detach().numpy()[0], float(module.look.bias.detach())
            seen = [x.mean(0), x.max(0)]
            attention = np.zeros((SIDE, SIDE))
            for r, c in places:
                value = bias
                for plane in range(2):
                    for dr in (-1, 0, 1):
                        for dc in (-1, 0, 1):
                            if 0 <= r + dr < SIDE and 0 <= c + dc < SIDE:
                                value += look[plane, dr + 1, dc + 1] * seen[plane][r + dr, c + dc]
                attention[r, c] = sigmoid(value)
        for channel in range(CHANNELS):
            values = [x[channel, r, c] for r, c in places]
            match name:
                case "average":
                    rows[picture, channel] = sum(values) / len(values)
                case "maximum":
                    rows[picture, channel] = max(values)
                case "generalised mean":
                    powers = [max(value, 1e-6) ** 2.3 for value in values]
                    rows[picture, channel] = (sum(powers) / len(powers)) ** (1 / 2.3)
                case "attention":
                    rows[picture, channel] = sum(a * value for a, value in zip(weights, values, strict=True))
                case _:
                    weighted = [attention[r, c] * x[channel, r, c] for r, c in places]
                    rows[picture, channel] = sum(weighted) / len(weighted)
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_a_pooling_is_its_formula_by_loops(name: str) -> None:
    module, maps = made(name), maps_of(1)
    with torch.no_grad():
        found = module(torch.from_numpy(maps)).numpy()
    np.testing.assert_allclose(found, by_loops(name, module, maps), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_onnx_runtime_gives_what_torch_gives(name: str) -> None:
    module, maps = made(name), maps_of(2, n=3)
    written = module.written("features", "pooled")
    graph = helper.make_graph(
        [helper.make_node(step.operator, step.inputs, [step.output], **step.attributes) for step in written.steps],
        "pooling",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", CHANNELS, "height", "width"])],
        [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["n", CHANNELS])],
        [numpy_helper.from_array(value, key) for key, value in written.constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = module(torch.from_numpy(maps)).numpy()
    np.testing.assert_allclose(session.run(["pooled"], {"features": maps})[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES[2:])
def test_every_weight_of_a_pooling_learns(name: str) -> None:
    module = made(name)
    module(torch.from_numpy(maps_of(3))).square().sum().backward()
    assert all(bool(torch.isfinite(one.grad).all()) and bool(one.grad.any()) for one in module.parameters())


@given(seed=st.integers(0, 10_000))
def test_a_generalised_mean_lies_between_average_and_maximum_and_rises_with_its_power(seed: int) -> None:
    from lookalike.nets.pooling import GeneralisedMeanPooling

    maps = torch.from_numpy(maps_of(seed))
    with torch.no_grad():
        means = [maps.mean((2, 3)), *(GeneralisedMeanPooling(p)(maps) for p in (1.0, 2.0, 8.0)), maps.amax((2, 3))]
    torch.testing.assert_close(means[0], means[1], rtol=1e-4, atol=1e-5)
    assert all(bool((low <= high * (1 + 1e-4) + 1e-5).all()) for low, high in pairwise(means))


@pytest.mark.parametrize("name", ["average", "maximum", "generalised mean", "attention"])
def test_the_order_of_places_does_not_matter(name: str) -> None:
    module, maps = made(name), maps_of(4)
    order = np.random.default_rng(0).permutation(SIDE * SIDE)
    mixed = maps.reshape(2, CHANNELS, -1)[:, :, order].reshape(maps.shape)
    with torch.no_grad():
        torch.testing.assert_close(module(torch.from_numpy(mixed)), module(torch.from_numpy(maps)))


def test_attention_starts_as_the_average_and_its_places_sum_to_one() -> None:
    from lookalike.nets.pooling import AttentionPooling

    maps = torch.from_numpy(maps_of(5))
    with torch.no_grad():
        torch.testing.assert_close(AttentionPooling(CHANNELS)(maps), maps.mean((2, 3)))
        places = made("attention").places(maps)
    torch.testing.assert_close(places.sum((1, 2, 3)), torch.ones(2))


def test_the_map_of_visual_attention_is_the_one_that_pools() -> None:
    module, maps = made("visual attention"), torch.from_numpy(maps_of(6))
    with torch.no_grad():
        pooled = (maps * module.channels(maps) * module.places(maps)).mean((2, 3))
        torch.testing.assert_close(module(maps), pooled)


def test_generalised_means_of_zeros_and_negatives_stay_finite() -> None:
    module = made("generalised mean")
    maps = torch.full((1, CHANNELS, SIDE, SIDE), -1.0, requires_grad=True)
    row = module(maps)
    row.sum().backward()
    assert bool(torch.isfinite(row).all())
    assert bool(torch.isfinite(maps.grad).all())


def test_impossible_sizes_are_refused() -> None:
    from lookalike.nets.pooling import GeneralisedMeanPooling, VisualAttentionPooling

    with pytest.raises(ValueError, match="power"):
        GeneralisedMeanPooling(0.0)
    with pytest.raises(ValueError, match="odd"):
        VisualAttentionPooling(CHANNELS, kernel_pixels=4)


@pytest.mark.parametrize(("side", "cells"), [(7, 3), (14, 7), (5, 2), (4, 9)])
def test_a_grid_is_the_mean_of_each_cell_in_torch_and_in_onnx(side: int, cells: int) -> None:
    from lookalike.nets.pooling import GridPooling

    module = GridPooling(side, cells)
    maps = np.random.default_rng(side).normal(size=(2, CHANNELS, side, side)).astype(np.float32)
    g = min(cells, side)
    step = side // g
    width = side - (g - 1) * step
    expected = [
        [
            maps[n, c, y * step : y * step + width, x * step : x * step + width].mean()
            for c in range(CHANNELS)
            for y in range(g)
            for x in range(g)
        ]
        for n in range(2)
    ]
    assert np.allclose(module(torch.from_numpy(maps)).numpy(), expected, atol=1e-5)
    written = module.written("maps", "rows")
    graph = helper.make_graph(
        [
            helper.make_node(step.operator, step.inputs, [step.output], **dict(step.attributes))
            for step in written.steps
        ],
        "grid",
        [helper.make_tensor_value_info("maps", TensorProto.FLOAT, maps.shape)],
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    assert np.allclose(session.run(None, {"maps": maps})[0], expected, atol=1e-5)


def test_a_grid_tells_a_picture_from_its_mirror_image() -> None:
    from lookalike.nets.pooling import AveragePooling, GridPooling

    maps = torch.from_numpy(maps_of(3))
    mirrored = maps.flip(3)
    assert torch.allclose(AveragePooling()(maps), AveragePooling()(mirrored), atol=1e-5)
    assert not torch.allclose(GridPooling(SIDE, 3)(maps), GridPooling(SIDE, 3)(mirrored), atol=1e-2)
