"""Claims about `lookalike.search.rank.arranging`: what a method's scores do to the order of pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.search.rank.arranging import Told, rescored
from lookalike.search.rank.methods import METHODS, POOL_PICTURES
from lookalike.search.rank.pool import Pool


def looked_for(seed: int, n: int, d: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A query, and the vectors and similarities of `n` pictures by falling similarity."""
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(n, d)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    query = vectors[0] + 0.3 * generator.normal(size=d).astype(np.float32)
    query /= np.linalg.norm(query)
    similarities = vectors @ query
    order = np.argsort(-similarities, kind="stable")
    return query, vectors[order], similarities[order].astype(np.float32)


def by_loops(method: str, query: np.ndarray, vectors: np.ndarray, similarities: np.ndarray, extra: np.ndarray):
    """The order by a plain sort of the pool's new scores, the others behind by similarity and what is added."""
    n = min(POOL_PICTURES, len(similarities))
    scores = METHODS[method].rescore(Pool(query, vectors[:n], similarities[:n], None, {}))
    first = sorted(range(n), key=lambda place: (-round(float(scores[place] + extra[place]), 6), place))
    rest = sorted(
        range(n, len(similarities)),
        key=lambda place: (-round(float(np.float64(similarities[place]) + extra[place]), 6), place),
    )
    return first + rest


@pytest.mark.parametrize("method", ["alpha-qe", "dba", "k-reciprocal"])
@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([1, 2, 30, 199, 200, 201, 260]), added=st.booleans())
@settings(max_examples=15, deadline=None)
def test_the_pool_is_sorted_by_its_new_scores_and_nothing_comes_in_from_behind(
    method: str, seed: int, n: int, added: bool
):
    query, vectors, similarities = looked_for(seed, n)
    extra = 0.05 * np.random.default_rng([seed, 1]).random(n) if added else np.zeros(n)
    order, scores = rescored(method, query, vectors, similarities, extra=extra if added else None)
    assert order.tolist() == by_loops(method, query, vectors, similarities, extra)
    assert sorted(order.tolist()) == list(range(n))
    assert (np.diff(np.round(scores, 6)) <= 0).all()


def test_told_rounds_what_it_shows_and_leaves_nothing_out():
    told = Told("sort", sort="-price", floor=0.123456789, n_sorted=4, rules=("own brand",))
    assert told.as_dict() == {
        "by": "sort", "rerank": None, "measured": False, "diverse": 0.0, "sort": "-price", "floor": 0.123457,
        "sorted": 4, "rules": ["own brand"], "instead": False,
    }  # fmt: skip
