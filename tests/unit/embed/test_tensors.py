"""Claims about `lookalike.embed.tensors`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lookalike.embed.description import ModelDescription
from lookalike.embed.tensors import declaring_outputs, finite_unit_rows, model_input
from lookalike.errors import ModelDamaged

Describe = Callable[..., ModelDescription]


@pytest.mark.parametrize("layout", ["nhwc_uint8", "nchw_uint8", "nhwc_float32", "nchw_float32"])
def test_input_equals_the_loop_over_pixels(describe: Describe, pictures: np.ndarray, layout: str):
    description = describe(b"", layout=layout)
    preprocessing = dataclasses.replace(description.preprocessing, mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 2.0))
    description = dataclasses.replace(description, preprocessing=preprocessing)
    fed = model_input(pictures, description)
    assert fed.flags.c_contiguous
    n, height, width, _ = pictures.shape
    for i, y, x, c in [(0, 0, 0, 0), (n - 1, height - 1, width - 1, 2), (2, 1, 5, 1), (3, 7, 0, 2)]:
        value = float(pictures[i, y, x, c])
        if layout.endswith("float32"):
            value = (value / 255 - preprocessing.mean[c]) / preprocessing.std[c]
        found = fed[i, y, x, c] if layout.startswith("nhwc") else fed[i, c, y, x]
        assert found == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((1, 8, 9, 3), np.uint8),
        np.zeros((8, 8, 3), np.uint8),
        np.zeros((1, 3, 8, 8), np.uint8),
        np.zeros((1, 8, 8, 3), np.float32),
    ],
)
def test_a_batch_that_was_not_prepared_is_refused(describe: Describe, batch: np.ndarray):
    with pytest.raises(ValueError, match=r"takes uint8 pictures of shape \(n, 8, 8, 3\)"):
        model_input(batch, describe(b""))


@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(0, 6), st.just(5)),
        elements=st.floats(-(2.0**60), 2.0**60, width=32).filter(lambda value: abs(value) > 1e-18),
    )
)
def test_rows_have_length_one_and_keep_their_direction(rows: np.ndarray):
    description = describe_five()
    unit = finite_unit_rows(rows, description)
    assert unit.dtype == np.float32
    assert unit.shape == rows.shape
    for row, found in zip(rows.astype(np.float64), unit, strict=True):
        np.testing.assert_allclose(found, row / np.sqrt(np.sum(row**2)), rtol=1e-5, atol=1e-7)


def describe_five() -> ModelDescription:
    from lookalike.images.preprocessing import Preprocessing

    return ModelDescription("five", "1", 5, Preprocessing(size_pixels=8), "0" * 64, "Apache-2.0", "a test")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
def test_rows_that_have_no_direction_are_an_error_that_names_the_picture(value: float):
    rows = np.ones((3, 5), np.float32)
    rows[1] = value
    with pytest.raises(ModelDamaged, match="picture 1 of 3"):
        finite_unit_rows(rows, describe_five())


@pytest.mark.parametrize("shape", [(2, 4), (2,), (2, 5, 1)])
def test_rows_of_another_length_are_an_error(shape: tuple[int, ...]):
    with pytest.raises(ModelDamaged, match=r"expected vectors of shape \(n, 5\)"):
        finite_unit_rows(np.ones(shape, np.float32), describe_five())


@pytest.mark.parametrize("name", ["pooled", "x" * 200])
def test_declared_outputs_are_those_of_a_valid_model_that_is_otherwise_the_same(
    tiny_model: Callable[..., bytes], name: str
):
    model = tiny_model()
    merged = onnx.load_model_from_string(declaring_outputs(model, [name, "weight"]))
    before = onnx.load_model_from_string(model)
    assert [output.name for output in merged.graph.output] == ["embedding", name, "weight"]
    del merged.graph.output[1:]
    assert merged == before
