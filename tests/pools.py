"""Pools of unit vectors for tests, and the Hypothesis strategy that draws them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float32

from lookalike.search.rank.pool import Pool

__all__ = ["pool_of", "pools"]


def pool_of(seed: int, n: int, dimension: int = 6, *, copies: bool = False) -> Pool:
    """A random query with `n` candidates, nearest first; with `copies`, every second one is that before it."""
    generator = np.random.default_rng(seed)
    vectors = _unit(generator.standard_normal((n + 1, dimension)).astype(np.float32) + np.float32(0.7))
    if copies and n:
        vectors[2::2] = vectors[1:-1:2]
    query, vectors = vectors[0], vectors[1:]
    similarities = (vectors @ query).astype(np.float32)
    order = np.argsort(-np.round(similarities, 6), kind="stable")
    return Pool(query, vectors[order], similarities[order])


def pools(most: int = 14) -> st.SearchStrategy[Pool]:
    """Pools of up to `most` candidates, some with copies."""
    return st.builds(
        lambda seed, n, copies: pool_of(seed, n, copies=copies),
        st.integers(0, 10_000),
        st.integers(0, most),
        st.booleans(),
    )


def _unit(vectors: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
