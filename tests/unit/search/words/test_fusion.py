"""Weights of lanes: between two ends, and shares that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.search.words.fusion import CODE, Weights, fused

SCORES = st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(-1, 1, width=32)), min_size=1, max_size=8)


def _lanes(pairs: list[tuple[float, float]]) -> dict[str, np.ndarray]:
    words, meaning = zip(*pairs, strict=True)
    return {"words": np.asarray(words, dtype=np.float32), "meaning": np.asarray(meaning, dtype=np.float32)}


def test_the_better_full_text_answers_the_less_meaning_counts() -> None:
    counted = [Weights().of(_lanes([(best, 0.5), (0.0, 0.9)]))["meaning"] for best in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert counted == sorted(counted, reverse=True)
    assert counted[0] == pytest.approx(0.4)
    assert counted[-1] == pytest.approx(0.1)


def test_a_title_that_was_asked_for_word_by_word_stays_before_one_that_only_means_the_same() -> None:
    shares = fused(_lanes([(0.83, 0.05), (0.76, 0.41)]), np.zeros(2, np.float32), Weights())
    first, second = shares["words"] + shares["meaning"]
    assert first > second


def test_words_that_nothing_has_leave_the_order_to_meaning() -> None:
    shares = fused(_lanes([(0.0, 0.2), (0.0, 0.7)]), np.zeros(2, np.float32), Weights())
    assert shares["meaning"][1] > shares["meaning"][0]


@given(SCORES, st.booleans())
def test_shares_are_what_a_loop_makes_of_them(pairs: list[tuple[float, float]], pictured: bool) -> None:
    lanes = _lanes(pairs)
    if pictured:
        lanes["picture"] = np.linspace(-1, 1, len(pairs)).astype(np.float32)
    coded = np.zeros(len(pairs), np.float32)
    coded[0] = 1.0
    shares = fused(lanes, coded, Weights())
    best = max(words for words, _ in pairs)
    for row, (words, meaning) in enumerate(pairs):
        rest = 0.4 if pictured else 1.0
        counts = 0.6 + 0.3 * best
        expected = 0.99 * (rest * counts * words + rest * (1 - counts) * meaning)
        if pictured:
            expected += 0.99 * 0.6 * float(lanes["picture"][row])
        if row == 0:
            expected = 1.0
        assert sum(float(share[row]) for share in shares.values()) == pytest.approx(expected, abs=1e-5)
    assert CODE in shares


def test_what_comes_on_top_lifts_no_row_above_one_of_a_code() -> None:
    added = {"depicted": np.asarray([0.0, 0.2, 0.1], dtype=np.float32)}
    coded = np.asarray([1.0, 0.0, 0.0], dtype=np.float32)
    shares = fused(_lanes([(0.1, 0.1), (1.0, 1.0), (0.2, 0.2)]), coded, Weights(), added)
    first, second, third = np.sum(list(shares.values()), axis=0)
    assert first == pytest.approx(1.0)
    assert second == pytest.approx(0.99)
    assert third == pytest.approx(0.99 * 0.2 + 0.1)


@pytest.mark.parametrize("given_weights", [(0.9, 0.6, 0.6), (-0.1, 0.6, 0.6), (0.1, 1.1, 0.6), (0.1, 0.5, 2.0)])
def test_weights_outside_their_range_are_refused(given_weights: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="words <= words_found"):
        Weights(*given_weights)
