"""Claims about `lookalike.evaluate.ruling`: the same questions with the shop's rules and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lookalike.errors import NotFound, SourceError
from lookalike.evaluate.questions import Question, Questions
from lookalike.evaluate.ruling import measure_rules
from lookalike.search.answer import Answer
from lookalike.search.rank.ranking import Ranking
from lookalike.search.rank.rules import RuleBook, ShopRule
from lookalike.types import Hit, Hits, ImageKey, ProductId, ReleaseId

BOOK = RuleBook((ShopRule("own brand", "boost", products=("a",)),))


class Scripted:
    """Answers each product's question from two tables: the order with the rules, and without them."""

    def __init__(self, plain: dict[str, str], ruled: dict[str, str]) -> None:
        self.tables = {False: plain, True: ruled}
        self.asked: list[tuple[str, bool]] = []

    def search(self, image=None, *, text=None, audio=None, like=None, k=10, offset=0, by="product", ranking=None):
        ranking = Ranking() if ranking is None else ranking
        self.asked.append((like, ranking.rules))
        found = self.tables[ranking.rules].get(like)
        if found is None:
            raise NotFound(f"there is no product {like!r}")
        hits = tuple(
            Hit(ProductId(one), None, f"{one}.jpg", ImageKey(number), None, 0.9 - number / 100, {})
            for number, one in enumerate(found[offset : offset + k])
        )
        return Answer(Hits(hits, "product"), True, None, ReleaseId("r"), {}, offset, None, None)


def asking(*rows: tuple[str, str]) -> Questions:
    return Questions(
        tuple(
            Question(None, ProductId(like), frozenset(answers), like, line)
            for line, (like, answers) in enumerate(rows, start=2)
        ),
        (),
    )


def test_what_rules_cost_is_the_mean_over_questions_of_what_each_loses():
    searches = Scripted({"x": "bacd", "y": "cabd", "z": "dabc"}, {"x": "abcd", "y": "acbd", "z": "dabc"})
    cost = measure_rules(searches, asking(("x", "b"), ("y", "c"), ("z", "d")), BOOK, by="product", golden="mine")
    ranks = {"without": [1, 1, 1], "with": [2, 2, 1]}
    for name, measured in (("without", cost.without), ("with", cost.with_rules)):
        assert measured["recall@1"].value == pytest.approx(np.mean([rank == 1 for rank in ranks[name]]))
    gains = [1 / np.log2(1 + rank) for rank in ranks["with"]]
    assert cost.differences["ndcg@10"].difference.value == pytest.approx(np.mean(gains) - 1.0)
    assert cost.touched == pytest.approx(2 / 3)
    assert (cost.n_queries, cost.golden, cost.rules) == (3, "mine", BOOK)


def test_every_question_is_asked_once_with_the_rules_and_once_without():
    searches = Scripted({"x": "ab", "y": "ba"}, {"x": "ab", "y": "ba"})
    cost = measure_rules(searches, asking(("x", "a"), ("y", "b")), BOOK, by="product", golden="mine")
    assert sorted(searches.asked) == [("x", False), ("x", True), ("y", False), ("y", True)]
    assert cost.touched == 0
    assert all(one.difference.value == 0 for one in cost.differences.values())


def test_what_cannot_be_asked_is_told_and_not_counted():
    searches = Scripted({"x": "ab"}, {"x": "ba"})
    cost = measure_rules(searches, asking(("x", "a"), ("gone", "b")), BOOK, by="product", golden="mine")
    assert cost.n_queries == 1
    assert [one.image for one in cost.rejected] == ["gone"]
    document = cost.as_dict()
    assert document["queries"] == 1
    assert document["touched"] == 1.0
    assert document["golden"] == "mine"


def test_nothing_to_ask_is_an_error():
    with pytest.raises(SourceError, match="no question could be asked: 1 rejected"):
        measure_rules(Scripted({}, {}), asking(("gone", "a")), BOOK, by="product", golden="mine")


def test_pictures_that_a_question_was_made_from_are_left_out_of_both_rounds(tmp_path: Path):
    picture = tmp_path / "query.jpg"
    seen: list[bool] = []

    class Pictures(Scripted):
        def search(self, image=None, *, ranking=None, **given):
            seen.append((Ranking() if ranking is None else ranking).rules)
            hits = tuple(
                Hit(ProductId(one), None, one, ImageKey(key), None, 0.9, {}) for key, one in ((1, "own"), (2, "other"))
            )
            return Answer(Hits(hits, "product"), True, None, ReleaseId("r"), {}, 0, None, None)

    questions = Questions((Question(picture, None, frozenset({"other"}), "c", 2),), ())
    cost = measure_rules(Pictures({}, {}), questions, BOOK, by="product", golden="g", left_out={picture: {1}})
    assert set(seen) == {False, True}
    assert cost.without["recall@1"].value == cost.with_rules["recall@1"].value == 1.0
