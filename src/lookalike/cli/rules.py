"""``lookalike rules``: what the shop pins, buries and boosts, and what that costs."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, json_option, rejections_as_json, store_option, tell_rejections
from lookalike.search.rank.rules import RuleBook, ShopRule
from lookalike.types import FoldBy

__all__ = ["rules"]


@click.group(name="rules")
def rules() -> None:
    """Pin, bury and boost products among what a search has found; see what that costs."""


@rules.command(name="show")
@store_option
@json_option
def show(store: str | None, as_json: bool) -> None:
    """List the rules, in the order in which they apply."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        _tell(engine.shop_rules(), as_json=as_json)


@rules.command(name="set")
@click.argument("file", type=click.Path(path_type=Path))
@store_option
@json_option
def put(file: Path, store: str | None, as_json: bool) -> None:
    """Keep the rules of FILE (TOML or JSON) instead of those before; the next search applies them."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        _tell(engine.set_shop_rules(file), as_json=as_json)


@rules.command(name="clear")
@store_option
@json_option
def clear(store: str | None, as_json: bool) -> None:
    """Forget all rules."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        _tell(engine.set_shop_rules(RuleBook()), as_json=as_json)


@rules.command(name="cost")
@click.argument("queries", required=False, type=click.Path(path_type=Path))
@click.option("--golden", default=None, metavar="NAME", help="Ask this golden set instead of QUERIES.")
@click.option(
    "--by",
    type=click.Choice(["product", "variant", "image"]),
    default=None,
    show_default="product; a golden set knows",
    help="What a right answer is.",
)
@store_option
@json_option
def cost(queries: Path | None, golden: str | None, by: FoldBy | None, store: str | None, as_json: bool) -> None:
    """Ask QUERIES (CSV, as for `lookalike evaluate`) with the rules and without: what they cost in nDCG and recall."""
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine
    from lookalike.evaluate.report.words import unanswerable

    with open_engine(store, must_exist=True) as engine, watching("asking", quiet=as_json) as watcher:
        done = engine.rules_cost(queries, golden=golden, by=by, watcher=watcher)
    if as_json:
        emit({**done.as_dict(), "rejected": rejections_as_json(done.rejected)})
        return
    click.echo(
        f"{done.n_queries} questions of {done.golden}, {len(done.rules.rules)} rules; the first ten hits changed for "
        f"{done.touched:.1%}"
    )
    for name, one in done.differences.items():
        click.echo(
            f"  {name:12} {done.without[name].value:.3f} -> {done.with_rules[name].value:.3f}  "
            f"{one.difference.value:+.3f} [{one.difference.low:+.3f}, {one.difference.high:+.3f}]"
        )
    if done.unanswerable:
        click.echo(unanswerable(done.unanswerable, done.by))
    if done.rejected:
        click.echo(f"{len(done.rejected)} questions could not be asked:")
        tell_rejections(done.rejected)


def _tell(book: RuleBook, *, as_json: bool) -> None:
    if as_json:
        emit(book.as_dict())
        return
    if not book:
        click.echo("no rules: every search goes by similarity")
    for rule in book.rules:
        click.echo(_line(rule))


def _line(rule: ShopRule) -> str:
    what = " and ".join(
        part
        for part in (
            f"{len(rule.products)} products" if rule.products else "",
            f"what has {rule.where}" if rule.where is not None else "",
        )
        if part
    )
    how = {
        "pin": f"to place {rule.position}, within {rule.within:g} of the first",
        "boost": f"by {rule.by:+g}, within {rule.within:g} of the first",
        "bury": "behind the others",
    }[rule.action]
    words = f", for questions with {rule.words!r}" if rule.words is not None else ""
    return f"{click.style(rule.name, bold=True)}: {rule.action} {what} {how}{words}"
