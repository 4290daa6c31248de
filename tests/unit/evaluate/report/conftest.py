"""Made-up answers to made-up questions."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from lookalike.evaluate.evaluation import Asked
from lookalike.evaluate.questions import Question


def asked(answers: str, retrieved: str, similarities: tuple[float, ...] = (), line: int = 2) -> Asked:
    """One query; ids are single letters, similarities fall from 0.9 unless given."""
    falling = similarities or tuple(0.9 - 0.05 * rank for rank in range(len(retrieved)))
    question = Question(Path(f"{answers}{line}.jpg"), None, frozenset(answers), "|".join(sorted(answers)), line)
    return Asked(question, tuple(retrieved), falling, exact=True, timings_ms={"embed": 5.0 + line, "total": 9.0 + line})


letters = "abcdefghijkl"

rows = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.lists(st.sampled_from(letters), unique=True, max_size=10),
        st.lists(st.integers(-9, 9), min_size=10, max_size=10),
    ),
    max_size=30,
)
"""Answer, ranking, and tenths of similarities (with ties) of up to thirty queries about eight products."""


def askings(drawn: list[tuple[str, list[str], list[int]]]) -> list[Asked]:
    """The queries of `rows`; built outside the strategy, since run-time checks draw random numbers of their own."""
    return [
        asked(right, "".join(ranking), tuple(sorted((t / 10 for t in tenths[: len(ranking)]), reverse=True)), line)
        for line, (right, ranking, tenths) in enumerate(drawn)
    ]
