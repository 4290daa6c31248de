"""What the commands that make models smaller have in common: the gate's options, and the table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lookalike.cli.finite import FiniteRange
from lookalike.cli.output import emit, rejections_as_json, tell_rejections
from lookalike.errors import CompressionRefused

if TYPE_CHECKING:
    from lookalike.compress.outcome import Outcome

__all__ = ["allow_loss_option", "queries_option", "saying", "tell_outcome"]

F = TypeVar("F", bound=Callable[..., object])


def queries_option(command: F) -> F:
    """``--queries``: photographs to examine by."""
    return click.option(
        "--queries",
        type=click.Path(path_type=Path),
        default=None,
        help="Photographs to examine by (CSV: image, product_id).  [default: other views of the catalogue's products, "
        "or distorted copies]",
    )(command)


def allow_loss_option(points: float) -> Callable[[F], F]:
    """``--allow-loss``: of recall@1, in points."""
    return click.option(
        "--allow-loss",
        type=FiniteRange(0.0, 100.0),
        default=points,
        show_default=True,
        help="Points of recall@1 that it may lose; beyond, nothing is written.",
    )


def saying(*, quiet: bool) -> Callable[[str], None] | None:
    """Tells what is being done on stderr; None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        return None
    return lambda what: click.echo(f"  {what}", err=True)


def tell_outcome(make: Callable[[], Outcome], *, as_json: bool) -> None:
    """Call `make` and tell what came of it; the table of a refused model is told too, before the error."""
    from lookalike.compress.outcome import Outcome

    try:
        outcome = make()
    except CompressionRefused as refused:
        if isinstance(refused.outcome, Outcome):
            _tell(refused.outcome, as_json=as_json)
        raise
    _tell(outcome, as_json=as_json)


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    from lookalike.compress.outcome import table_of

    if as_json:
        emit({**outcome.as_dict(), "rejected": rejections_as_json(outcome.rejected)})
        return
    name = "not written" if outcome.model is None else outcome.model
    click.echo(f"{click.style(name, bold=True)}: {outcome.sentence()}")
    rows = [("", "before", "after"), *table_of(outcome)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for row, first, second in rows:
        click.echo(f"  {row:{widths[0]}}  {first:{widths[1]}}  {second}")
    if n := outcome.exam.get("unanswerable"):
        click.echo(f"{n} photographs were not asked: the product that they show is not in the catalogue")
    if n := outcome.exam.get("own"):
        click.echo(f"{n} photographs were not asked: they are the catalogue's only pictures of their product")
    if outcome.model is not None:
        click.echo(f"next: lookalike index SOURCE --store NEW_STORE --model {outcome.model}")
    tell_rejections(outcome.rejected)
