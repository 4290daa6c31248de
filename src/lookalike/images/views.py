"""Other views of a query's photograph: what a second and a third look at the same thing would see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from lookalike.types import Pixels

__all__ = ["MIDDLE_SHARE", "QUERY_VIEWS", "middle", "mirrored"]

MIDDLE_SHARE = 0.85
"""Of each side, what `middle` keeps."""


def middle(pixels: Pixels) -> Pixels:
    """The centre crop, `MIDDLE_SHARE` of each side and at least one pixel: a step nearer. Of and to uint8 [h, w, 3]."""
    height, width = pixels.shape[:2]
    rows, columns = (max(1, round(MIDDLE_SHARE * side)) for side in (height, width))
    upper, left = (height - rows) // 2, (width - columns) // 2
    return np.ascontiguousarray(pixels[upper : upper + rows, left : left + columns])


def mirrored(pixels: Pixels) -> Pixels:
    """Left and right exchanged: the horizontal flip. uint8 [h, w, 3]."""
    return np.ascontiguousarray(pixels[:, ::-1])


QUERY_VIEWS: Mapping[str, Callable[[Pixels], Pixels]] = {"middle": middle, "mirrored": mirrored}
"""By name. Each takes and gives upright sRGB pixels, uint8 [h, w, 3]."""
