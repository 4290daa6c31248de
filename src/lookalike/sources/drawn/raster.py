"""Which triangle is seen at which pixel: a depth buffer, vectorised over all pixels of all triangles at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int

__all__ = ["rasterise"]


def rasterise(
    corners: Float[np.ndarray, "m 3 3"], width: int, height: int
) -> tuple[Int[np.ndarray, " p"], Float32[np.ndarray, " p"]]:
    """The nearest front-facing triangle at every pixel centre.

    Args:
        corners: column, row and nearness of the three corners of each triangle; nearness must be linear over the
            picture (one over distance in perspective, minus distance in parallel projection).
        width: picture width in pixels.
        height: picture height in pixels.

    Returns:
        The triangle seen at each pixel, row by row, -1 for none, and its nearness there (-inf for none). Of two
        triangles at exactly the same depth, one is taken, always the same.
    """
    x, y, near = (corners[:, :, axis] for axis in range(3))
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    # Rows grow downwards, so what is counter-clockwise in the world has a negative area here.
    kept = np.flatnonzero(area < -1e-9)
    # Far triangles first: most pixels are then right after the first assignment.
    kept = kept[np.argsort(near[kept].sum(axis=1), kind="stable")]
    x, y, near, area = x[kept], y[kept], near[kept], area[kept]
    top = np.clip(np.ceil(y.min(axis=1) - 0.5), 0, height).astype(np.int64)
    bottom = np.clip(np.floor(y.max(axis=1) - 0.5), -1, height - 1).astype(np.int64)
    n_rows = np.maximum(bottom - top + 1, 0)
    owner = np.repeat(np.arange(len(kept)), n_rows)
    starts = np.cumsum(n_rows) - n_rows
    row = top[owner] + (np.arange(len(owner)) - starts[owner])
    at = row + 0.5
    left = np.full(len(owner), -np.inf)
    right = np.full(len(owner), np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        rise = (y[:, b] - y[:, a])[owner]
        level = np.abs(rise) < 1e-12
        crossing = x[:, a][owner] + (at - y[:, a][owner]) * (x[:, b] - x[:, a])[owner] / np.where(level, 1.0, rise)
        left = np.where((rise > 0) & ~level, np.maximum(left, crossing), left)
        right = np.where((rise < 0) & ~level, np.minimum(right, crossing), right)
    start = np.ceil(np.clip(left, 0, width) - 0.5).astype(np.int64)
    stop = np.floor(np.clip(right, 0, width) - 0.5).astype(np.int64)
    stop = np.minimum(stop, width - 1)
    n_columns = np.maximum(stop - start + 1, 0)

    slope_x = (near[:, 1] - near[:, 0]) * (y[:, 2] - y[:, 0]) - (near[:, 2] - near[:, 0]) * (y[:, 1] - y[:, 0])
    slope_y = (near[:, 2] - near[:, 0]) * (x[:, 1] - x[:, 0]) - (near[:, 1] - near[:, 0]) * (x[:, 2] - x[:, 0])
    slope_x, slope_y = slope_x / area, slope_y / area
    # Slopes of triangles seen edge-on are huge; a pixel centre of theirs must not come nearer than their corners.
    nearest, farthest = near.max(axis=1), near.min(axis=1)
    at_left = near[:, 0][owner] + slope_y[owner] * (at - y[:, 0][owner]) - slope_x[owner] * (x[:, 0][owner] - 0.5)

    span_start = (np.cumsum(n_columns) - n_columns).astype(np.int32)
    spans = np.repeat(np.arange(len(owner), dtype=np.int32), n_columns)
    column = np.arange(len(spans), dtype=np.int32) + (start.astype(np.int32) - span_start)[spans]
    pixel = (row * width).astype(np.int32)[spans] + column
    depth = at_left.astype(np.float32)[spans] + slope_x.astype(np.float32)[owner][spans] * column.astype(np.float32)
    depth = np.clip(depth, farthest.astype(np.float32)[owner][spans], nearest.astype(np.float32)[owner][spans])

    buffer = np.full(width * height, -np.inf, dtype=np.float32)
    seen = np.full(width * height, -1, dtype=np.int64)
    buffer[pixel] = depth
    winner = np.full(width * height, -1, dtype=np.int32)
    winner[pixel] = spans
    wrong = np.flatnonzero(depth > buffer[pixel])
    while len(wrong):
        buffer[pixel[wrong]] = depth[wrong]
        winner[pixel[wrong]] = spans[wrong]
        wrong = wrong[depth[wrong] > buffer[pixel[wrong]]]
    hit = winner >= 0
    seen[hit] = kept[owner[winner[hit]]]
    return seen, buffer
