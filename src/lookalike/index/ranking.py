"""Which rows are nearest: the last step of every search, exact or not.

A matrix product rounds the same pair of vectors differently from one place, batch size or machine to the next, so its
similarities only say who is *nearly* nearest. The rows within rounding of the k-th are scored again in float64, one by
one, and ordered by (similarity falling, key rising). Hence every engine gives bit-identical similarities, equal vectors
tie, and a page never depends on how many queries were asked at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["rank", "shortlist"]

_ROUNDING = 2.0**-23
_FOLDS = 64
_ROWS_AT_ONCE = 4096


def shortlist(similarities: NDArray[np.float32], k: int, dimension: int, length: float = 1.0) -> NDArray[np.int64]:
    """Places of all values that may be among the `k` largest once rounding is undone.

    The value of the k-th largest column maximum is a lower bound of the k-th largest value, found in one pass;
    whatever lies below it is never looked at again.

    Args:
        similarities: float32 [n]; -inf is never returned.
        k: how many are wanted; all are returned where n <= k.
        dimension: of the vectors, which bounds the rounding.
        length: of the query, likewise.

    Returns:
        Places in no particular order, at least ``min(k, number of finite values)`` of them.
    """
    n = len(similarities)
    slack = np.float32(_ROUNDING * dimension * length)
    if n <= k:
        return np.flatnonzero(similarities > -np.inf)
    n_columns = n // _FOLDS
    if n_columns < 4 * k:
        bound = np.partition(similarities, n - k)[n - k] - slack
        return np.flatnonzero((similarities >= bound) & (similarities > -np.inf))
    maxima = similarities[: _FOLDS * n_columns].reshape(_FOLDS, n_columns).max(axis=0)
    bound = np.partition(maxima, n_columns - k)[n_columns - k] - slack
    places = np.flatnonzero(similarities >= bound)
    values = similarities[places]
    if len(places) > k:
        bound = np.partition(values, len(places) - k)[len(places) - k] - slack
    return places[(values >= bound) & (values > -np.inf)]


def rank(
    query: NDArray[np.float32], vectors: NDArray[np.float32], keys: NDArray[np.int64], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `k` nearest of a few candidates, by falling similarity, ties by rising key.

    Args:
        query: float32 [dimension].
        vectors: float32 [n, dimension], the candidates' own.
        keys: int64 [n].
        k: how many at most.

    Returns:
        Keys and similarities, ``min(n, k)`` of each. A similarity depends on the two vectors alone.
    """
    wide = query.astype(np.float64)
    if len(vectors) <= _ROWS_AT_ONCE:
        similarities = np.multiply(vectors, wide).sum(axis=1).astype(np.float32)
    else:
        similarities = np.concatenate(
            [
                np.multiply(vectors[start : start + _ROWS_AT_ONCE], wide).sum(axis=1).astype(np.float32)
                for start in range(0, len(vectors), _ROWS_AT_ONCE)
            ]
        )
    order = np.lexsort((keys, -similarities))[:k]
    return keys[order], similarities[order]
