"""Hypothesis strategies that several rooms share."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

__all__ = ["pixels", "seeds", "unit_vectors"]

seeds = st.integers(min_value=0, max_value=2**32 - 1)
"""Seeds of NumPy generators: large arrays are drawn from one, so that Hypothesis shrinks a number, not an array."""


@st.composite
def unit_vectors(draw: st.DrawFn, *, most: int = 40, dimension: int = 8, ties: bool = True) -> NDArray[np.float32]:
    """Unit vectors, float32 [n, dimension], 1 <= n <= most; with `ties` some rows may be equal."""
    generator = np.random.default_rng(draw(seeds))
    n = draw(st.integers(min_value=1, max_value=most))
    rows = generator.normal(size=(n, dimension)).astype(np.float32)
    if ties and n > 1 and draw(st.booleans()):
        rows = rows[generator.integers(0, max(1, n // 2), size=n)]
    normalised: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normalised


@st.composite
def pixels(draw: st.DrawFn, *, shortest: int = 1, longest: int = 64) -> NDArray[np.uint8]:
    """Upright sRGB pixels, uint8 [height, width, 3]: flat colour, gradient or noise."""
    side = st.integers(min_value=shortest, max_value=longest)
    height, width = draw(side), draw(side)
    generator = np.random.default_rng(draw(seeds))
    match draw(st.sampled_from(["flat", "gradient", "noise"])):
        case "flat":
            return np.full((height, width, 3), generator.integers(0, 256, size=3), dtype=np.uint8)
        case "gradient":
            ramp = np.add.outer(np.linspace(0, 127, height), np.linspace(0, 127, width))
            return np.repeat(ramp[:, :, None], 3, axis=2).astype(np.uint8)
        case _:
            return generator.integers(0, 256, size=(height, width, 3), dtype=np.uint8)
