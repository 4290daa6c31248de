"""``lookalike robustness``: how much of its score a model keeps when photographs are corrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from lookalike.cli.output import emit, json_option, store_option, tell_rejections

__all__ = ["robustness"]


@click.command(name="robustness")
@click.argument("queries", type=click.Path(path_type=Path), required=False)
@click.option("--golden", default=None, metavar="NAME", help="Ask this golden set instead.  [default: default]")
@click.option(
    "--by",
    type=click.Choice(["product", "variant"]),
    default=None,
    show_default="product; a golden set knows",
    help="What a right answer is.",
)
@click.option("--n", "n_queries", type=click.IntRange(min=1), default=200, show_default=True, help="Queries, at most.")
@click.option("--seed", type=click.IntRange(min=0), default=20_260_104, show_default=True, help="Of the corruptions.")
@store_option
@json_option
def robustness(
    queries: Path | None,
    golden: str | None,
    by: Literal["product", "variant"] | None,
    n_queries: int,
    seed: int,
    store: str | None,
    as_json: bool,
) -> None:
    """Corrupt the photographs of QUERIES (CSV: image, product_id), or of a golden set, and ask them again.

    Fifteen corruptions in five severities, JPEG qualities, rotation, scale, crop, occlusion, background and viewpoint;
    each as a share of the score without corruption. Every query is embedded about a hundred times.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine, watching("corrupting", quiet=as_json) as watcher:
        measured = engine.robustness(queries, golden=golden, by=by, n_queries=n_queries, seed=seed, watcher=watcher)
    if as_json:
        emit(measured.as_dict())
        return
    clean = measured.clean
    click.echo(
        f"{measured.n_queries} queries, release {measured.release} ({measured.model}), {measured.metric} "
        f"{clean.value:.3f} [{clean.low:.3f}, {clean.high:.3f}] without corruption; kept of it:"
    )
    width = max(len(curve.family) for curve in measured.curves)
    for curve in measured.curves:
        if not curve.says_something:
            why = "none of its queries is found as it is" if curve.n_queries else "no query could be corrupted so"
            click.echo(f"  {curve.family:{width}}  {why}")
            continue
        steps = "  ".join(f"{step.label} {step.relative.value:.0%}" for step in curve.steps)
        skipped = f"  ({curve.n_skipped} queries could not be)" if curve.n_skipped else ""
        click.echo(f"  {curve.family:{width}}  {curve.relative.value:4.0%}  {steps}{skipped}")
    click.echo(f"weakest: {', '.join(measured.weaknesses)}")
    tell_rejections(measured.rejected)
