"""Pictures of which a model makes no vector, told from those of which it does."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Int64, UInt8

from lookalike.embed.embedder import Embedder
from lookalike.embed.probe import probe_pictures
from lookalike.errors import NoVector
from lookalike.types import Vectors

__all__ = ["NO_DIRECTION", "embed_sifted"]

Batch: TypeAlias = UInt8[np.ndarray, "batch size size 3"]

NO_DIRECTION = (
    "the model {} gives numbers that are not finite, or zero, for this picture: compute it in another precision, or "
    "take another model"
)
"""Said of a picture without a vector; to be formatted with the model's name."""


def embed_sifted(embedder: Embedder, batch: Batch) -> tuple[Vectors, Int64[np.ndarray, " n"]]:
    """Unit vectors of the pictures that have one, and their places in the batch, rising.

    Args:
        embedder: gives no vector for a picture whose numbers leave the range of its precision.
        batch: pictures that went through ``description.preprocessing.apply``.

    Raises:
        NoVector: the embedder has none for any picture of the batch, nor for the packaged ones: the model is at fault.
    """
    places = np.arange(len(batch), dtype=np.int64)
    while True:
        try:
            return embedder.embed(batch[places]), places
        except NoVector as error:
            places = np.delete(places, error.places)
            if not len(places):
                _require_working(embedder)


def _require_working(embedder: Embedder) -> None:
    apply = embedder.description.preprocessing.apply
    probes = np.stack([apply(pixels) for pixels in probe_pictures()])
    try:
        embedder.embed(probes)
    except NoVector as error:
        if len(error.places) == len(probes):
            raise
