"""Claims about `lookalike.search.recent`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.recent import Recent


@given(st.integers(1, 4), st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=40))
def test_it_holds_what_was_used_last_and_nothing_else(most: int, steps: list[tuple[bool, int]]):
    recent: Recent[int, int] = Recent(most)
    used: list[tuple[int, int]] = []
    for number, (puts, key) in enumerate(steps):
        if puts:
            recent.put(key, number)
            used = [*(one for one in used if one[0] != key), (key, number)][-most:]
        else:
            expected = dict(used).get(key)
            assert recent.get(key) == expected
            if expected is not None:
                used = [*(one for one in used if one[0] != key), (key, expected)]


def test_room_for_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Recent(0)
