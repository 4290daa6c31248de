"""``lookalike compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from lookalike.cli.output import (
    command_line,
    emit,
    json_option,
    require_writable,
    store_option,
    tell_rejections,
    write_document,
)

__all__ = ["compare"]


@click.command(name="compare")
@click.argument("first")
@click.argument("second")
@click.argument("queries", type=click.Path(path_type=Path))
@click.option(
    "--by",
    type=click.Choice(["product", "variant"]),
    default="product",
    show_default=True,
    help="What a right answer is.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Write report.html and comparison.json here.",
)
@store_option
@json_option
def compare(
    first: str,
    second: str,
    queries: Path,
    by: Literal["product", "variant"],
    report: Path | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Ask releases FIRST and SECOND every query of QUERIES and say what changed from the first to the second.

    Neither needs to be live. Differences are paired by query; intervals and p-values go by product.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine
    from lookalike.evaluate.report import comparison_page
    from lookalike.evaluate.report.words import leakage, unanswerable

    if report is not None:
        require_writable(report)
    with open_engine(store, must_exist=True) as engine, watching("asking", quiet=as_json) as watcher:
        told = engine.compare(first, second, queries, by=by, command=command_line(), watcher=watcher)
    if report is not None:
        write_document(report / "comparison.json", told.as_dict())
        (report / "report.html").write_text(comparison_page(told), encoding="utf-8")
    if as_json:
        emit(told.as_dict())
        return
    click.echo(f"{told.queries} queries, {second} against {first}, paired")
    for pair in told.metrics:
        low, high = pair.difference.low, pair.difference.high
        click.echo(
            f"  {pair.name:10} {pair.first:.3f} -> {pair.second:.3f}  "
            f"{pair.difference.value:+.3f} [{low:+.3f}, {high:+.3f}]  p {pair.p_value:.3f}"
        )
    both, lost, won, neither = told.flips
    click.echo(f"right first: {both} with both, {lost} lost, {won} won, {neither} with neither")
    if told.leakage:
        click.echo(leakage(told.leakage, told.queries))
    if told.unanswerable:
        click.echo(unanswerable(told.unanswerable, by))
    tell_rejections(told.rejected)
    if report is not None:
        click.echo(f"report: {report / 'report.html'}, the same as JSON: {report / 'comparison.json'}")
