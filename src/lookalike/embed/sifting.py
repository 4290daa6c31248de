"""Pictures of which a model makes no vector, told from those of which it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64, UInt8

from lookalike.embed.embedder import Embedder
from lookalike.embed.probe import probe_pictures
from lookalike.errors import NoVector
from lookalike.types import Pixels, Vectors

__all__ = ["NO_DIRECTION", "embed_all", "embed_sifted", "embed_with_gaps"]

Batch: TypeAlias = UInt8[np.ndarray, "batch size size 3"]

_AT_ONCE = 32

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


def embed_with_gaps(embedder: Embedder, batch: Batch) -> Vectors:
    """As `embed_sifted`, one row a picture: zeros for those that have no vector."""
    found = np.zeros((len(batch), embedder.description.dimension), np.float32)
    vectors, places = embed_sifted(embedder, batch)
    found[places] = vectors
    return found


def embed_all(embedder: Embedder, squares: Iterable[Pixels]) -> tuple[Vectors, Int64[np.ndarray, " n"]]:
    """As `embed_sifted`, of any number of pictures, which are drawn and embedded a batch at a time."""
    parts: list[Vectors] = [np.zeros((0, embedder.description.dimension), dtype=np.float32)]
    places: list[Int64[np.ndarray, " _"]] = [np.zeros(0, dtype=np.int64)]
    at = 0
    for batch in _batches(squares):
        vectors, found = embed_sifted(embedder, np.stack(batch))
        parts.append(vectors)
        places.append(at + found)
        at += len(batch)
    return np.concatenate(parts), np.concatenate(places)


def _batches(squares: Iterable[Pixels]) -> Iterator[list[Pixels]]:
    drawn = iter(squares)
    while batch := list(islice(drawn, _AT_ONCE)):
        yield batch


def _require_working(embedder: Embedder) -> None:
    apply = embedder.description.preprocessing.apply
    probes = np.stack([apply(pixels) for pixels in probe_pictures()])
    try:
        embedder.embed(probes)
    except NoVector as error:
        if len(error.places) == len(probes):
            raise
