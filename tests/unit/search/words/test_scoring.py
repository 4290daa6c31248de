"""A match of fields, between nothing and all of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.attributes import BETWEEN_TITLES
from lookalike.catalog.full_text import Said
from lookalike.search.words.scoring import score
from lookalike.search.words.terms import Term

TOKENS = st.lists(st.sampled_from(["red", "mug", "tea", "pot", "cup"]), max_size=4).map(tuple)


def term(token: str, quality: float = 1.0, weight: float = 1.0) -> Term:
    return Term(token, {token: quality}, weight)


def test_a_title_that_says_all_and_nothing_else_scores_one() -> None:
    assert score([term("red"), term("mug")], Said(("red", "mug"), (), (), ())) == 1.0
    assert score([term("red")], Said(("mug",), (), (), ())) == 0.0
    assert score([], Said(("mug",), (), (), ())) == 0.0


def test_title_counts_more_than_attributes_and_those_more_than_description() -> None:
    asked = [term("red")]
    title, attribute, description = (
        score(asked, Said(("red",), (), (), ())),
        score(asked, Said((), (), ("red",), ())),
        score(asked, Said((), ("red",), (), ())),
    )
    assert title > attribute > description > 0


def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    asked = [term("red", weight=0.5), term("mug", weight=3.0)]
    assert score(asked, Said(("mug",), (), (), ())) > score(asked, Said(("red",), (), (), ()))


@given(st.lists(st.sampled_from(["red", "mug", "tea"]), min_size=1, max_size=3), TOKENS, TOKENS, TOKENS)
def test_scores_stay_in_bounds_and_do_not_depend_on_the_order_of_terms(
    asked: list[str], title: tuple[str, ...], description: tuple[str, ...], attributes: tuple[str, ...]
) -> None:
    said = Said(title, description, attributes, ())
    found = score([term(word) for word in asked], said)
    assert 0.0 <= found <= 1.0
    assert abs(found - score([term(word) for word in reversed(asked)], said)) < 1e-9


def test_the_title_of_one_language_is_said_whole_whatever_those_of_others_say() -> None:
    titles = Said(("robot", "vacuum", BETWEEN_TITLES, "saugroboter"), (), (), ())
    longer = Said(("robot", "vacuum", "pro", BETWEEN_TITLES, "saugroboter", "pro"), (), (), ())
    assert score([term("saugroboter")], titles) == 1.0
    assert score([term("robot"), term("vacuum")], titles) == 1.0
    assert score([term("saugroboter")], longer) < 1.0
