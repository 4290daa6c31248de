"""``lookalike demand``."""

from __future__ import annotations

import click

from lookalike.cli.output import emit, json_option, on_one_line, store_option
from lookalike.search.demand import DEFAULT_LIKENESS

__all__ = ["demand"]


@click.command(name="demand")
@click.option(
    "--likeness",
    default=DEFAULT_LIKENESS,
    show_default=True,
    help="Cosine from which two photographs count as the same wish; for the packaged model.",
)
@click.option("--erase", is_flag=True, help="Forget every remembered photograph instead.")
@store_option
@json_option
def demand(likeness: float, erase: bool, store: str | None, as_json: bool) -> None:
    """Say what shoppers photographed that is not in the catalogue, in clusters of what looks alike.

    Photographs that were told 'not in this catalogue' are remembered only where LOOKALIKE_REMEMBER_UNMET is on.
    """
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        if erase:
            erased = engine.erase_demand()
            if as_json:
                emit({"erased": erased})
            else:
                click.echo(f"{erased} remembered photographs erased")
            return
        found = engine.demand(likeness=likeness)
    if as_json:
        emit(found.as_dict())
        return
    days = found.options.retention.days
    click.echo(f"{found.photographs} photographs told 'not in this catalogue' in the last {days} days")
    if not found.options.remember:
        click.echo("none are being remembered: LOOKALIKE_REMEMBER_UNMET=true switches it on")
    for one in found.clusters:
        like = on_one_line(", ".join(hit.title or hit.product_id for hit in one.nearest))
        click.echo(f"{one.size:5}  {one.share:6.1%}  {one.first_seen[:10]} to {one.last_seen[:10]}  closest: {like}")
