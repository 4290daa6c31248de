"""The seam between whoever needs vectors and whatever makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from lookalike.embed.description import ModelDescription
from lookalike.types import Vectors

__all__ = ["Embedder", "EmbedsWords"]


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


@runtime_checkable
class EmbedsWords(Protocol):
    """An embedder that was trained on pictures with words, and puts both in one space. Safe for several threads."""

    def embed_words(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors among those of pictures, float32, row i for text i; no text gives shape (0, dimension).

        Raises:
            UnknownModel: the model's tokenizer cannot be had.
        """
        ...
