"""Claims about `lookalike.probe.gradients`."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.nets import open_net
from lookalike.probe import gradient_map

torch = pytest.importorskip("torch", reason="torch is not installed (`make test-train` installs the extra `train`)")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def net():
    return open_net()


@pytest.fixture
def square() -> np.ndarray:
    """A square with a textured patch in its upper left quarter, and grey elsewhere."""
    pixels = np.full((224, 224, 3), 128, np.uint8)
    pixels[16:112, 16:112] = np.random.default_rng(3).integers(0, 256, (96, 96, 3))
    return pixels


@pytest.fixture
def vector(net) -> np.ndarray:
    other = np.random.default_rng(4).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    with torch.no_grad():
        return net(torch.from_numpy(other))[0].numpy()


def by_loops(net, square: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The same by the formula: a mean, an affine map, and the unit vector of each head; no automatic derivatives."""
    with torch.no_grad():
        maps = net.tensors(torch.from_numpy(square[None]), ["features"])["features"][0].double().numpy()
    matrix = net.projection.weight.detach().double().numpy()
    offset = net.projection.bias.detach().double().numpy()
    projected = matrix @ maps.mean((1, 2)) + offset
    slopes: list[np.ndarray] = []
    for size, share in net.description.heads:
        start = sum(len(one) for one in slopes)
        own, part = projected[start : start + size], vector[start : start + size]
        length = np.sqrt((own**2).sum())
        unit = own / length
        slopes.append(share**0.5 * (part - (part @ unit) * unit) / length)
    slope_of_projected = np.concatenate(slopes)
    result = np.zeros(maps.shape[1:])
    for channel in range(len(maps)):
        weight = (matrix[:, channel] @ slope_of_projected) / 49
        for row in range(7):
            for column in range(7):
                result[row, column] += weight * maps[channel, row, column]
    return result


def test_the_map_equals_the_formula_by_loops(net, square: np.ndarray, vector: np.ndarray) -> None:
    expected = by_loops(net, square, vector)
    found = gradient_map(net, square, vector, signed=True)
    assert found.shape == (7, 7)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(gradient_map(net, square, vector), np.maximum(expected, 0), atol=1e-5)


def test_frozen_weights_change_nothing_and_leave_no_gradient(net, square: np.ndarray, vector: np.ndarray) -> None:
    free = gradient_map(net, square, vector)
    frozen = open_net()
    frozen.requires_grad_(False)
    np.testing.assert_array_equal(gradient_map(frozen, square, vector), free)
    assert all(value.grad is None for value in net.parameters())


@pytest.mark.parametrize(("tensor", "side"), [("stage14", 14), ("stage28", 28)])
def test_an_earlier_map_gives_a_finer_answer(
    net, square: np.ndarray, vector: np.ndarray, tensor: str, side: int
) -> None:
    found = gradient_map(net, square, vector, tensor=tensor)
    assert found.shape == (side, side)
    assert (found >= 0).all()
    assert found.max() > 0


def test_what_is_no_map_is_refused(net, square: np.ndarray, vector: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected a map"):
        gradient_map(net, square, vector, tensor="pooled")
    with pytest.raises(ValueError, match="cannot be computed"):
        gradient_map(net, square, vector, tensor="no such tensor")
