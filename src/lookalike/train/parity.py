"""Whether a finished file gives what it was made of."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, UInt8

from lookalike.embed.onnx_embedder import OnnxEmbedder
from lookalike.errors import ModelError

__all__ = ["check_parity"]

_MOST = 1e-3
"""Largest deviation of a coordinate of a unit vector that a finished file may have."""


def check_parity(
    expected: Float32[np.ndarray, "n d"], embedder: OnnxEmbedder, pixels: UInt8[np.ndarray, "n size size 3"]
) -> None:
    """Refuse a file whose vectors are not those of what it was made of.

    Args:
        expected: unit vectors of the pictures.
        embedder: of the file.
        pixels: the pictures.

    Raises:
        ModelError: they deviate.
    """
    deviation = float(np.abs(embedder.embed(pixels) - expected).max())
    if not deviation <= _MOST:
        raise ModelError(
            f"the finished ONNX file deviates from what it was made of by {deviation:.2e} (at most {_MOST:g}): "
            "this is a fault of Lookalike, report it with the run folder"
        )
