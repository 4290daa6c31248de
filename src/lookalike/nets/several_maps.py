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


def maps_as_one(head: Head, places: Sequence[tuple[int, int]]) -> Written | None:
    """ONNX steps from the tensors of ``head.config.features`` to `MAPS`; None where no such map can be told.

    The row of a map is its mean over places, divided by its length L. So the mean over places of the map divided by L
    is that row, and so it is of averages over equal windows: every map can have as few places as the smallest one.

    Args:
        head: of several maps, whose own steps (`Head.written`) come before.
        places: rows and columns of each of the maps.
    """
    names = head.config.features
    fewest = min(rows for rows, _ in places), min(columns for _, columns in places)
    averaged = all(isinstance(pooling, AveragePooling) for pooling in head.poolings)
    whole = all(rows % fewest[0] == 0 and columns % fewest[1] == 0 for rows, columns in places)
    # A map of that name, or one whose row has it, is what the head starts from.
    if len(names) < 2 or not averaged or not whole or not {MAPS, MAPS.removeprefix(f"{POOLED}.")}.isdisjoint(names):
        return None
    steps: list[Step] = []
    parts: list[str] = []
    for name, (rows, columns) in zip(names, places, strict=True):
        row, source, window = f"{POOLED}.{name}", name, (rows // fewest[0], columns // fewest[1])
        if window != (1, 1):
            source = f"{row}.cells"
            steps.append(Step("AveragePool", (name,), source, {"kernel_shape": window, "strides": window}))
        parts.append(f"{row}.places")
        steps += [
            Step("ReduceL2", (row,), f"{row}.length", {"axes": (1,), "keepdims": 1}),
            Step("Max", (f"{row}.length", f"{MAPS}.least"), f"{row}.divisor", {}),
            Step("Reshape", (f"{row}.divisor", f"{MAPS}.shape"), f"{row}.divisors", {}),
            Step("Div", (source, f"{row}.divisors"), parts[-1], {}),
        ]
    steps.append(Step("Concat", tuple(parts), MAPS, {"axis": 1}))
    return Written(
        tuple(steps), {f"{MAPS}.least": np.array(_LEAST, np.float32), f"{MAPS}.shape": np.array([0, 1, 1, 1], np.int64)}
    )
