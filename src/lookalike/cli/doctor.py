"""``lookalike doctor``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, json_option, rejections_as_json, store_option, tell_rejections

__all__ = ["doctor"]


@click.command(name="doctor")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@store_option
@json_option
def doctor(path: Path | None, store: str | None, as_json: bool) -> None:
    """Check every file below PATH as a picture, or with --store every picture that a store has seen.

    Says which cannot be used and why, and which are the same picture twice.
    """
    from lookalike.cli.progress import watching
    from lookalike.compose import open_engine
    from lookalike.evaluate.health.report import health_document

    with open_engine(store) as engine, watching("checking", quiet=as_json) as watcher:
        report = engine.doctor(path, watcher=watcher)
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
    for group in report.duplicates[:20]:
        click.echo(f"  {group.kind} duplicates: {', '.join(group.images)}")
    if len(report.duplicates) > 20:
        click.echo(f"  … and {len(report.duplicates) - 20} more groups of duplicates; --json lists them all")
