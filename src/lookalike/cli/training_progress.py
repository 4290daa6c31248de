"""The progress line of training: steps, losses and time left."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lookalike.train.fitting import Moment, Watch

__all__ = ["watching"]


@contextmanager
def watching(*, quiet: bool) -> Generator[Watch | None]:
    """A progress line with losses and time left on stderr; None where nobody looks."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[numbers]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("starting", total=None, numbers="")
        phase = ""

        def show(moment: Moment) -> None:
            nonlocal task, phase
            if moment.phase != phase:
                display.remove_task(task)
                task = display.add_task(moment.phase, total=moment.total, numbers="")
                phase = moment.phase
            display.update(task, completed=moment.done, total=moment.total, numbers=_numbers(moment))

        yield show


def _numbers(moment: Moment) -> str:
    parts = (("loss", moment.loss), ("MAP@R", moment.measured), ("best", moment.best))
    return "  ".join(f"{name} {value:.3f}" for name, value in parts if value is not None)
