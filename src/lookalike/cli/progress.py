"""A progress line on stderr: how many, how fast, how long still, how many rejected so far."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from lookalike.ingest.progress import Progress, Watcher

__all__ = ["watching"]


@contextmanager
def watching(title: str, *, quiet: bool) -> Generator[Watcher | None]:
    """A watcher that draws a progress line while the body runs; None where nobody looks (piped, or `quiet`)."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Display

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f}/s"),
        TimeRemainingColumn(),
        TextColumn("[yellow]{task.fields[rejected]}"),
    )
    with Display(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task(title, total=None, rate=0.0, rejected="")

        def show(progress: Progress) -> None:
            display.update(
                task,
                completed=progress.done,
                total=progress.total,
                rate=progress.per_second,
                rejected=f"{progress.rejected} rejected" if progress.rejected else "",
            )

        yield show
