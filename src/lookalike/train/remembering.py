"""Asks the finished and the initial model a catalogue that was not learned from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, UInt8

from lookalike.embed.embedder import Embedder
from lookalike.sources.drawn import draw_catalogue
from lookalike.train.catalogue import catalogues_of
from lookalike.train.examples import read_examples
from lookalike.train.feed import central
from lookalike.train.general import DRAWN
from lookalike.train.measurement import measure
from lookalike.train.retention import Retention

__all__ = ["measure_retention"]

Told: TypeAlias = Callable[[int, int | None, float], None]

_SEED, _N_PRODUCTS, _SIDE_PIXELS = 7919, 48, 256
_AT_ONCE = 64


def measure_retention(
    source: str, before: Embedder, after: Embedder, *, folder: Path, told: Told | None = None
) -> Retention:
    """Ask each picture of `source` among its others, with both models.

    Args:
        source: a catalogue as `lookalike index` takes it, with several pictures of some products; or ``drawn``, for
            48 products that are drawn into `folder`.
        before: the initial model.
        after: the finished one, with the same preprocessing.
        folder: of the run.
        told: as `read_examples` calls it.

    Raises:
        SourceError: the catalogue cannot be read at all.
        TooFewProducts: too little to ask.
    """
    place = source
    if source == DRAWN:
        table = folder / "drawn" / "catalog.csv"
        if not table.is_file():
            draw_catalogue(
                table.parent,
                seed=_SEED,
                n_products=_N_PRODUCTS,
                n_queries=0,
                n_scenes=0,
                side_pixels=_SIDE_PIXELS,
            )
        place = str(table)
    preprocessing = before.description.preprocessing
    examples = read_examples(catalogues_of([place]), preprocessing, mapped=folder / "kept.npy", told=told)
    size = preprocessing.size_pixels
    first, second = (
        measure(_vectors(embedder, examples.squares, size), examples.labels) for embedder in (before, after)
    )
    return Retention(source, first, second)


def _vectors(
    embedder: Embedder, squares: UInt8[np.ndarray, "n side side 3"], size: int
) -> Float32[np.ndarray, "n dimension"]:
    starts = range(0, len(squares), _AT_ONCE)
    return np.concatenate([embedder.embed(central(squares[start : start + _AT_ONCE], size)) for start in starts])
