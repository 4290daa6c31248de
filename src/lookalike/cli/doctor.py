"""``lookalike doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookalike.cli.output import emit, json_option, on_one_line, rejections_as_json, store_option, tell_rejections
from lookalike.errors import UsageError

if TYPE_CHECKING:
    from lookalike.evaluate.health.report import HealthReport

__all__ = ["doctor"]

_SHOWN = 5
_COLOURS = {"high": "red", "medium": "yellow", "low": "cyan"}
_ADVICE = {
    "placeholder": "give these products a photograph, or leave the picture out",
    "shared_picture": "find out whose picture it is, replace it at the others",
    "swapped_titles": "swap the titles back",
    "wrong_category": "correct the category or the picture; leave it where both are right",
    "wrong_title": "correct the title or the picture",
    "duplicate_product": "merge them, or make them variants of one product",
    "watermark": "ask the supplier for pictures without it",
    "blurred": "photograph it again, or use a larger original",
    "small": "use the original instead of a thumbnail",
    "dark": "brighten it, or photograph it again",
    "overexposed": "photograph it again with less light",
    "repeated_picture": "one of them is enough",
    "few_views": "add another view, to the first of these first",
}


@click.command(name="doctor")
@click.argument("path", required=False, type=click.Path())
@store_option
@json_option
def doctor(path: str | None, store: str | None, as_json: bool) -> None:
    """Check every file below PATH as a picture, or without PATH the whole catalogue of a store.

    Says which pictures cannot be used and why, and which are the same picture twice. Of a store also: placeholders,
    pictures at the wrong product, wrong titles and categories, watermarks, blurred, small and dark pictures, and what
    another view of a product is worth.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine
    from lookalike.evaluate.health.report import health_document

    if path == "":  # as a path it would be the working folder: a script's variable that is not set
        raise UsageError("the path is empty; expected a folder or a picture, '.' for the working folder")
    if path is not None and store is not None:
        click.echo("--store is not looked at: PATH says what to check; leave it out to check the store", err=True)
    with open_engine(store) as engine, watching("checking", quiet=as_json) as watcher:
        report = engine.doctor(None if path is None else Path(path), watcher=watcher)
    if as_json:
        emit(
            {
                "files": report.files,
                "ok": report.ok,
                "rejected": rejections_as_json(report.rejected),
                "duplicates": [{"kind": group.kind, "images": list(group.images)} for group in report.duplicates],
                **health_document(report),
                "seconds": round(report.seconds, 3),
            }
        )
        return
    click.echo(f"{report.files} files: {report.ok} can be used, {len(report.rejected)} cannot ({report.seconds:.1f} s)")
    tell_rejections(report.rejected, most=20)
    if path is not None:
        _tell_duplicates(report)
    _tell_findings(report)


def _tell_duplicates(report: HealthReport) -> None:
    for group in report.duplicates[:20]:
        click.echo(f"  {group.kind} duplicates: {on_one_line(', '.join(group.images))}")
    if len(report.duplicates) > 20:
        click.echo(f"  … and {len(report.duplicates) - 20} more groups of duplicates; --json lists them all")


def _tell_findings(report: HealthReport) -> None:
    """Kinds in the order in which they first appear, which is worst first; a few findings of each."""
    for kind in dict.fromkeys(finding.kind for finding in report.findings):
        found = [finding for finding in report.findings if finding.kind == kind]
        name = click.style(f"{kind} ({len(found)})", fg=_COLOURS[found[0].severity], bold=True)
        click.echo(f"\n{name}  {_ADVICE[str(kind)]}")
        for finding in found[:_SHOWN]:
            products = dict.fromkeys(one.product_id for one in (finding.about, *finding.others))
            ids = [str(product) for product in products if product is not None]
            rest = f", … ({len(ids)})" if len(ids) > 3 else ""
            click.echo(on_one_line(f"  {', '.join(ids[:3])}{rest}  {finding.about.image}: {finding.detail}"))
        if len(found) > _SHOWN:
            click.echo(f"  … and {len(found) - _SHOWN} more; --json lists them all")
    gain = None if report.views is None else report.views.gains.get(1)
    if gain is not None:
        click.echo(
            f"\nA second view of a product raises recall@1 here by {gain.value:.3f} [{gain.low:.3f}, {gain.high:.3f}]"
        )
    for sentence in report.unchecked:
        click.echo(click.style(f"not looked at: {sentence}", dim=True))
