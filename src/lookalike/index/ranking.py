"""Which rows are nearest: the last step of every search, exact or not.

A float32 matrix product rounds the same pair of vectors differently from one place, batch size or machine to the next,
so its similarities only say who is *nearly* nearest. The rows within rounding of the k-th are scored again in float64,
rounded to float32 and ordered by (similarity falling, key rising). Hence every engine gives the same similarities,
equal vectors tie, and a page does not depend on how many queries were asked at once. (Two sums of float64 in another
order round to different float32 about once in 10⁸ times.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lookalike.index.products import unflagged

__all__ = ["rank", "shortlist", "slack_of"]

_ROUNDING = 2.0**-23
_FOLDS = 64
_ROWS_AT_ONCE = 4096


def shortlist(similarities: NDArray[np.float32], k: int, slack: float) -> NDArray[np.int64]:
    """Places of all values that may be among the `k` largest once rounding is undone.

    The k-th largest of the column maxima is a lower bound of the k-th largest value, found in one pass; whatever lies
    below it is never looked at again.

    Args:
        similarities: float32 [n]; -inf is never returned.
        k: how many are wanted; all are returned where n <= k.
        slack: how far rounding may have moved two values against each other, see `slack_of`.

    Returns:
        Places in no particular order, at least ``min(k, number of finite values)`` of them.
    """
    n = len(similarities)
    if n <= k:
        return (similarities > -np.inf).nonzero()[0]
    n_columns = n // _FOLDS
    if n_columns < 4 * k:
        return _within(similarities, float(np.partition(similarities, n - k)[n - k]) - slack)
    maxima = similarities[: _FOLDS * n_columns].reshape(_FOLDS, n_columns).max(axis=0)
    places = _within(similarities, float(np.partition(maxima, n_columns - k)[n_columns - k]) - slack)
    values = similarities[places]
    if len(places) > k:
        places = places[_within(values, float(np.partition(values, len(places) - k)[len(places) - k]) - slack)]
    return places


def slack_of(dimension: int, length: float) -> float:
    """Bound of what rounding can do to the difference of two float32 dot products of a query with unit vectors.

    Args:
        dimension: of the vectors.
        length: of the query.
    """
    return _ROUNDING * dimension * length


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
    n = len(vectors)
    with unflagged():
        if n <= _ROWS_AT_ONCE:
            similarities = (vectors.astype(np.float64) @ wide).astype(np.float32)
        else:
            similarities = np.concatenate(
                [
                    (vectors[start : start + _ROWS_AT_ONCE].astype(np.float64) @ wide).astype(np.float32)
                    for start in range(0, n, _ROWS_AT_ONCE)
                ]
            )
    order = np.lexsort((keys, -similarities))[:k]
    return keys[order], similarities[order]


def _within(values: NDArray[np.float32], bound: float) -> NDArray[np.int64]:
    if bound == -np.inf:
        return (values > bound).nonzero()[0]
    return (values >= bound).nonzero()[0]
