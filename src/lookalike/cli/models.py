"""``lookalike models``."""

from __future__ import annotations

import click

from lookalike.cli.output import emit, json_option

__all__ = ["models"]


@click.command(name="models")
@json_option
def models(as_json: bool) -> None:
    """List the models that can be used with --model, and which extra each one needs."""
    from lookalike.embed.table import DEFAULT_MODEL, MODELS, HubModel

    listed = [
        {
            "name": model.name,
            "default": model.name == DEFAULT_MODEL,
            "summary": model.summary,
            "licence": model.licence,
            "extra": "hub" if isinstance(model, HubModel) else None,
        }
        for model in MODELS.values()
    ]
    if as_json:
        emit({"models": listed})
        return
    for model in listed:
        needs = f"needs lookalike[{model['extra']}]" if model["extra"] else "packaged"
        click.echo(
            f"{click.style(str(model['name']), bold=True)}  {model['summary']}  "
            + click.style(f"{model['licence']}, {needs}", dim=True)
        )
    click.echo("Any local ONNX file or model folder can be given by its path.")
