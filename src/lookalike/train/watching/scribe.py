"""Turns what happens in a run into what its journals are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from lookalike.images import thumbnail
from lookalike.train.watching.journal import Journal
from lookalike.train.watching.neighbours import nearest_rows, neighbours_picture

if TYPE_CHECKING:
    from lookalike.train.fitting import Moment

__all__ = ["Scribe"]

_QUERIES, _NEAREST, _POINTS, _SPRITE = 8, 8, 2000, 32


class Scribe:
    """Tells journals of losses and measurements, and shows the same queries' neighbours at every measurement.

    Args:
        journals: none are fine.
        squares: every picture.
        labels: what each shows.
        names: of labels.
        measured: rows of the held-out pictures.
        generator: chooses the queries, one a product.
    """

    def __init__(
        self,
        journals: Sequence[Journal],
        *,
        squares: UInt8[np.ndarray, "n side side 3"],
        labels: Int64[np.ndarray, " n"],
        names: Sequence[str],
        measured: Int64[np.ndarray, " m"],
        generator: np.random.Generator,
    ) -> None:
        self._journals = journals
        self._squares = squares
        self._labels = labels
        self._names = names
        self._measured = measured
        of_measured = generator.permutation(len(measured))
        first = np.unique(labels[measured[of_measured]], return_index=True)[1]
        self._queries = sorted(of_measured[np.sort(first)[:_QUERIES]].tolist())

    def moment(self, moment: Moment) -> None:
        """A point of the curve of the losses of a phase that has one."""
        if moment.loss is None:
            return
        for journal in self._journals:
            journal.numbers({f"{moment.phase}/loss": moment.loss}, moment.done)

    def look(self, entry: Mapping[str, Any], vectors: Float32[np.ndarray, "m dimension"]) -> None:
        """What was measured, and the neighbours of the fixed queries among the held-out pictures.

        Args:
            entry: of the history, with ``phase``, ``step`` and ``map@r``.
            vectors: of the held-out pictures, unit rows.
        """
        if not self._journals or len(vectors) < 2:
            return
        step: int = entry["step"]
        for journal in self._journals:
            journal.numbers({f"{entry['phase']}/map@r": entry["map@r"]}, step)
        nearest = nearest_rows(vectors, self._queries, _NEAREST)
        shown = np.unique(np.concatenate([np.asarray(self._queries), nearest.ravel()]))
        place = {int(row): number for number, row in enumerate(shown)}
        pictures = self._squares[self._measured[shown]]
        picture = neighbours_picture(
            pictures,
            self._labels[self._measured[shown]],
            [place[row] for row in self._queries],
            np.vectorize(place.__getitem__, otypes=[np.int64])(nearest),
        )
        for journal in self._journals:
            journal.picture("nearest neighbours of held-out pictures", picture, step)

    def points(self, step: int, vectors: Float32[np.ndarray, "m dimension"]) -> None:
        """The held-out pictures to walk about in, at most 2,000.

        Args:
            step: of the measurement that is taken.
            vectors: of the held-out pictures, unit rows, by the finished model.
        """
        if not self._journals or not len(vectors):
            return
        every = slice(0, len(vectors), -(-len(vectors) // _POINTS))
        rows: list[int] = self._measured[every].tolist()
        tiles = np.stack([thumbnail(np.ascontiguousarray(self._squares[row]), _SPRITE) for row in rows])
        names = [self._names[int(self._labels[row])] for row in rows]
        for journal in self._journals:
            journal.points(vectors[every], names, tiles, step)

    def close(self) -> None:
        """Close the journals."""
        for journal in self._journals:
            journal.close()
