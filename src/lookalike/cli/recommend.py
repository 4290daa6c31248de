"""``lookalike recommend``."""

from __future__ import annotations

import click

from lookalike.cli.finite import FiniteRange
from lookalike.cli.output import emit, json_option, on_one_line, store_option
from lookalike.search.people.recommendations import RecommendedHit, Rival

__all__ = ["recommend"]


@click.command(name="recommend")
@click.option("--shopper", default=None, help="For whom, as in the events; without one, for somebody unknown.")
@click.option("--where", default=None, help="Filter expression.")
@click.option("-k", "--k", default=10, show_default=True, type=click.IntRange(1, 1000), help="Products to return.")
@click.option("--repeats", is_flag=True, help="Show products that the shopper met already too.")
@click.option(
    "--epsilon",
    default=None,
    type=FiniteRange(min=0, min_open=True),
    help="Blur the taste until it is differentially private to this degree, and use nothing else.",
)
@click.option(
    "--against",
    default=None,
    type=click.Choice(["popularity", "off", "cooccurrence"]),
    help="Let this ranker share the list; `lookalike events credit` says which is better.",
)
@store_option
@json_option
def recommend(
    shopper: str | None,
    where: str | None,
    k: int,
    repeats: bool,
    epsilon: float | None,
    against: Rival | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Find products for a shopper, without a question: by taste, and by what others met with the same products."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        found = engine.recommend(shopper, where=where, k=k, repeats=repeats, epsilon=epsilon, against=against)
    if as_json:
        emit(found.as_dict())
        return
    if found.personal.basis == "popularity":
        click.echo("nothing is known of the shopper: what is popular", err=True)
    for rank, one in enumerate(found.hits, start=1):
        click.echo(_line(rank, one))


def _line(rank: int, one: RecommendedHit) -> str:
    title = on_one_line(one.hit.title) if one.hit is not None and one.hit.title else ""
    because = f"because of {on_one_line(', '.join(one.because))}" if one.because else ""
    facts = [click.style(on_one_line(one.product_id), bold=True), title, click.style(because, dim=True)]
    return f"{rank:3}  " + "  ".join(fact for fact in facts if fact)
