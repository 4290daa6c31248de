"""``lookalike index SOURCE``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from lookalike.cli.output import emit, json_option, on_one_line, rejections_as_json, store_option, tell_rejections

if TYPE_CHECKING:
    from lookalike.ingest.report import ConflictingColumn
    from lookalike.sources.exports import Export
    from lookalike.types import AttributeValue

__all__ = ["index"]

_CONFLICTING_SHOWN = 3
_SHOPS = {"shopify": "Shopify", "woocommerce": "WooCommerce"}
_CHARACTERS_SHOWN = 60


@click.command(name="index")
@click.argument("source")
@store_option
@click.option(
    "--model", default=None, help="Name of a model (see `lookalike models`), an ONNX file, or a model folder."
)
@click.option(
    "--prune", is_flag=True, help="Remove products and pictures that SOURCE does not have, whatever brought them in."
)
@click.option("--threads", type=click.IntRange(min=0), default=None, help="Cores to use; 0 for all.  [default: 0]")
@json_option
def index(source: str, store: str | None, model: str | None, prune: bool, threads: int | None, as_json: bool) -> None:
    """Make SOURCE searchable: decode, check, embed and store every picture.

    SOURCE is a folder (one product per sub-folder, or per file), or a CSV, TSV, JSONL, Parquet or XML file (also
    packed as .gz), by path or URL, with the columns product_id and image, or the product export of Shopify or
    WooCommerce. A second run embeds only what changed.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine

    with open_engine(store, model=model, threads=threads) as engine, watching("indexing", quiet=as_json) as watcher:
        report = engine.index(source, prune=prune, watcher=watcher)
    if as_json:
        emit(
            {
                "store": report.store,
                "release": report.release,
                "model": report.model,
                "products": report.products,
                "images": report.images,
                "added": report.added,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "removed": report.removed,
                "rejected": rejections_as_json(report.rejected),
                "not_kept": report.not_kept,
                "conflicting": [_conflicting_as_json(column) for column in report.conflicting],
                "export": None
                if report.export is None
                else {
                    "shop": report.export.shop,
                    "left_out": dict(report.export.left_out),
                    "lacks": report.export.lacks,
                    "without_variations": report.export.without_variations,
                },
                "seconds": round(report.seconds, 3),
                "images_per_second": round(report.images_per_second, 1),
            }
        )
        return
    click.echo(
        f"{click.style(report.store, bold=True)} now holds {report.products} products with {report.images} images "
        f"(release {report.release}, model {report.model})"
    )
    click.echo(
        f"  {report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.removed} removed, "
        f"{len(report.rejected)} rejected in {report.seconds:.1f} s ({report.images_per_second:.0f} images/s)"
    )
    _tell_export(report.export)
    if report.not_kept:
        click.echo(f"  {report.not_kept} pictures were not kept: the quota for kept copies is used up")
    _tell_conflicting(report.conflicting)
    tell_rejections(report.rejected)
    if not (report.added or report.updated or report.unchanged):
        left_out = report.export is not None and report.export.left_out
        why = "nothing in it is for sale" if left_out else "it names no product"
        why = "everything in it was rejected, see above" if report.rejected else why
        click.echo(click.style(f"nothing of this source could be used: {why}", fg="yellow"))
    if report.images:
        click.echo(f"next: lookalike search PHOTO{'' if store is None else f' --store {store}'}")


def _tell_export(export: Export | None) -> None:
    if export is not None:
        left_out = ", ".join(f"{n} {why}" for why, n in sorted(export.left_out.items()))
        tail = f"; left out as not for sale: {left_out}" if left_out else ""
        click.echo(f"  read as the product export of {_SHOPS[export.shop]}{tail}")
        if export.lacks is not None:
            warning = f"it has no column {export.lacks}, which tells drafts: they were brought in as well"
            click.echo(click.style(f"  {warning}", fg="yellow"))
        if export.without_variations:
            warning = (
                f"{export.without_variations} products that have variations have none in this file: export variations "
                "as well, or see whether the file broke off"
            )
            click.echo(click.style(f"  {warning}", fg="yellow"))


def _conflicting_as_json(column: ConflictingColumn) -> dict[str, object]:
    first = column.first
    return {
        "column": column.column,
        "rows": column.rows,
        "first": {
            "product_id": first.product_id,
            "variant_id": first.variant_id,
            "kept": first.kept,
            "ignored": first.ignored,
        },
    }


def _tell_conflicting(columns: Sequence[ConflictingColumn]) -> None:
    for column in columns[:_CONFLICTING_SHOWN]:
        first = column.first
        name = first.product_id if first.variant_id is None else f"{first.product_id}, {first.variant_id}"
        say = "row says" if column.rows == 1 else "rows say"
        click.echo(
            f"  {on_one_line(column.column)}: {column.rows} {say} something else than a row "
            f"before of the same {'product' if first.variant_id is None else 'variant'}, and the first counts "
            f"({on_one_line(name)}: {_short(first.kept)} kept, not {_short(first.ignored)})"
        )
    if len(columns) > _CONFLICTING_SHOWN:
        click.echo(f"  … and so do {len(columns) - _CONFLICTING_SHOWN} more columns; --json has them all")
    if columns:
        click.echo("  rows of things that differ need a variant_id of their own, or another product_id")


def _short(value: AttributeValue) -> str:
    """A value as its row has it; of a long text, such as a description, its beginning."""
    from lookalike.catalog.columns import as_text

    if not isinstance(value, str):
        return as_text(value)
    return repr(value if len(value) <= _CHARACTERS_SHOWN else f"{value[: _CHARACTERS_SHOWN - 1]}…")
