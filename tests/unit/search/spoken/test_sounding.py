"""Words that sound alike are near, and distances of many at once are those of one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.spoken.sounding import _COST, _GAP_OF, LONGEST, SOUNDS, SoundTable, sound_of

SPOKEN = st.text(alphabet=SOUNDS, max_size=12)


def by_the_book(one: str, other: str) -> float:
    """The textbook recurrence, cell by cell."""
    a, b = ([SOUNDS.index(sound) for sound in text[:LONGEST]] for text in (one, other))
    table = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            steps = []
            if i:
                steps.append(table[i - 1, j] + _GAP_OF[a[i - 1]])
            if j:
                steps.append(table[i, j - 1] + _GAP_OF[b[j - 1]])
            if i and j:
                steps.append(table[i - 1, j - 1] + _COST[a[i - 1], b[j - 1]])
            table[i, j] = min(steps, default=0.0)
    return float(table[-1, -1])


@given(SPOKEN, st.lists(SPOKEN, max_size=6))
def test_distances_of_many_are_those_of_one_at_a_time(sounds: str, others: list[str]) -> None:
    found = SoundTable(others).distances(sounds)
    assert np.allclose(found, [by_the_book(sounds, other) for other in others], atol=1e-4)


@given(SPOKEN, SPOKEN)
def test_a_distance_is_zero_for_the_same_and_the_same_both_ways(one: str, other: str) -> None:
    assert SoundTable([one]).distances(one)[0] == 0
    assert np.isclose(SoundTable([one]).distances(other)[0], SoundTable([other]).distances(one)[0], atol=1e-4)


@given(SPOKEN, st.lists(SPOKEN, min_size=2, max_size=6), st.randoms())
def test_rows_do_not_depend_on_their_neighbours(sounds: str, others: list[str], random: object) -> None:
    rows = np.arange(len(others))[::-1].copy()
    table = SoundTable(others)
    assert np.allclose(table.distances(sounds, rows), table.distances(sounds)[rows], atol=1e-5)


@pytest.mark.parametrize(
    ("one", "other"),
    [("knight", "night"), ("phone", "fone"), ("wright", "right"), ("quick", "kwik"), ("pear", "pair"), ("blew", "blue"),
     ("check", "chek"), ("scene", "seen"), ("whole", "hole"), ("station", "stashun")],
)  # fmt: skip
def test_words_that_sound_the_same_are_near(one: str, other: str) -> None:
    sounds = sound_of(one)
    assert SoundTable([sound_of(other)]).distances(sounds)[0] <= 0.25 * len(sounds)


def test_what_has_no_latin_letters_has_no_sound() -> None:
    assert sound_of("手机壳") == ""
    assert sound_of("") == ""
    assert sound_of("Café 2") == sound_of("cafe two")
