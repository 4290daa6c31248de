"""Claims about `lookalike.search.compared`: which colours stand in for those that are not known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.colours import COLOUR_SHARE
from lookalike.search.compared import Compared


def compared(seed: int, n: int, unknown: list[int] | None) -> Compared:
    chance = np.random.default_rng(seed)
    cosines = chance.uniform(-1, 1, n).astype(np.float32)
    alike = None if unknown is None else chance.uniform(-1, 1, n).astype(np.float32)
    if alike is not None:
        alike[[one for one in unknown or [] if one < n]] = np.nan
    return Compared(np.arange(10, 10 + n, dtype=np.int64), cosines, alike)


def mixed(cosines: list[float], alike: list[float] | None, known: list[float]) -> list[float]:
    """By loops: a colour that is not known counts as the mean of `known`."""
    if alike is None or not known:
        return cosines
    filled = [sum(known) / len(known) if one != one else one for one in alike]
    return [(1 - COLOUR_SHARE) * a + COLOUR_SHARE * b for a, b in zip(cosines, filled, strict=True)]


@given(
    seed=st.integers(0, 999),
    n=st.integers(3, 9),
    unknown=st.none() | st.lists(st.integers(0, 8), max_size=9),
    length=st.floats(0.2, 1),
)
def test_similarities_are_those_of_loops(seed: int, n: int, unknown: list[int] | None, length: float):
    found = compared(seed, n, unknown)
    pictures = np.array([10, 12, 99], dtype=np.int64)
    own = [0, 2]
    cosines = found.cosines.tolist()
    alike = None if found.alike is None else found.alike.tolist()
    theirs = None if alike is None else [alike[place] for place in own]
    known = [one for one in theirs or [] if one == one]
    expected = sorted(mixed([cosines[place] for place in own], theirs, known), reverse=True)
    np.testing.assert_allclose(found.similarities(pictures), expected, atol=1e-6)

    everyone = [one for one in alike or [] if one == one]
    scores = mixed(cosines, alike, everyone)
    share = 1.0 if alike is None or not everyone else 1 - COLOUR_SHARE
    looks = sum(share * cosines[place] for place in own) / len(own)
    wanted = looks / length + sum(scores[place] for place in own) / len(own) - looks
    assert found.toward(pictures, length) == pytest.approx(wanted, abs=1e-5)
    assert found.held(pictures).tolist() == [10, 12]
