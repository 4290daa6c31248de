"""What can be found out about a question's pictures, made only where a re-ranking needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lookalike.search.rank.pool import Grid
from lookalike.types import Vectors

__all__ = ["Sight"]


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The photograph and the candidates, looked at once more; each is asked for when it is needed.

    Attributes:
        query_grid: what the photograph's places look like; None where it is no photograph, or the model has no map.
        grids: those of the first so many candidates, by position; what cannot be had is left out.
        query_views: the photograph in views of these names, float32 [names, dimension], unit rows; None where it is no
            photograph.
    """

    query_grid: Callable[[], Grid | None]
    grids: Callable[[int], Mapping[int, Grid]]
    query_views: Callable[[Sequence[str]], Vectors | None]
