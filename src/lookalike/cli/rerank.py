"""``lookalike rerank``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.finite import FiniteRange
from lookalike.cli.output import emit, json_option, rejections_as_json, store_option, tell_rejections
from lookalike.types import FoldBy

__all__ = ["rerank"]


@click.command(name="rerank")
@click.argument("queries", required=False, type=click.Path(path_type=Path))
@click.option("--golden", default=None, metavar="NAME", help="Ask this golden set instead of QUERIES.")
@click.option(
    "--by",
    type=click.Choice(["product", "variant", "image"]),
    default=None,
    show_default="product; a golden set knows",
    help="What a right answer is.",
)
@click.option(
    "--slowest",
    type=FiniteRange(min=0.0),
    default=25.0,
    show_default=True,
    help="Milliseconds a search that a method may take.",
)
@click.option("--dry-run", is_flag=True, help="Measure only; searches stay as they are.")
@click.option("--forget", is_flag=True, help="Forget what was measured: searches go by similarity again.")
@store_option
@json_option
def rerank(
    queries: Path | None,
    golden: str | None,
    by: FoldBy | None,
    slowest: float,
    dry_run: bool,
    forget: bool,
    store: str | None,
    as_json: bool,
) -> None:
    """Measure every way of re-ranking on QUERIES (CSV, as for `lookalike evaluate`), and use what helps.

    A method is used in searches from then on where its gain in map@10 lies above zero beyond chance, for all methods
    that are tried, and recall@1 does not fall; else none is. The choice is kept with the live release.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine
    from lookalike.errors import InvalidQuery
    from lookalike.evaluate.report.words import unanswerable

    if forget and (queries is not None or golden is not None or dry_run):
        raise InvalidQuery("--forget stands alone: give no questions, nor --dry-run")
    with open_engine(store, must_exist=True) as engine:
        if forget:
            engine.forget_rerank()
            emit({"release": engine.release, "chosen": None}) if as_json else click.echo("searches go by similarity")
            return
        with watching("asking", quiet=as_json) as watcher:
            done = engine.rerank(queries, golden=golden, by=by, keep=not dry_run, slowest=slowest, watcher=watcher)
    if as_json:
        emit({**done.as_dict(), "rejected": rejections_as_json(done.rejected)})
        return
    choice = done.choice
    plain = choice.baseline["map@10"]
    click.echo(f"release {done.release}, {choice.n_queries} questions for {choice.n_answers} answers of {done.golden}")
    click.echo(f"  {'by similarity':16} map@10 {plain.value:.3f}  recall@1 {choice.baseline['recall@1'].value:.3f}")
    for one in choice.effects:
        gain, first = one.differences["map@10"], one.differences["recall@1"]
        mark = click.style("helps", fg="green") if one.helps else "     "
        click.echo(
            f"  {one.method:16} map@10 {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]  "
            f"recall@1 {first.value:+.3f} [{first.low:+.3f}, {first.high:+.3f}]  {one.milliseconds:6.2f} ms  {mark}"
        )
    kept = "only measured" if done.setting is None else "searches use it from now on"
    if choice.chosen == "off":
        kept = "only measured" if done.setting is None else "searches go by similarity"
    click.echo(f"{click.style(choice.chosen, bold=True)} ({kept}): {choice.reason}")
    if done.unanswerable:
        click.echo(unanswerable(done.unanswerable, done.by))
    if done.rejected:
        click.echo(f"{len(done.rejected)} questions could not be asked:")
        tell_rejections(done.rejected)
