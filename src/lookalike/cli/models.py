"""``lookalike models``."""

from __future__ import annotations

import click

from lookalike.cli.output import emit, json_option

__all__ = ["models"]


@click.command(name="models")
@json_option
def models(as_json: bool) -> None:
    """List the models that can be used with --model, and which extra each one needs."""
    from lookalike.embed.table import MODELS

    if as_json:
        emit({"models": [model.as_dict() for model in MODELS]})
        return
    for model in MODELS:
        needs = f"  needs lookalike[{model.extra}]" if model.extra else "  packaged"
        click.echo(f"{click.style(model.name, bold=True)}  {model.summary}{click.style(needs, dim=True)}")
    click.echo("Any local ONNX file or model folder can be given by its path.")
