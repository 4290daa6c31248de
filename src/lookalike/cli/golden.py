"""``lookalike golden``: queries with known answers, made of the catalogue or of photographs, kept in the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from lookalike.cli.output import emit, json_option, rejections_as_json, store_option, tell_rejections

if TYPE_CHECKING:
    from lookalike.evaluate.golden.golden_set import GoldenSet

__all__ = ["golden"]


@click.group(name="golden")
def golden() -> None:
    """Golden sets: held-out queries with their right answers, which releases are measured on."""


@golden.command(name="make")
@click.argument("queries", type=click.Path(path_type=Path), required=False)
@click.option("--name", default="default", show_default=True, help="Of the set; promotions use the default one.")
@click.option(
    "--by",
    type=click.Choice(["product", "variant"]),
    default="product",
    show_default=True,
    help="What a right answer is.",
)
@click.option("--n", "n_queries", type=click.IntRange(min=1), default=500, show_default=True, help="Queries, at most.")
@click.option("--seed", type=click.IntRange(min=0), default=20_260_104, show_default=True, help="Of what is drawn.")
@click.option("--replace", is_flag=True, help="Overwrite a set of that name.")
@store_option
@json_option
def make(
    queries: Path | None,
    name: str,
    by: Literal["product", "variant"],
    n_queries: int,
    seed: int,
    replace: bool,
    store: str | None,
    as_json: bool,
) -> None:
    """Make a golden set of QUERIES (CSV: image, product_id), or of the catalogue's own pictures.

    Of the catalogue: one view of each product with several pictures is held out, and of the others a phone-like
    distortion is made. Pictures that are on both sides are found and left out.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine, watching("looking", quiet=as_json) as watcher:
        made = engine.make_golden(
            queries, name=name, by=by, n_queries=n_queries, seed=seed, replace=replace, watcher=watcher
        )
    if as_json:
        emit({**made.golden.summary(), "rejected": rejections_as_json(made.rejected)})
        return
    _tell(made.golden)
    if made.rejected:
        click.echo(f"{len(made.rejected)} rows could not be used:")
        tell_rejections(made.rejected)


@golden.command(name="list")
@store_option
@json_option
def list_(store: str | None, as_json: bool) -> None:
    """List the golden sets of a store."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        sets = engine.golden_sets()
    if as_json:
        emit({"golden_sets": [one.summary() for one in sets]})
        return
    if not sets:
        click.echo("no golden sets yet: `lookalike golden make`")
    for one in sets:
        kinds = ", ".join(f"{count} {kind}" for kind, count in one.kinds.items())
        click.echo(f"{one.name}  {len(one.queries)} queries ({kinds})  by {one.by}  {one.created_at}")


@golden.command(name="show")
@click.argument("name", default="default")
@store_option
@json_option
def show(name: str, store: str | None, as_json: bool) -> None:
    """Show one golden set: how it was made, what leaked, and (with --json) every query."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        found = engine.golden_set(name)
    if as_json:
        emit(found.as_dict())
        return
    _tell(found)


@golden.command(name="drop")
@click.argument("name")
@store_option
@json_option
def drop(name: str, store: str | None, as_json: bool) -> None:
    """Remove a golden set with its pictures."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        engine.drop_golden(name)
    if as_json:
        emit({"dropped": name})
    else:
        click.echo(f"golden set {name} is gone")


def _tell(found: GoldenSet) -> None:
    kinds = {"view": "held-out views", "phone": "phone-like distortions", "photograph": "photographs"}
    click.echo(f"golden set {found.name}: {len(found.queries)} queries for {found.n_clusters} {found.by}s")
    for kind, count in found.kinds.items():
        click.echo(f"  {count:6} {kinds[kind]}")
    leakage = found.leakage
    click.echo(
        f"  on both sides: {leakage.exact} exact, {leakage.perceptual} that look the same, {leakage.embedding} by "
        f"their vectors; {leakage.removed} queries removed"
    )
    click.echo(f"  of {found.source}, seed {found.seed}, {found.created_at}, data {found.data_sha256[:12]}")
