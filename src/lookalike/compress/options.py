"""How much is looked at while a model is made smaller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lookalike.compress.recipe import CANDIDATES, QuantisationRecipe

__all__ = ["QuantiseOptions", "Told"]

Told: TypeAlias = Callable[[str], None]
"""Hears in a few words what is being done."""


@dataclass(frozen=True, slots=True)
class QuantiseOptions:
    """How much is looked at.

    Attributes:
        allowed_loss: of recall@1, as a share.
        n_calibration: pictures whose activations set ranges and rounding.
        most_pictures: of the catalogue, in the exam.
        most_questions: of the exam.
        candidates: what to try.
        threads: of the runtimes; None for one a core.
        seed: of everything that is drawn.
    """

    allowed_loss: float = 0.005
    n_calibration: int = 64
    most_pictures: int = 4000
    most_questions: int = 4000
    candidates: tuple[QuantisationRecipe, ...] = CANDIDATES
    threads: int | None = None
    seed: int = 20_261_125
