"""Of boxes that mean the same thing, the best one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int64

__all__ = ["overlaps", "suppressed"]


def overlaps(
    box: Float32[np.ndarray, " 4"], others: Float32[np.ndarray, "n 4"]
) -> tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """How far a box and others are the same, and how far the smaller of two lies in the larger.

    Args:
        box: left, upper, right and lower edge; not empty.
        others: the same of others.

    Returns:
        intersection over union, and intersection over the smaller area; both 0 to 1.
    """
    across = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    down = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    own = (box[2] - box[0]) * (box[3] - box[1])
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    union = shared / (own + areas - shared)
    return union.astype(np.float32), (shared / np.minimum(own, areas)).astype(np.float32)


def suppressed(
    boxes: Float32[np.ndarray, "n 4"],
    scores: Float32[np.ndarray, " n"],
    *,
    most: int,
    union: float = 0.4,
    inside: float = 0.75,
) -> Int64[np.ndarray, " m"]:
    """Places of at most `most` boxes by falling score, none of which is nearly the same as, or within, a better one.

    Ties are resolved by the order in which the boxes came. NaN scores are refused by what makes them, not here.

    Args:
        boxes: left, upper, right and lower edge of each; not empty.
        scores: one a box.
        most: to keep.
        union: intersection over union above which the lesser of two is dropped.
        inside: intersection over the smaller area above which the lesser of two is dropped.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(order) and len(kept) < most:
        first, order = int(order[0]), order[1:]
        kept.append(first)
        same, within = overlaps(boxes[first], boxes[order])
        order = order[(same <= union) & (within <= inside)]
    return np.asarray(kept, dtype=np.int64)
