"""``lookalike suggest``."""

from __future__ import annotations

import click

from lookalike.cli.output import emit, json_option, on_one_line, store_option

__all__ = ["suggest"]


@click.command(name="suggest")
@click.argument("text")
@click.option("--k", default=8, show_default=True, help="Most suggestions.")
@store_option
@json_option
def suggest(text: str, k: int, store: str | None, as_json: bool) -> None:
    """Complete TEXT, a question that is being typed, from the catalogue's values, titles and words."""
    from lookalike.compose import open_engine

    with open_engine(store, must_exist=True) as engine:
        suggestions = engine.suggest(text, k=k)
    if as_json:
        emit({"suggestions": [{"text": one.text, "kind": one.kind} for one in suggestions]})
        return
    for one in suggestions:
        click.echo(f"{on_one_line(one.text)}  " + click.style(one.kind, dim=True))
