"""Selections over columns that another thread is adding texts to."""

from __future__ import annotations

from lookalike.catalog.evaluation import evaluate
from lookalike.catalog.memory import TextColumn, Vocabulary
from lookalike.catalog.selection import Membership


class Growing(Vocabulary):
    """Gets every text that it is asked for just before it answers."""

    def code(self, text: str) -> int:
        self.encode([text])
        return super().code(text)


def test_a_text_that_comes_while_a_list_is_looked_up_matches_nothing() -> None:
    vocabulary = Growing()
    column = TextColumn(vocabulary.encode(["a", "b", None]), vocabulary)
    found = evaluate(Membership("name", ("b", "new")), {"name": column})
    assert found.tolist() == [False, True, False]
