"""What a view is worth agrees with running the search for every choice of views."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.health.views import chance_of_first


@given(st.integers(1, 7), st.data())
def test_the_chance_is_the_share_of_choices_that_hold_a_better_view(n_views: int, data: st.DataObject) -> None:
    n_better = data.draw(st.integers(0, n_views))
    chosen = data.draw(st.integers(1, n_views))
    choices = list(combinations(range(n_views), chosen))
    right = sum(any(view < n_better for view in choice) for choice in choices)
    assert chance_of_first(n_views, n_better, chosen) == pytest.approx(right / len(choices))


@pytest.mark.parametrize(("n_views", "n_better", "chosen"), [(2, 3, 1), (2, 1, 0), (2, 1, 3), (2, -1, 1)])
def test_what_cannot_be_chosen_is_refused(n_views: int, n_better: int, chosen: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        chance_of_first(n_views, n_better, chosen)
