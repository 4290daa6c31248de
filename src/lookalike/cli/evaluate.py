"""``lookalike evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookalike.cli.output import (
    command_line,
    emit,
    json_option,
    rejections_as_json,
    require_writable,
    store_option,
    tell_rejections,
    write_document,
)
from lookalike.types import FoldBy

if TYPE_CHECKING:
    from lookalike.engine.engine import Engine
    from lookalike.evaluate.robustness import Robustness

__all__ = ["evaluate"]


@click.command(name="evaluate")
@click.argument("queries", type=click.Path(path_type=Path), required=False)
@click.option("--golden", default=None, metavar="NAME", help="Ask this golden set instead of a file.")
@click.option(
    "--by",
    type=click.Choice(["product", "variant", "image"]),
    default=None,
    show_default="product; a golden set knows",
    help="What a right answer is.",
)
@click.option(
    "--slice",
    "slice_by",
    multiple=True,
    metavar="COLUMN",
    help="Also measure each value of this attribute (or views, brightness, size); may be repeated.  "
    "[default: category, price, views, brightness, size]",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Write report.html and evaluation.json here.",
)
@click.option(
    "--robustness",
    "with_robustness",
    is_flag=True,
    help="Corrupt up to 100 of the queries too and show it in the report; every one is embedded a hundred times.",
)
@click.option(
    "--parts",
    type=click.IntRange(1, 12),
    default=None,
    help="QUERIES are photographs of several products, as JSON lines with image and objects (product_id, x, y, width, "
    "height): look for so many parts in each, and measure which products are found in place.",
)
@store_option
@json_option
def evaluate(
    queries: Path | None,
    golden: str | None,
    by: FoldBy | None,
    slice_by: tuple[str, ...],
    report: Path | None,
    with_robustness: bool,
    parts: int | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Ask every query of QUERIES (CSV: image, like, text or audio, and product_id or variant_id), measure answers.

    Several right answers are joined by |, and so are their grades in a column of that name. With --by image, right
    answers are image locations in a column answer_image. Intervals are 95%, by leaving out one product at a time.
    """
    from lookalike.cli.progress import watching
    from lookalike.cli.slices import slices_as_json, worst_gaps_as_json
    from lookalike.compose import open_engine
    from lookalike.errors import InvalidQuery
    from lookalike.evaluate.report.words import unanswerable
    from lookalike.evaluate.slices import DEFAULT_SLICES

    if parts is not None:
        others = golden, report, slice_by or None
        if queries is None or with_robustness or by not in {None, "product"} or any(one is not None for one in others):
            raise InvalidQuery("--parts goes with a file of photographs alone: leave the other options out")
        from lookalike.cli.evaluate_parts import ask_in_parts

        ask_in_parts(queries, parts, store, as_json=as_json)
        return
    if with_robustness and (report is None or by == "image"):
        raise InvalidQuery("--robustness is shown in the report: give --report DIR, and --by product or variant")
    if report is not None:
        require_writable(report)
    with open_engine(store, must_exist=True) as engine:
        with watching("asking", quiet=as_json) as watcher:
            evaluation = engine.evaluate(
                queries, golden=golden, by=by, slice_by=slice_by or DEFAULT_SLICES, watcher=watcher
            )
        release = engine.release
        judged: FoldBy = by or "product"
        if golden is not None:
            queries, judged = engine.golden_path(golden), engine.golden_set(golden).by
        assert queries is not None
        told = None
        if report is not None:
            robust = _robustness(engine, queries, golden, judged, quiet=as_json) if with_robustness else None
            told = engine.report(
                evaluation, queries, by=judged, golden=golden, command=command_line(), robustness=robust
            )
    document: dict[str, object] = {
        "queries": evaluation.queries,
        "metrics": {name: interval.as_dict() for name, interval in evaluation.metrics.items()},
        "slices": slices_as_json(evaluation.slices),
        "worst_gap": worst_gaps_as_json(evaluation.worst_gap),
        "exact": evaluation.exact,
        "by": judged,
        "release": release,
        "leakage": evaluation.leakage.as_dict(),
        "unanswerable": [one.as_line(judged) for one in evaluation.unanswerable],
        "rejected": rejections_as_json(evaluation.rejected),
        "seconds": round(evaluation.seconds, 3),
    }
    if report is not None and told is not None:
        from lookalike.evaluate.report import evaluation_page

        answers = [
            {
                "image": None if one.question.image is None else str(one.question.image),
                "like": one.question.like,
                "text": one.question.text,
                "audio": None if one.question.audio is None else str(one.question.audio),
                "answers": sorted(one.question.answers),
                "retrieved": list(one.retrieved),
                "similarities": [round(similarity, 6) for similarity in one.similarities],
            }
            for one in evaluation.asked
        ]
        whole = {**document, **told.as_dict(), "asked": answers}
        write_document(report / "evaluation.json", whole)
        (report / "report.html").write_text(evaluation_page(told), encoding="utf-8")
    if as_json:
        emit(document)
        return
    click.echo(
        f"{evaluation.queries} queries, {'exact' if evaluation.exact else 'approximate'} search, release {release}"
    )
    for name, interval in evaluation.metrics.items():
        click.echo(f"  {name:11} {interval.value:.3f}  [{interval.low:.3f}, {interval.high:.3f}]")
    for gap in evaluation.worst_gap.values():
        click.echo(
            f"  worst {gap.column}: {gap.value} (n {gap.n}), {gap.metric} {gap.gap.value:+.3f} below the rest "
            f"[{gap.gap.low:+.3f}, {gap.gap.high:+.3f}]"
        )
    if evaluation.leakage:
        same, alike = evaluation.leakage.exact, evaluation.leakage.perceptual
        click.echo(
            f"{same + alike} of these queries are pictures of the catalogue ({same} by their bytes, {alike} by their "
            "looks) and find themselves: `lookalike golden make QUERIES` leaves what leaks out"
        )
    if evaluation.unanswerable:
        click.echo(unanswerable(evaluation.unanswerable, judged))
    if evaluation.rejected:
        click.echo(f"{len(evaluation.rejected)} queries could not be asked:")
        tell_rejections(evaluation.rejected)
    if report is not None:
        click.echo(f"report: {report / 'report.html'}, the same as JSON: {report / 'evaluation.json'}")


def _robustness(engine: Engine, queries: Path, golden: str | None, by: FoldBy, *, quiet: bool) -> Robustness:
    from lookalike.cli.progress import watching

    asked = None if golden is not None else queries
    answers = "variant" if by == "variant" else "product"
    with watching("corrupting", quiet=quiet) as watcher:
        return engine.robustness(asked, golden=golden, by=answers, n_queries=100, watcher=watcher)
