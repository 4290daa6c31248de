"""Numbers on the command line."""

from __future__ import annotations

import math

import click

__all__ = ["FiniteRange"]


class FiniteRange(click.FloatRange):
    """A number within bounds. `click.FloatRange` alone lets nan through, which lies within none."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; wrong usage where it is not finite or out of bounds."""
        number = super().convert(value, param, ctx)  # pyright: ignore[reportArgumentType]  # what was typed is text
        if not math.isfinite(number):
            self.fail(f"expected a finite number, received {value}", param, ctx)
        return number
