"""Colours of what a picture shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.images import colouring
from lookalike.images.colouring import (
    COLOURING_BYTES,
    colour_counts,
    colouring_of,
    pack_colouring,
    stored_colouring,
    unpack_colourings,
)
from lookalike.types import Pixels

RED, BLUE, GREEN, WHITE, GREY = (190, 30, 40), (40, 60, 180), (40, 140, 60), (245, 245, 245), (120, 120, 120)


def thing(colour: tuple[int, int, int], ground: tuple[int, int, int] = WHITE, side: int = 96) -> Pixels:
    picture = np.full((side, side, 3), ground, np.uint8)
    picture[side // 4 : -side // 4, side // 4 : -side // 4] = colour
    return picture


def alike(one: Pixels, other: Pixels) -> float:
    return float(colouring_of(one) @ colouring_of(other))


def test_the_same_colour_is_nearer_than_another_before_whatever_ground() -> None:
    for ground in (WHITE, GREY):
        same = alike(thing(RED), thing(RED, ground))
        assert same > alike(thing(RED), thing(BLUE, ground)) + 0.3
        assert same > alike(thing(RED), thing(GREEN, ground)) + 0.3


def test_dimmer_and_warmer_light_changes_little() -> None:
    picture = thing(BLUE)
    warm = np.clip(picture * np.array([0.9, 0.75, 0.6]), 0, 255).astype(np.uint8)
    assert alike(picture, warm) > alike(thing(RED), warm) + 0.3
    assert alike(picture, warm) > 0.5


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_any_picture_gives_a_finite_unit_vector_of_shares(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    counts = colour_counts(picture)
    assert counts.shape == (245,)
    assert float(counts.sum()) == pytest.approx(1, abs=1e-4)
    assert (counts >= 0).all()
    vector = colouring_of(picture)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("value", [0, 255])
def test_a_blank_picture_has_colours_too(value: int) -> None:
    assert np.isfinite(colouring_of(np.full((8, 8, 3), value, np.uint8))).all()


def test_counts_are_those_of_a_loop_over_pixels() -> None:
    lab = np.random.default_rng(2).uniform([0, -80, -80], [100, 80, 80], (40, 3)).astype(np.float32)
    shares = np.random.default_rng(3).dirichlet(np.ones(40)).astype(np.float32)
    expected = np.zeros((5, 7, 7))
    for (lightness, a, b), share in zip(lab.tolist(), shares.tolist(), strict=True):
        places = []
        for value, n in (
            (lightness / 100, 5),
            *(((np.sign(t) * np.sqrt(min(abs(t) / 60, 1)) + 1) / 2, 7) for t in (a, b)),
        ):
            place = min(max(value * (n - 1), 0), n - 1 - 1e-4)
            places.append((int(place), place - int(place)))
        for l_up in (0, 1):
            for a_up in (0, 1):
                for b_up in (0, 1):
                    part = share
                    for up, (_, rest) in zip((l_up, a_up, b_up), places, strict=True):
                        part *= rest if up else 1 - rest
                    expected[places[0][0] + l_up, places[1][0] + a_up, places[2][0] + b_up] += part
    np.testing.assert_allclose(colouring._counts(lab, shares), expected.ravel(), atol=1e-5)


def test_the_store_rounds_little_and_the_same_way_twice() -> None:
    vector = colouring_of(thing(GREEN))
    packed = pack_colouring(vector)
    assert len(packed) == COLOURING_BYTES == len(vector)
    (again,) = unpack_colourings([packed])
    assert float(again @ vector) > 0.999
    np.testing.assert_array_equal(again, stored_colouring(thing(GREEN)))


def test_bytes_of_another_length_say_nothing() -> None:
    assert not unpack_colourings([b"abc"]).any()
    assert unpack_colourings([]).shape == (0, COLOURING_BYTES)
