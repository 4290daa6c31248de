"""``lookalike replay``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookalike.cli.finite import FiniteRange
from lookalike.cli.output import emit, json_option, store_option, tell_rejections
from lookalike.sources.event import KINDS

if TYPE_CHECKING:
    from lookalike.evaluate.replay import Replay

__all__ = ["replay"]


@click.command(name="replay")
@click.argument("log", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--held-out",
    type=FiniteRange(0.01, 0.9),
    default=0.2,
    show_default=True,
    help="Share of events after the cut.",
)
@click.option("--shoppers", type=click.IntRange(2), default=5000, show_default=True, help="Shoppers to ask at most.")
@click.option("--repeats", is_flag=True, help="Products that a shopper had met before count, and may be shown.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only such events count as what people did next."
)
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Of what is drawn.")
@store_option
@json_option
def replay(
    log: Path,
    held_out: float,
    shoppers: int,
    repeats: bool,
    kinds: tuple[str, ...],
    seed: int,
    store: str | None,
    as_json: bool,
) -> None:
    """Play LOG again: what would have been shown just before what people did next, with and without their taste.

    The time is cut once; nothing behind the cut teaches anything. LOG is as `lookalike events import` takes it and is
    not kept. Products of the store are known by their looks too; a store is not needed. Intervals are 95%, by leaving
    out one shopper at a time.
    """
    from lookalike.compose import open_engine
    from lookalike.evaluate.replay import ReplayOptions

    options = ReplayOptions(
        held_out=held_out,
        most_shoppers=shoppers,
        repeats=repeats,
        kinds=tuple(place for place, kind in enumerate(KINDS) if kind in kinds),
        seed=seed,
    )
    with open_engine(store) as engine:
        report = engine.replay(log, options)
    if as_json:
        emit(report.as_dict())
        return
    told = report.log
    click.echo(
        f"{told['events']} events of {told['shoppers']} shoppers with {told['products']} products, "
        f"{told['not_in_catalogue']} of them not in the catalogue"
    )
    _tell(report.replay)
    if report.n_rejected:
        click.echo(f"{report.n_rejected} rows could not be used:")
        tell_rejections(report.rejected)


def _tell(found: Replay) -> None:
    click.echo(
        f"{found.n_targets} shoppers asked about after {found.n_taught} events, {found.n_candidates} products to show"
    )
    names = ("recall@1", "recall@10", "ndcg@10", "mrr@10")
    for policy, metrics in found.metrics.items():
        shown = "   ".join(
            f"{name} {metrics[name].value:.3f} [{metrics[name].low:.3f}, {metrics[name].high:.3f}]" for name in names
        )
        click.echo(f"  {policy:13} {shown}")
    for policy, metrics in found.lift.items():
        difference = metrics["recall@10"].difference
        click.echo(
            f"  personal over {policy}: recall@10 {difference.value:+.3f} "
            f"[{difference.low:+.3f}, {difference.high:+.3f}]"
        )
