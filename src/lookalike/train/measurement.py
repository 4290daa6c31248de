"""How well vectors tell labels apart: MAP@R and recall@1, each picture asked among all the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lookalike.evaluate.intervals import Interval, jackknife_mean

__all__ = ["Asked", "Measurement", "ask", "average_precisions_at_r", "hits_at_1", "measure", "worse"]

_QUERIES_AT_ONCE = 512
_DECIMALS = 6
_WORSE_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, with 95% intervals that leave out one label at a time.

    Attributes:
        map_at_r: mean average precision at R.
        recall_at_1: share of pictures whose nearest other picture has their label.
        n_pictures: asked.
        n_labels: asked for.
    """

    map_at_r: Interval
    recall_at_1: Interval
    n_pictures: int
    n_labels: int

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "map@r": self.map_at_r.as_dict(),
            "recall@1": self.recall_at_1.as_dict(),
            "queries": self.n_pictures,
            "products": self.n_labels,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Measurement:
        """What `as_dict` gave."""
        return cls(Interval(**record["map@r"]), Interval(**record["recall@1"]), record["queries"], record["products"])


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What came of asking pictures among each other, picture by picture.

    Attributes:
        precisions: average precision at R of each picture asked.
        hits: 1.0 where its nearest other picture has its label.
        clusters: its label.
    """

    precisions: Float64[np.ndarray, " n"]
    hits: Float64[np.ndarray, " n"]
    clusters: Sequence[int]

    @property
    def measurement(self) -> Measurement:
        """The means, with their intervals."""
        return Measurement(
            jackknife_mean(self.precisions, self.clusters),
            jackknife_mean(self.hits, self.clusters),
            len(self.precisions),
            len(set(self.clusters)),
        )


def measure(vectors: Float32[np.ndarray, "n dimension"], labels: Int64[np.ndarray, " n"]) -> Measurement:
    """Ask each picture among all the others.

    Args:
        vectors: unit vectors.
        labels: of each; those with a single picture are only there to be confused with, and are not asked.

    Raises:
        ValueError: vectors that are not finite: they have no order.
    """
    return ask(vectors, labels).measurement


def ask(vectors: Float32[np.ndarray, "n dimension"], labels: Int64[np.ndarray, " n"]) -> Asked:
    """As `measure`, picture by picture, so that two models can be told apart on the same pictures."""
    precisions, hits, asked = _ranked(vectors, labels)
    return Asked(precisions, hits, [int(label) for label in labels[asked]])


def average_precisions_at_r(
    vectors: Float32[np.ndarray, "n dimension"], labels: Int64[np.ndarray, " n"]
) -> Float64[np.ndarray, " _asked"]:
    """For each picture that has R > 0 others of its label: 1/R of the precisions at those of them among the first R.

    Order: falling similarity, compared at six decimals, ties by rising row.

    Reference:
        Musgrave, Belongie & Lim 2020, "A Metric Learning Reality Check" (arXiv 2003.08505), section 3.2. No deviation.
    """
    return _ranked(vectors, labels)[0]


def hits_at_1(
    vectors: Float32[np.ndarray, "n dimension"], labels: Int64[np.ndarray, " n"]
) -> Float64[np.ndarray, " _asked"]:
    """For each picture that has others of its label: 1.0 where the nearest other picture is one of them."""
    return _ranked(vectors, labels)[1]


def _ranked(
    vectors: Float32[np.ndarray, "n dimension"], labels: Int64[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, " _asked"], Float64[np.ndarray, " _asked"], Int64[np.ndarray, " _asked"]]:
    if not np.isfinite(vectors).all():
        raise ValueError("expected finite vectors, received others: they have no order")
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    n_right = counts[numbers] - 1
    asked = np.flatnonzero(n_right > 0)
    precisions = np.zeros(len(asked))
    hits = np.zeros(len(asked))
    for start in range(0, len(asked), _QUERIES_AT_ONCE):
        rows = asked[start : start + _QUERIES_AT_ONCE]
        similarities = np.round(vectors[rows].astype(np.float64) @ vectors.T.astype(np.float64), _DECIMALS)
        similarities[np.arange(len(rows)), rows] = -np.inf
        depth = int(n_right[rows].max())
        order = np.argsort(-similarities, axis=1, kind="stable")[:, :depth]
        right = labels[order] == labels[rows, None]
        ranks = np.arange(1, depth + 1)
        counted = right & (ranks[None, :] <= n_right[rows, None])
        precision = np.cumsum(right, axis=1) / ranks
        precisions[start : start + len(rows)] = (precision * counted).sum(axis=1) / n_right[rows]
        hits[start : start + len(rows)] = right[:, 0]
    return precisions, hits, asked.astype(np.int64)


def worse(
    before: Float32[np.ndarray, "n _before"],
    after: Float32[np.ndarray, "n _after"],
    labels: Int64[np.ndarray, " _n"],
    names: Sequence[str],
) -> tuple[tuple[str, float], ...]:
    """At most five labels whose mean average precision fell most, worst first, each with its change.

    Args:
        before: vectors of the pictures by one model.
        after: of the same pictures by another.
        labels: number of what each shows.
        names: of the labels, by number.
    """
    changes = average_precisions_at_r(after, labels) - average_precisions_at_r(before, labels)
    found = [(names[int(label)], float(changes[labels == label].mean())) for label in np.unique(labels)]
    fallen = sorted((change, name) for name, change in found if change < 0)
    return tuple((name, change) for change, name in fallen[:_WORSE_SHOWN])
