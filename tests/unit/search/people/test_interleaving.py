"""Two rankings share a list fairly, and clicks say which is better."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.people.interleaving import Draft, credit, draft

ranking = st.lists(st.sampled_from([f"p{n}" for n in range(12)]), max_size=12, unique=True)


@given(ranking, ranking, st.integers(0, 15), st.integers(0, 2**32 - 1))
def test_a_draft_shows_each_item_once_and_each_team_its_best(a: list[str], b: list[str], k: int, seed: int) -> None:
    made = draft(a, b, k, np.random.default_rng(seed))
    assert len(made.items) == min(k, len({*a, *b}))
    for place, (item, team) in enumerate(zip(made.items, made.teams, strict=True)):
        own = a if team == "a" else b
        assert item == next(one for one in own if one not in made.items[:place])
    both = min(len(a), len(b))
    if k <= both and not set(a) & set(b):
        assert abs(made.teams.count("a") - made.teams.count("b")) <= 1


def test_equal_rankings_are_credited_alike() -> None:
    generator = np.random.default_rng(3)
    items = [f"p{n}" for n in range(10)]
    drafts = {str(n): draft(items, items, 10, generator) for n in range(2_000)}
    clicks = {name: [items[min(9, int(generator.geometric(0.4)) - 1)]] for name in drafts if generator.random() < 0.8}
    clicks = {name: [item for item in chosen if item in items] for name, chosen in clicks.items()}
    found = credit(drafts, clicks)
    assert found.low < 0.5 < found.high
    assert found.p_value > 0.01


def test_the_better_ranking_wins() -> None:
    generator = np.random.default_rng(4)
    good, bad = [f"p{n}" for n in range(10)], [f"p{n}" for n in reversed(range(10))]
    drafts = {str(n): draft(good, bad, 10, generator) for n in range(300)}
    found = credit(drafts, {name: ["p0", "p1"] for name in drafts})
    assert found.preference > 0.5
    assert found.low > 0.5
    assert found.p_value < 1e-6


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_sign_test_is_the_binomial_tail(wins: int, losses: int, ties: int) -> None:
    shown = Draft(("x", "y"), ("a", "b"))
    drafts = {f"q{n}": shown for n in range(wins + losses + ties)}
    chosen = {f"q{n}": ["x"] if n < wins else ["y"] for n in range(wins + losses)}
    found = credit(drafts, chosen)
    n = wins + losses
    tail = sum(math.comb(n, i) for i in range(max(wins, losses), n + 1)) / 2**n
    assert found.p_value == pytest.approx(min(1.0, 2 * tail) if n else 1.0)
    assert (found.a, found.b, found.ties) == (wins, losses, ties)
    assert found.low <= found.preference <= found.high
