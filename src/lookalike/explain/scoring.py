"""Is a map right? What the similarity loses without the places that it names, and whether they lie on the object.

All scores are about the query's square, as the model sees it, and the similarity to one unit vector. A map is a grid
of signed values over that square; where it comes from does not matter, so that methods can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float64

from lookalike.embed.embedder import Embedder
from lookalike.images.neutral import blurred, mean_coloured
from lookalike.images.tinting import spread_map
from lookalike.types import Pixels, Vector

__all__ = ["Baseline", "Faithfulness", "ObjectShare", "faithfulness", "highest", "map_likeness", "object_share"]

Baseline: TypeAlias = Literal["blur", "mean"]
"""What stands where something was deleted: the square blurred beyond recognition, or its mean colour."""

_BLUR_RADIUS = 1 / 12


@dataclass(frozen=True, slots=True, eq=False)
class Faithfulness:
    """How the similarity follows the map.

    Attributes:
        shares: of the square, rising, from 0.
        deleted: similarity once the highest so much of the map is neutral.
        inserted: similarity where everything but the highest so much of the map is neutral.
    """

    shares: Float64[np.ndarray, " n"]
    deleted: Float64[np.ndarray, " n"]
    inserted: Float64[np.ndarray, " n"]

    @property
    def deletion_area(self) -> float:
        """Mean height of the deletion curve (trapezoids); lower is better."""
        return _area(self.shares, self.deleted)

    @property
    def insertion_area(self) -> float:
        """Mean height of the insertion curve (trapezoids); higher is better."""
        return _area(self.shares, self.inserted)

    def drop(self, share: float) -> float:
        """What the similarity loses when the highest `share` is deleted.

        Raises:
            ValueError: that share was not measured.
        """
        found = np.flatnonzero(np.isclose(self.shares, share))
        if not len(found):
            raise ValueError(f"share must be one of {self.shares.tolist()}, received {share}")
        return float(self.deleted[0] - self.deleted[found[0]])


@dataclass(frozen=True, slots=True)
class ObjectShare:
    """How much of a map's positive part lies on an object.

    Attributes:
        attribution: share of the positive part, 0 to 1; 0 where nothing is positive.
        area: the object's share of the square.
    """

    attribution: float
    area: float

    @property
    def ratio(self) -> float:
        """Attribution over area: 1 is what a map of chance has; NaN where the object is not in the square."""
        return self.attribution / self.area if self.area > 0 else float("nan")


def faithfulness(
    embedder: Embedder,
    square: Pixels,
    vector: Vector,
    values: Float[np.ndarray, "rows columns"],
    *,
    shares: Sequence[float] = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
    baseline: Baseline = "blur",
) -> Faithfulness:
    """Insertion and deletion on the similarity.

    Args:
        embedder: asked for two pictures a share.
        square: the query, through the embedder's preprocessing.
        vector: unit vector of what it was compared with.
        values: the map.
        shares: of the square's pixels, 0 to 1, rising, the first one 0.
        baseline: what a deleted pixel becomes. ``blur`` leaves colour and brightness where they were, so that no new
            edges are drawn; ``mean`` also takes those away, and draws edges.

    Reference:
        Petsiuk, Das and Saenko 2018, RISE, arXiv 1806.07421, sec. 4.2; of a similarity, in a few larger steps.
    """
    neutral = blurred(square, _BLUR_RADIUS * len(square)) if baseline == "blur" else mean_coloured(square)
    masks = [highest(values, len(square), share)[..., None] for share in shares]
    pictures = [np.where(mask, neutral, square) for mask in masks] + [np.where(mask, square, neutral) for mask in masks]
    similarities = embedder.embed(np.stack(pictures)).astype(np.float64) @ vector.astype(np.float64)
    return Faithfulness(np.asarray(shares, np.float64), similarities[: len(shares)], similarities[len(shares) :])


def highest(values: Float[np.ndarray, "rows columns"], size: int, share: float) -> Bool[np.ndarray, "size size"]:
    """The pixels of the highest `share` of a map that is spread over a square; of ties the upper left ones.

    Args:
        values: the map.
        size: side of the square.
        share: 0 to 1; ``round(share * size ** 2)`` pixels are chosen.
    """
    spread = spread_map(values, (0.0, 0.0, float(size), float(size)), width=size, height=size)
    chosen = np.zeros(size * size, np.bool_)
    chosen[np.argsort(-spread, axis=None, kind="stable")[: round(share * size * size)]] = True
    return chosen.reshape(size, size)


def object_share(values: Float[np.ndarray, "rows columns"], mask: Bool[np.ndarray, "size size"]) -> ObjectShare:
    """Which share of what a map counts in favour lies on the object.

    Args:
        values: the map.
        mask: the object's pixels of the square.
    """
    size = len(mask)
    spread = np.maximum(spread_map(values, (0.0, 0.0, float(size), float(size)), width=size, height=size), 0.0)
    total = float(spread.sum())
    return ObjectShare(float(spread[mask].sum()) / total if total > 0 else 0.0, float(mask.mean()))


def map_likeness(first: Float[np.ndarray, "rows columns"], second: Float[np.ndarray, "rows columns"]) -> float:
    """Correlation of two maps' ranks (Spearman), -1 to 1; 0 where either is the same everywhere.

    Args:
        first: one map.
        second: another of the same shape.

    Reference:
        Adebayo et al. 2018, Sanity Checks for Saliency Maps, arXiv 1810.03292, sec. 3.
    """
    a, b = _ranks(first.ravel()), _ranks(second.ravel())
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / scale if scale > 0 else 0.0


def _ranks(values: Float[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Rank of each value from 0, equal ones sharing the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts + 1) / 2)[place]


def _area(x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"]) -> float:
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / (x[-1] - x[0]))
