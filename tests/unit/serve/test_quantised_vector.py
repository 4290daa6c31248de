from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lookalike.errors import FingerprintMismatch, InvalidQuery
from lookalike.images.colouring import COLOURING_BYTES, COLOURING_FIT, unpack_colourings
from lookalike.serve.quantised_vector import quantise, restore

FINGERPRINT = "0123456789abcdef" * 4


@given(arrays(np.float32, st.integers(2, 512), elements=st.floats(-1, 1, width=16)))
def test_the_direction_survives(vector):
    length = float(np.linalg.norm(vector))
    if length < 1e-3:
        return
    unit = (vector / np.float32(length)).astype(np.float32)
    back, colouring = restore(quantise(unit, FINGERPRINT), FINGERPRINT, len(unit))
    assert colouring is None
    assert back.dtype == np.float32
    assert abs(float(np.linalg.norm(back)) - 1) < 1e-5
    # The error of each of d steps is at most half of one in 127 of the largest, so the angle is bounded.
    bound = np.sqrt(len(unit)) * 0.5 / 127
    assert float(back @ unit) > 1 - bound**2


def test_a_typical_vector_of_256_dimensions_keeps_four_nines_in_353_characters():
    generator = np.random.default_rng(5)
    vectors = generator.normal(size=(200, 256)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for vector in vectors:
        text = quantise(vector, FINGERPRINT)
        assert len(text) == 353
        assert float(restore(text, FINGERPRINT, 256)[0] @ vector) > 0.9999


def test_the_text_needs_no_escaping_in_an_address():
    text = quantise(np.linspace(-1, 1, 256, dtype=np.float32), FINGERPRINT)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_vector_of_another_model_is_refused():
    text = quantise(np.ones(4, np.float32), "ffff" * 16)
    with pytest.raises(FingerprintMismatch, match="photograph again"):
        restore(text, FINGERPRINT, 4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must look like"),
        ("2.01234567.AAAA", "must look like"),
        ("1..AAAA", "must look like"),
        ("1.01234567.", "must look like"),
        ("1.01234567.A A", "base64url"),
        ("1.01234567.é", "base64url"),
        ("1.01234567.AAA", "4 dimensions"),
        ("1.01234567.AAAAAA", "no direction"),
        ("1.01234567.AQEBAQ.2.AAAA", "colours of a vector"),
    ],
)
def test_other_text_is_refused(text, says):
    with pytest.raises(InvalidQuery, match=says):
        restore(text, FINGERPRINT, 4)


def test_the_colours_go_with_it():
    colours = unpack_colourings([bytes(range(COLOURING_BYTES))])[0]
    vector, back = restore(quantise(np.ones(4, np.float32), FINGERPRINT, colours), FINGERPRINT, 4)
    assert vector == pytest.approx(np.full(4, 0.5))
    assert float(back @ colours) > 0.999


def test_colours_of_another_fit_are_left_out():
    colours = unpack_colourings([bytes(range(COLOURING_BYTES))])[0]
    text = quantise(np.ones(4, np.float32), FINGERPRINT, colours)
    start, fit, packed = text.rsplit(".", 2)
    assert fit == str(COLOURING_FIT)
    for other in (f"{start}.{COLOURING_FIT + 1}.{packed}", f"{start}.{packed}", f"{start}.1.AAAA"):
        vector, back = restore(other, FINGERPRINT, 4)
        assert vector == pytest.approx(np.full(4, 0.5))
        assert back is None


def test_a_zero_vector_can_be_written_down():
    assert quantise(np.zeros(4, np.float32), FINGERPRINT) == "1.01234567.AAAAAA"
