"""One thing in a photograph, and what was found for it."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.types import Box, Hits

__all__ = ["Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a photograph.

    Attributes:
        box: where it is, in pixels of the upright photograph.
        score: how sure it is that one thing is there, and a product of the catalogue, 0 to 1.
        hits: the products that look like it.
    """

    box: Box
    score: float
    hits: Hits

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1:
            raise ValueError(f"score must be 0 to 1, received {self.score}")
