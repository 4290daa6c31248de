"""The id of a shared list says all of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.people.trial import MOST_DRAFTED, Trial, whole_lists
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


def test_places_beyond_the_longest_shared_list_are_not_in_the_id() -> None:
    made = Trial("live", "rules=off", ("a",) * MOST_DRAFTED + (None,) * 20, "n", offset=MOST_DRAFTED)
    assert made.as_dict()["teams"] == [None] * 20
    assert made.query == "trial.live.rules=off." + "a" * MOST_DRAFTED + ".n"


few = st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=3).map(tuple)


@given(st.lists(st.tuples(st.sampled_from("xy"), few, st.sampled_from("mn")), max_size=12))
def test_each_list_is_the_head_of_one_that_is_the_head_of_no_other(drawn: list[tuple]) -> None:
    lists = [Trial("live", *one) for one in drawn]

    def begins(one: Trial, other: Trial) -> bool:
        return (one.b, one.nonce) == (other.b, other.nonce) and other.teams[: len(one.teams)] == one.teams

    found = whole_lists(lists)
    assert set(found) == {one.query for one in lists}
    assert whole_lists(reversed(lists)) == found
    for one in lists:
        whole = found[one.query]
        assert whole in lists
        assert begins(one, whole)
        assert not any(begins(whole, other) for other in lists if other.query != whole.query)
