"""Several maps, pooled one by one, as one map: so that a similarity splits over places as that of a single map does."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookalike.nets.graph import Step
from lookalike.nets.head import POOLED, Head
from lookalike.nets.pooling import AveragePooling, Written

__all__ = ["MAPS", "maps_as_one"]

MAPS = f"{POOLED}.maps"
"""The map whose plain mean over places is what goes into the head's linear layer."""
_LEAST = 1e-12
"""Length below which a row counts as having this, as where it was scaled to unit length."""


def maps_as_one(head: Head, sides: Sequence[int]) -> Written | None:
    """ONNX steps from the tensors of ``head.config.features`` to `MAPS`; None where no such map can be told.

    The row of a map is its mean over places, divided by its length L. So the mean over places of the map divided by L
    is that row, and so it is of averages over equal windows: every map can have as few places as the smallest one.

    Args:
        head: of several maps, whose own steps (`Head.written`) come before.
        sides: places each way of each of the maps.
    """
    names = head.config.features
    fewest = min(sides)
    averaged = all(isinstance(pooling, AveragePooling) for pooling in head.poolings)
    if len(names) < 2 or not averaged or any(side % fewest for side in sides):
        return None
    steps: list[Step] = []
    parts: list[str] = []
    for name, side in zip(names, sides, strict=True):
        row, source, window = f"{POOLED}.{name}", name, side // fewest
        if window > 1:
            source = f"{row}.cells"
            windows = {"kernel_shape": (window, window), "strides": (window, window)}
            steps.append(Step("AveragePool", (name,), source, windows))
        parts.append(f"{row}.places")
        steps += [
            Step("ReduceL2", (row,), f"{row}.length", {"axes": (1,), "keepdims": 1}),
            Step("Max", (f"{row}.length", f"{MAPS}.least"), f"{row}.divisor", {}),
            Step("Unsqueeze", (f"{row}.divisor", f"{MAPS}.axes"), f"{row}.divisors", {}),
            Step("Div", (source, f"{row}.divisors"), parts[-1], {}),
        ]
    steps.append(Step("Concat", tuple(parts), MAPS, {"axis": 1}))
    return Written(
        tuple(steps), {f"{MAPS}.least": np.array(_LEAST, np.float32), f"{MAPS}.axes": np.array([2, 3], np.int64)}
    )
