"""Titles speak of the category whose titles use their words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.health.naming import category_of_titles


def naive(titles: list[set[str]], given_categories: list[int], n: int) -> np.ndarray:
    """The same, one title after the other, in plain loops."""
    found = np.full((len(titles), n), 1.0 / max(1, n))
    for row, title in enumerate(titles):
        rest = [place for place in range(len(titles)) if place != row and given_categories[place] >= 0]
        used = [word for word in sorted(title) if any(word in titles[place] for place in rest)]
        if not used:
            continue
        scores = []
        for category in range(n):
            members = [place for place in rest if given_categories[place] == category]
            score = 1.0
            for word in used:
                score *= (sum(word in titles[place] for place in members) + 0.5) / (len(members) + 1.0)
            scores.append(score)
        found[row] = np.array(scores) / sum(scores)
    return found


@given(st.lists(st.tuples(st.sets(st.sampled_from("abcde"), max_size=4), st.integers(-1, 2)), max_size=8))
def test_it_equals_plain_loops(products: list) -> None:
    titles, categories = [words for words, _ in products], [category for _, category in products]
    assert np.allclose(category_of_titles(titles, categories, 3), naive(titles, categories, 3))


def test_a_title_in_the_wrong_category_speaks_of_the_right_one() -> None:
    titles = [{"oak", "chair"}, {"red", "chair"}, {"blue", "chair"}, {"red", "mug"}, {"blue", "mug"}, {"tall", "mug"}]
    said = category_of_titles(titles, [0, 0, 0, 1, 1, 0], 2)
    assert said[5].argmax() == 1
    assert said.sum(axis=1) == pytest.approx(np.ones(6))
