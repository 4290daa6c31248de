"""Distinct keys are those of `numpy.unique`."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.distinct import distinct


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5), max_size=50))
def test_they_are_those_of_numpy(numbers: list[int]) -> None:
    keys = np.array(numbers, dtype=np.int64)
    before = keys.copy()
    found = distinct(keys)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, np.unique(keys))
    np.testing.assert_array_equal(keys, before)
