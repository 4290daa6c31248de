"""A way of answering is written, read, and changes a question."""

from __future__ import annotations

import pytest

from lookalike.errors import InvalidQuery
from lookalike.search.people.way import Way, parse_way
from lookalike.search.query import Query
from lookalike.search.rank.ranking import Ranking


@pytest.mark.parametrize(
    "text", ["live", "rerank=dba", "diverse=0.3", "rerank=off,personal=off", "rules=on", "rerank=dba,release=r2"]
)
def test_a_way_is_written_as_it_is_read(text: str) -> None:
    assert parse_way(text).name == text


@pytest.mark.parametrize(
    "text",
    ["", "fast", "rerank", "rerank=", "rerank=best", "diverse=2", "diverse=nan", "personal=maybe", "k=3",
     "rules=off,rules=on", "release=" + "r" * 60],
)  # fmt: skip
def test_what_names_no_way_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_way(text)


@pytest.mark.parametrize("text", ["live", "rerank=auto", "rerank=dba", "personal=on,rules=on", "diverse=0,release=r1"])
def test_a_way_that_says_what_is_done_anyhow_is_the_live_one(text: str) -> None:
    live = Way("dba", 0.0, personal=True, rules=True, release="r1")
    assert parse_way(text).within(live) == live


@pytest.mark.parametrize("text", ["rerank=off", "diverse=0.1", "personal=off", "rules=off", "release=r2"])
def test_a_way_that_does_one_thing_otherwise_is_another_than_the_live_one(text: str) -> None:
    live = Way("dba", 0.0, personal=True, rules=True, release="r1")
    done = parse_way(text).within(live)
    assert done != live
    assert done.within(live) == done


def test_a_way_changes_what_it_names_and_nothing_else() -> None:
    asked = Query(text="mug", k=3, ranking=Ranking(diverse=0.2, instead=False))
    assert Way().of(asked).ranking == asked.ranking
    changed = parse_way("rerank=dba,rules=off").of(asked)
    assert changed.ranking == Ranking(rerank="dba", diverse=0.2, rules=False, instead=False)
    assert (changed.text, changed.k) == ("mug", 3)
