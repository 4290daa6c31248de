"""Edit distance to many words at once, against a loop that anybody can read."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.words.spelling import LONGEST, Lexicon, distances

WORD = st.text(alphabet="abcd", min_size=1, max_size=7)


def slowly(one: str, other: str) -> int:
    """Optimal string alignment, one cell at a time."""
    table = [[max(i, j) if min(i, j) == 0 else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            changed = one[i - 1] != other[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + changed)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(WORD, st.lists(WORD, min_size=1, max_size=12))
def test_distances_are_those_of_the_plain_loop(word: str, others: list[str]) -> None:
    letters = np.asarray([other[:LONGEST] for other in others], dtype=f"<U{LONGEST}").view(np.uint32)
    found = distances(word, letters.reshape(len(others), LONGEST), np.asarray([len(other) for other in others]))
    assert found.tolist() == [slowly(word, other) for other in others]


def test_a_lexicon_finds_words_by_beginning_part_and_likeness() -> None:
    lexicon = Lexicon(["espresso", "mug", "kaffeevollautomat", "mugs", "1.5l", "teapot"])
    assert "mug" in lexicon
    assert lexicon.starting("mug") == ["mugs"]
    assert lexicon.holding("voll") == ["kaffeevollautomat"]
    assert lexicon.alike("expreso", 2) == [("espresso", 2)]
    assert lexicon.alike("tepaot", 1) == [("teapot", 1)]
    assert lexicon.alike("a", 1) == []
    assert Lexicon(()).alike("mug", 1) == []
