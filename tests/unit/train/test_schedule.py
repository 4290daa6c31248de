"""Claims about `lookalike.train.schedule`: rates rise, then fall, and end where they should."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.train.config import ScheduleConfig
from lookalike.train.schedule import rate_share


@given(st.integers(1, 500), st.floats(0, 0.9), st.floats(0, 1))
def test_shares_rise_to_one_and_fall_to_the_last(n_steps: int, warm_up: float, final: float) -> None:
    config = ScheduleConfig(warm_up=warm_up, final_share=final)
    shares = [rate_share(step, n_steps, config) for step in range(n_steps)]
    top = shares.index(max(shares))
    assert all(a <= b + 1e-12 for a, b in pairwise(shares[: top + 1]))
    assert all(a >= b - 1e-12 for a, b in pairwise(shares[top:]))
    assert 0 < max(shares) <= 1.0 + 1e-12
    assert rate_share(n_steps + 5, n_steps, config) == rate_share(10 * n_steps + 50, n_steps, config)


def test_a_hand_worked_case() -> None:
    config = ScheduleConfig(warm_up=0.4, final_share=0.2)
    shares = [rate_share(step, 5, config) for step in range(5)]
    assert shares == pytest.approx([0.5, 1.0, 1.0, 0.6, 0.2])
