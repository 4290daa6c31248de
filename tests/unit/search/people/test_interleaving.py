"""Two rankings share a list fairly, and clicks say which is better."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.people.interleaving import Credit, Draft, credit, draft

ranking = st.lists(st.sampled_from([f"p{n}" for n in range(12)]), max_size=12, unique=True)


def draft_of_the_paper(a: list[str], b: list[str], k: int, seed: int) -> tuple[list[str], list[str | None]]:
    """As Radlinski et al. write it down, behind the head that both have; one step at a time."""
    generator = np.random.default_rng(seed)
    head = 0
    while head < min(len(a), len(b), k) and a[head] == b[head]:
        head += 1
    items: list[str] = a[:head]
    teams: list[str | None] = [None] * head
    while len(items) < k and {*a, *b} - {*items}:
        a_first = generator.random() < 0.5
        for side, own in (("a", a), ("b", b)) if a_first else (("b", b), ("a", a)):
            left = [item for item in own if item not in items]
            if left and len(items) < k:
                items.append(left[0])
                teams.append(side)
    return items, teams


@given(ranking, ranking, st.integers(0, 15), st.integers(0, 2**32 - 1))
def test_a_draft_is_that_of_the_paper_behind_the_common_head(a: list[str], b: list[str], k: int, seed: int) -> None:
    made = draft(a, b, k, np.random.default_rng(seed))
    items, teams = draft_of_the_paper(a, b, k, seed)
    assert (list(made.items), list(made.teams)) == (items, teams)
    assert len(made.items) == min(k, len({*a, *b}))
    both = min(len(a), len(b))
    if k <= both and not set(a) & set(b):
        assert abs(made.teams.count("a") - made.teams.count("b")) <= 1


@given(ranking, ranking, st.integers(0, 15), st.integers(0, 15), st.integers(0, 2**32 - 1))
def test_a_longer_draft_of_the_same_coins_begins_with_the_shorter(
    a: list[str], b: list[str], k: int, more: int, seed: int
) -> None:
    short = draft(a[:k], b[:k], k, np.random.default_rng(seed))
    long = draft(a, b, k + more, np.random.default_rng(seed))
    assert long.items[: len(short.items)] == short.items
    assert long.teams[: len(short.teams)] == short.teams


def test_rankings_that_agree_belong_to_nobody() -> None:
    items = [f"p{n}" for n in range(10)]
    drafts = {str(n): draft(items, items, 10, np.random.default_rng(n)) for n in range(20)}
    assert all(set(one.teams) == {None} for one in drafts.values())
    found = credit(drafts, {name: ["p0", "p3"] for name in drafts})
    assert (found.a, found.b, found.ties, found.p_value, found.p_any_time) == (0, 0, 20, 1.0, 1.0)


def test_a_ranking_and_its_neighbour_are_told_apart_in_few_of_many_trials() -> None:
    """Two rankers of the same worth: each puts what people want at a place of its own, drawn alike."""
    generator = np.random.default_rng(5)
    once, ever, n_trials = 0, 0, 200
    for _ in range(n_trials):
        drafts: dict[str, Draft] = {}
        clicks: dict[str, list[str]] = {}
        passed = False
        for question in range(60):
            a, b = ([f"p{n}" for n in generator.permutation(8)] for _ in "ab")
            shown = drafts[str(question)] = draft(a, b, 6, generator)
            looked = shown.items[: int(generator.integers(1, 7))]  # people look from above and stop somewhere
            clicks[str(question)] = [item for item in looked if item in ("p0", "p1")]
            if question % 5 == 4:
                passed |= credit(drafts, clicks).p_any_time <= 0.05
        once += credit(drafts, clicks).p_value <= 0.05
        ever += passed
    assert 0 < once <= 0.08 * n_trials
    assert ever <= 0.05 * n_trials


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
    # The mean over all coins of how much better each explains it than a fair one: Beta(w + 1, l + 1), exactly.
    better = Fraction(2**n * math.factorial(wins) * math.factorial(losses), math.factorial(n + 1))
    assert found.p_any_time == pytest.approx(min(1.0, float(1 / better)))
    assert found.low <= found.preference <= found.high


def test_looking_at_every_question_finds_a_difference_where_there_is_none_in_at_most_one_of_twenty() -> None:
    """Exactly, over all fair coins of 150 questions: how likely is it that the p-value for any time ever passes?"""
    still, passed = {0: 1.0}, 0.0
    for n in range(1, 151):
        after: dict[int, float] = {}
        for wins, chance in still.items():
            for gained in (0, 1):
                after[wins + gained] = after.get(wins + gained, 0.0) + chance / 2
        gone = [wins for wins in after if Credit.of(wins, n - wins, 0).p_any_time <= 0.05]
        passed += sum(after.pop(wins) for wins in gone)
        still = after
    assert 0.01 < passed <= 0.05
