"""``lookalike events``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, json_option, rejections_as_json, store_option, tell_rejections

__all__ = ["events"]


@click.group(name="events")
def events() -> None:
    """Keep what shoppers view, like, put in the cart and buy: for personal results, and for nothing else."""


@events.command(name="import")
@click.argument("log", type=click.Path(path_type=Path, dir_okay=False))
@store_option
@json_option
def import_(log: Path, store: str | None, as_json: bool) -> None:
    """Keep every event of LOG: CSV, TSV, JSONL or Parquet with shopper, product_id, kind and time.

    Optional columns are session, query and position. Rows that cannot be used are told with their lines; the same log
    twice changes nothing.
    """
    from lookalike.compose import open_engine

    with open_engine(store) as engine:
        report = engine.import_events(log)
    if as_json:
        emit(
            {
                "added": report.recorded.added,
                "known": report.recorded.known,
                "refused": report.recorded.refused,
                "rejected": rejections_as_json(report.rejected),
                "n_rejected": report.n_rejected,
                "products": report.n_products,
                "not_in_catalogue": report.n_unknown_products,
                "shoppers": report.n_shoppers,
                "events": report.n_events,
                "seconds": round(report.seconds, 3),
            }
        )
        return
    done = report.recorded
    click.echo(f"{done.added} events added, {done.known} known already, {done.refused} refused by their shoppers")
    click.echo(f"the store has {report.n_events} events of {report.n_shoppers} shoppers")
    if report.n_unknown_products:
        click.echo(f"{report.n_unknown_products} of {report.n_products} products of the log are not in the catalogue")
    if report.n_rejected:
        click.echo(f"{report.n_rejected} rows could not be used:")
        tell_rejections(report.rejected)


@events.command(name="expire")
@click.option("--days", type=click.FloatRange(min=0), required=True, help="Age from which events go.")
@store_option
@json_option
def expire(days: float, store: str | None, as_json: bool) -> None:
    """Take away events older than --days, so that no byte of them stays in the store."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        gone = engine.expire_events(days)
    if as_json:
        emit({"expired": gone})
    else:
        click.echo(f"{gone} events taken away")
