"""Several unit vectors side by side in one embedding: how long each is, and how much of the similarity it decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

__all__ = ["head_gains"]


def head_gains(
    projected: Float[np.ndarray, "n dimension"], heads: Sequence[tuple[int, float]]
) -> Float[np.ndarray, "n dimension"]:
    """What each number of P p + b is multiplied with to become the embedding: the unit vector, or one for each head.

    Of one vector, 1 / |P p + b|; of several heads, sqrt(share) / |the head's own rows of P p + b|. The result is
    linear in P p + b once the lengths are known, which is what lets a similarity split over places.

    Args:
        projected: P p + b, one row a picture or a place.
        heads: length and share of each, as a description lists them; empty for one vector.

    Returns:
        of the type of `projected`; not finite where a length is 0.
    """
    gains = np.empty_like(projected)
    start = 0
    with np.errstate(divide="ignore"):
        for length, share in heads or ((projected.shape[1], 1.0),):
            columns = slice(start, start + length)
            lengths = np.linalg.norm(projected[:, columns], axis=1, keepdims=True)
            gains[:, columns] = np.sqrt(share) / lengths
            start += length
    return gains
