"""``lookalike events``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import click

from lookalike.cli.finite import FiniteRange
from lookalike.cli.output import emit, json_option, rejections_as_json, require_writable, store_option, tell_rejections

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
                "ahead": report.n_ahead,
                "seconds": round(report.seconds, 3),
            }
        )
        return
    done = report.recorded
    click.echo(f"{done.added} events added, {done.known} known already, {done.refused} refused by their shoppers")
    click.echo(f"the store has {report.n_events} events of {report.n_shoppers} shoppers")
    if report.n_unknown_products:
        click.echo(f"{report.n_unknown_products} of {report.n_products} products of the log are not in the catalogue")
    if report.n_ahead:
        click.echo(
            f"{report.n_ahead} events of the log are dated in the future and count as the newest: unless they are made "
            "up, check its column of time"
        )
    if report.n_rejected:
        click.echo(f"{report.n_rejected} rows could not be used:")
        tell_rejections(report.rejected)


@events.command(name="expire")
@click.option("--days", type=FiniteRange(min=0), required=True, help="Age from which events go.")
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


@events.command(name="pairs")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="CSV of the pairs.")
@click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="CSV of pictures for `lookalike train TABLE --label pair`; put it where the catalogue's file is.",
)
@click.option("--eta", type=FiniteRange(min=0), default=1.0, show_default=True, help="How steeply attention falls.")
@click.option("--apart", type=click.IntRange(min=1), default=3, show_default=True, help="Products between, at most.")
@click.option("--least", type=FiniteRange(min=0), default=0.0, show_default=True, help="Weight of a pair at least.")
@store_option
@json_option
def pairs(
    out: Path, table: Path | None, eta: float, apart: int, least: float, store: str | None, as_json: bool
) -> None:
    """Write which products people meet in one visit: weights from which the bias of positions is taken out.

    An event at position p of an answer counts p ** eta times as much as one at its head.
    """
    from lookalike.compose import open_engine
    from lookalike.search.people.pairs import PairOptions

    with open_engine(store, must_exist=True) as engine:
        for path in (out, table):
            if path is not None:
                require_writable(path.parent)
        found = engine.pairs(PairOptions(eta=eta, apart=apart, least_weight=least))
        rows = [] if table is None else engine.pair_table(found)
    columns = ("product_id", "other_id", "weight", "visits")
    _write(out, columns, [(one.product_id, one.other_id, round(one.weight, 6), one.visits) for one in found])
    if table is not None:
        names = ("image", "product_id", "pair", "weight")
        _write(table, names, [tuple(row[name] for name in names) for row in rows])
    if as_json:
        emit({"pairs": len(found), "out": str(out), "table": None if table is None else str(table), "rows": len(rows)})
    else:
        click.echo(f"{len(found)} pairs in {out}" + (f", {len(rows)} pictures in {table}" if table else ""))


@events.command(name="credit")
@store_option
@json_option
def credit(store: str | None, as_json: bool) -> None:
    """Say which of two rankers people preferred, where `--against` or `lookalike trial` let them share lists."""
    from lookalike.cli.trial import report_lines
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        found = engine.credits()
    if as_json:
        emit({"trials": [one.as_dict() for one in found]})
        return
    for one in found:
        for line in report_lines(one):
            click.echo(line)
    if not found:
        click.echo("no event tells of a shared list: `lookalike trial start` and `--against` make them")


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
