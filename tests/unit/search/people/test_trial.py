"""The id of a shared list says all of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.people.trial import MOST_DRAFTED, Trial
from lookalike.search.people.way import LONGEST_NAME
from lookalike.sources.event import LONGEST_ID

names = st.text("abz=,.-%09", min_size=1, max_size=20)
teams = st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=MOST_DRAFTED).map(tuple)


@given(names, names, teams, st.none() | st.integers(0, 999))
def test_an_id_gives_back_what_it_was_made_of(a: str, b: str, shown: tuple, number: int | None) -> None:
    made = Trial(a, b, shown, "0123456789abcdef", number)
    assert Trial.read(made.query) == made


def test_the_longest_id_fits_into_an_event() -> None:
    name = "rerank=k-reciprocal,personal=off,release=".ljust(LONGEST_NAME, "r")
    made = Trial(name, name, ("a",) * MOST_DRAFTED, "0123456789abcdef", 99_999)
    assert len(made.query) <= LONGEST_ID


@pytest.mark.parametrize(
    "query", ["", "trial", "f3a9", "trial.a.b..x", "trial.a.b.abc.x", "trial.a.b.ab.x.one", "trial.a.b.ab.x.1.2"]
)
def test_what_is_no_such_id_tells_of_no_list(query: str) -> None:
    assert Trial.read(query) is None


def test_teams_are_told_of_the_hits_of_the_page() -> None:
    made = Trial("live", "rules=off", (None, "a", "b", "b"), "n", offset=2)
    assert made.as_dict()["teams"] == ["b", "b"]
    assert made.query == "trial.live.rules=off.-abb.n"
