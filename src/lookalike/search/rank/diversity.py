"""Maximal marginal relevance: hits that are similar to the query and not to each other."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from lookalike.types import Vectors

__all__ = ["diversified"]


def diversified(
    scores: Float64[np.ndarray, " n"], vectors: Vectors, diverse: float, n: int | None = None
) -> Int64[np.ndarray, " n"]:
    """The order in which each next hit has the highest (1 - diverse) score - diverse max(likeness to those before).

    Args:
        scores: higher is better; the first is the one with the highest.
        vectors: unit rows of the same hits.
        diverse: 0 keeps the order of the scores, 1 looks at differences alone; 1 - lambda of the paper.
        n: how many are chosen so; the rest follow by falling score. None for all.

    Returns:
        A permutation. Ties, compared at six decimals, go to the earlier position.

    Raises:
        ValueError: `diverse` outside [0, 1], or not one vector a score.

    Reference:
        Carbonell and Goldstein 1998, "The use of MMR", eq. 1.
    """
    if not 0.0 <= diverse <= 1.0 or len(scores) != len(vectors):
        raise ValueError(
            f"expected diverse in [0, 1] and as many vectors as scores, received {diverse}, {len(vectors)}"
        )
    by_score = np.argsort(-np.round(scores, 6), kind="stable").astype(np.int64)
    if diverse == 0.0 or not len(scores):
        return by_score
    wide = vectors.astype(np.float64)
    crowding = np.full(len(scores), -np.inf)
    left = np.ones(len(scores), dtype=np.bool_)
    chosen: list[int] = []
    place = int(by_score[0])
    most = len(scores) if n is None else min(n, len(scores))
    while True:
        chosen.append(place)
        left[place] = False
        if len(chosen) >= most:
            break
        crowding = np.maximum(crowding, wide @ wide[place])
        worth = np.where(left, np.round((1.0 - diverse) * scores - diverse * crowding, 6), -np.inf)
        place = int(np.argmax(worth))
    return np.concatenate([np.asarray(chosen, dtype=np.int64), by_score[left[by_score]]])
