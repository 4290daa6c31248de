"""The seam between whoever needs vectors and whatever makes them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from lookalike.embed.description import ModelDescription
from lookalike.types import Vectors

__all__ = ["Embedder"]


@runtime_checkable
class Embedder(Protocol):
    """Turns preprocessed pictures into unit vectors. Safe to call from several threads."""

    @property
    def description(self) -> ModelDescription:
        """What the model is: name, dimension, preprocessing, licence, fingerprint, runtime, precision."""
        ...

    def embed(self, batch: UInt8[np.ndarray, "n size size 3"]) -> Vectors:
        """Unit vectors, float32, row i for picture i; an empty batch gives shape (0, dimension).

        Args:
            batch: pictures that went through ``description.preprocessing.apply``.
        """
        ...
