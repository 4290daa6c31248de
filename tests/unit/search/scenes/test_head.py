"""Claims about `lookalike.search.scenes.head`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.embed.opening import describe_model
from lookalike.search.scenes.head import MAPS, ObjectHead, convolved, packaged_heads


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 6), st.sampled_from([1, 2, 4]))
def test_convolution_equals_the_loop(seed: int, rows: int, columns: int, dilation: int):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((rows, columns, 2)).astype(np.float32)
    kernel = rng.standard_normal((3, 2, 3, 3)).astype(np.float32)
    expected = np.zeros((rows, columns, 3))
    for place in np.ndindex(3, 2, rows, columns, 3, 3):
        out, channel, row, column, i, j = place
        down, across = row + (i - 1) * dilation, column + (j - 1) * dilation
        if 0 <= down < rows and 0 <= across < columns:
            expected[row, column, out] += kernel[out, channel, i, j] * values[down, across, channel]
    np.testing.assert_allclose(convolved(values, kernel, dilation), expected, atol=1e-4)


def small_head(seed: int = 0) -> ObjectHead:
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.3).astype(np.float32)

    return ObjectHead(
        weights(4, 5), weights(4, 3), weights(4, 8), weights(4), weights(3, 4, 4, 3, 3), weights(3, 4),
        weights(5, 4), weights(5), "0" * 64,
    )  # fmt: skip


def test_boxes_equal_the_loop_over_cells():
    head, rng = small_head(), np.random.default_rng(1)
    maps = {
        "features": rng.standard_normal((1, 5, 2, 3)).astype(np.float32),
        "stage14": rng.standard_normal((1, 3, 4, 6)).astype(np.float32),
        "stage28": rng.standard_normal((1, 2, 8, 12)).astype(np.float32),
    }
    hidden = np.zeros((4, 6, 4))
    for row, column in np.ndindex(4, 6):
        block = maps["stage28"][0][:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].reshape(-1)
        linear = head.from_features @ maps["features"][0][:, row // 2, column // 2]
        linear = linear + head.from_stage14 @ maps["stage14"][0][:, row, column] + head.from_stage28 @ block
        hidden[row, column] = np.maximum(linear + head.bias, 0)
    for kernel, bias, dilation in zip(head.kernels, head.kernel_biases, (1, 2, 4), strict=True):
        hidden = hidden + np.maximum(convolved(hidden.astype(np.float32), kernel, dilation) + bias, 0)
    boxes, scores = head.boxes(maps)
    for place, (row, column) in enumerate(np.ndindex(4, 6)):
        found = head.out @ hidden[row, column] + head.out_bias
        left, upper, right, lower = np.exp(np.clip(found[1:], -3, 4))
        x, y = column + 0.5, row + 0.5
        np.testing.assert_allclose(boxes[place], [x - left, y - upper, x + right, y + lower], rtol=1e-4, atol=1e-4)
        assert scores[place] == pytest.approx(1 / (1 + np.exp(-found[0])), abs=1e-5)


def test_the_packaged_heads_go_with_the_packaged_model():
    description = describe_model()
    assert [head.weights_sha256 for head in packaged_heads()] == [description.weights_sha256] * 2
    assert set(MAPS) <= set(description.features)


def test_products_are_so_small_that_blas_does_each_in_the_thread_that_asks(monkeypatch: pytest.MonkeyPatch):
    sizes: list[int] = []
    product = np.matmul

    def counted(left: np.ndarray, right: np.ndarray, out: np.ndarray) -> np.ndarray:
        sizes.append(left.size * right.shape[1])
        return product(left, right, out=out)

    head, rng = packaged_heads()[0], np.random.default_rng(2)
    maps = {
        "features": rng.standard_normal((1, 1280, 9, 7)).astype(np.float32),
        "stage14": rng.standard_normal((1, 112, 18, 14)).astype(np.float32),
        "stage28": rng.standard_normal((1, 40, 36, 28)).astype(np.float32),
    }
    expected = head.boxes(maps)
    monkeypatch.setattr(np, "matmul", counted)
    boxes, scores = head.boxes(maps)
    assert max(sizes) <= 2**18
    np.testing.assert_array_equal(boxes, expected[0])
    np.testing.assert_array_equal(scores, expected[1])
