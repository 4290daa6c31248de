"""By price or date, among what is similar enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.catalog.memory import BooleanColumn, MemoryColumn, TextColumn

__all__ = ["FLOOR_SHARE", "MOST_SORTED", "Sorted", "floor_of", "sort_values", "sorted_within"]

FLOOR_SHARE = 0.75
"""What is at least this share of the first hit's similarity is similar enough, unless a floor is given."""

MOST_SORTED = 1_000
"""Most hits that are sorted; where more are similar enough, the floor is that of the last one."""


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """Hits in another order.

    Attributes:
        order: positions of the hits that are similar enough, in the order asked for.
        floor: least similarity among what was let in, in fact or by what was asked, whichever is higher.
    """

    order: Int64[np.ndarray, " m"]
    floor: float


def floor_of(similarities: Float32[np.ndarray, " n"]) -> float:
    """`FLOOR_SHARE` of the best similarity, at six decimals; of a best below 0, the best itself; 0 of none."""
    if not len(similarities):
        return 0.0
    best = round(float(similarities.max()), 6)
    return round(best * FLOOR_SHARE, 6) if best > 0 else best


def sort_values(column: MemoryColumn, rows: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """A number for each of `rows` of a column, by which they sort; NaN where the value is missing.

    Texts sort by their folded form, which for dates as ISO 8601 writes them is by time; equal texts are equal.
    """
    if isinstance(column, TextColumn):
        ranks = np.empty(len(column.vocabulary.folded) + 1, dtype=np.float64)
        by_text = sorted(range(len(ranks) - 1), key=column.vocabulary.folded.__getitem__)
        ranks[by_text] = np.arange(len(by_text))
        ranks[-1] = np.nan  # what -1, a missing value, picks
        return ranks[column.codes[rows]]
    if isinstance(column, BooleanColumn):
        flags = column.flags[rows].astype(np.float64)
        return np.where(flags < 0, np.nan, flags)
    return column.numbers[rows]


def sorted_within(
    similarities: Float32[np.ndarray, " n"],
    values: Float64[np.ndarray, " n"],
    *,
    falling: bool,
    floor: float | None = None,
    complete: bool = True,
) -> Sorted:
    """The hits of at least `floor`, by value; ties by falling similarity, missing values last whichever the way.

    Args:
        similarities: of the hits, falling.
        values: what they are sorted by, NaN where there is none.
        falling: whether the highest value comes first.
        floor: least similarity; None for `FLOOR_SHARE` of the best (of a best below 0, all that is no worse).
        complete: whether there are no more hits than these.

    Returns:
        Similarities are compared at six decimals, as they are shown. No hits give no order and the floor asked for.
    """
    if not len(similarities):
        return Sorted(np.zeros(0, dtype=np.int64), 0.0 if floor is None else floor)
    shown = np.round(similarities.astype(np.float64), 6)
    least = floor_of(similarities) if floor is None else floor
    if not complete:
        least = max(least, float(shown.min()))
    inside: Bool[np.ndarray, " n"] = shown >= least
    places = np.flatnonzero(inside)
    own = values[places]
    key = np.where(np.isnan(own), np.inf, -own if falling else own)
    return Sorted(places[np.lexsort((places, -shown[places], key))].astype(np.int64), least)
