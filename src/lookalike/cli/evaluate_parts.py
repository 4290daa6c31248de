"""``lookalike evaluate --parts``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, rejections_as_json, tell_rejections

__all__ = ["ask_in_parts"]


def ask_in_parts(queries: Path, parts: int, store: str | None, *, as_json: bool) -> None:
    """Ask every photograph of `queries` in parts, and tell what was found in place."""
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine, watching("asking", quiet=as_json) as watcher:
        evaluation = engine.evaluate_parts(queries, parts=parts, watcher=watcher)
        release = engine.release
    if as_json:
        emit(
            {
                "photographs": evaluation.photographs,
                "products": evaluation.products,
                "parts": evaluation.parts,
                "metrics": {name: interval.as_dict() for name, interval in evaluation.metrics.items()},
                "exact": evaluation.exact,
                "release": release,
                "rejected": rejections_as_json(evaluation.rejected),
                "seconds": round(evaluation.seconds, 3),
            }
        )
        return
    click.echo(
        f"{evaluation.products} products in {evaluation.photographs} photographs, at most {parts} parts each, "
        f"{'exact' if evaluation.exact else 'approximate'} search, release {release}"
    )
    for name, interval in evaluation.metrics.items():
        click.echo(f"  {name:16} {interval.value:.3f}  [{interval.low:.3f}, {interval.high:.3f}]")
    if evaluation.rejected:
        click.echo(f"{len(evaluation.rejected)} lines could not be asked:")
        tell_rejections(evaluation.rejected)
