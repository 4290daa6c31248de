"""``lookalike describe``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lookalike.cli.output import emit, json_option, on_one_line, store_option

if TYPE_CHECKING:
    from lookalike.search.description import Suggested

__all__ = ["describe"]


@click.command(name="describe")
@click.argument("image", type=click.Path(path_type=Path))
@click.option("--crop", default=None, metavar="X,Y,W,H", help="Describe this part of IMAGE, in pixels (EXIF-upright).")
@store_option
@json_option
def describe(image: Path, crop: str | None, store: str | None, as_json: bool) -> None:
    """Suggest titles and attributes for IMAGE: those of what looks like it, and what kind of thing it is."""
    from lookalike.compose import open_engine
    from lookalike.search.query import parse_crop

    with open_engine(store) as engine:
        found = engine.describe(image, crop=None if crop is None else parse_crop(crop))
    if as_json:
        emit(found.as_dict())
        return
    _tell("title", found.titles)
    for column, values in found.attributes.items():
        _tell(column, values)
    _tell("kind of thing", found.concepts[:3])


def _tell(name: str, suggestions: Sequence[Suggested]) -> None:
    for place, one in enumerate(suggestions):
        click.echo(
            f"{click.style(name, bold=True) if place == 0 else '':16}  {one.share:4.0%}  {on_one_line(one.text)}"
        )
