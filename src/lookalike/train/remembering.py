"""Asks the finished and the initial model a catalogue that was not learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32

from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import embed_with_gaps
from lookalike.sources.drawn import draw_catalogue
from lookalike.train.catalogue import Sighting, catalogues_of, sightings
from lookalike.train.examples import Examples, read_examples, require_enough
from lookalike.train.feed import central
from lookalike.train.general import DRAWN
from lookalike.train.measurement import measure
from lookalike.train.retention import Retention
from lookalike.train.run_folder import ASKED

__all__ = ["measure_retention", "require_several"]

Told: TypeAlias = Callable[[int, int | None, float], None]

_SEED, _N_PRODUCTS, _SIDE_PIXELS = 7919, 48, 256
_AT_ONCE = 64


def require_several(source: str) -> None:
    """Refuse a catalogue that cannot be asked what is kept, before hours are spent on what would be asked.

    Args:
        source: as for `measure_retention`; its pictures are not read yet.

    Raises:
        SourceError: it cannot be read at all.
        TooFewProducts: as `read_examples` would say it later.
    """
    if source == DRAWN:
        return
    catalogues = catalogues_of([source])
    found = Counter(item.label for item in sightings(catalogues) if isinstance(item, Sighting))
    require_enough(found.values(), catalogues, told=f" (general.measured_on {source})")


def measure_retention(
    source: str,
    before: Embedder,
    after: Embedder,
    *,
    folder: Path,
    learned: Collection[str] = (),
    told: Told | None = None,
) -> Retention:
    """Ask each picture of `source` among its others, with both models; each sees pictures in its own way.

    Args:
        source: a catalogue as `lookalike index` takes it, with several pictures of some products; or ``drawn``, for
            48 products that are drawn into `folder`.
        before: the initial model.
        after: the finished one.
        folder: of the run.
        learned: SHA-256 of the pictures of the run; those that are asked are counted.
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

    def read(embedder: Embedder) -> Examples:
        preprocessing = embedder.description.preprocessing
        return read_examples(catalogues_of([place]), preprocessing, mapped=folder / ASKED, told=told)

    examples = read(before)
    first = _vectors(before, examples)
    if after.description.preprocessing != before.description.preprocessing:
        examples = read(after)
    second = _vectors(after, examples)
    # The same questions to both: a picture of which either gives no vector is not asked.
    both = first.any(axis=1) & second.any(axis=1)
    labels = examples.labels[both]
    known = frozenset(learned)
    of_run = np.array([content in known for content in examples.contents], np.bool_) & both
    asked = np.bincount(labels, minlength=len(examples.names))[examples.labels] > 1
    return Retention(source, measure(first[both], labels), measure(second[both], labels), int((of_run & asked).sum()))


def _vectors(embedder: Embedder, examples: Examples) -> Float32[np.ndarray, "n dimension"]:
    """Unit vectors; zeros where the model gives none."""
    squares, size = examples.squares, embedder.description.preprocessing.size_pixels
    starts = range(0, len(squares), _AT_ONCE)
    return np.concatenate(
        [embed_with_gaps(embedder, central(squares[start : start + _AT_ONCE], size)) for start in starts]
    )
