"""``lookalike export``."""

from __future__ import annotations

from pathlib import Path

import click

from lookalike.cli.output import emit, json_option

__all__ = ["export"]


@click.command(name="export")
@click.argument("model")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--phone", is_flag=True, help="Also model.ort, for ONNX Runtime Mobile.")
@click.option("--browser", is_flag=True, help="Also a page that embeds pictures in the browser.")
@click.option(
    "--web-runtime",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None,
    help="Folder dist of the npm package onnxruntime-web; its files are copied beside the page.",
)
@json_option
def export(model: str, out: Path, phone: bool, browser: bool, web_runtime: Path | None, as_json: bool) -> None:
    """Write MODEL for other places: ONNX, a phone, a browser; every file is checked to give the same vectors."""
    from lookalike.compress import export as write

    told = write(model, out, phone=phone, browser=browser, web_runtime=web_runtime)
    if as_json:
        emit(told.as_dict())
        return
    click.echo(f"{click.style(told.folder, bold=True)}, fingerprint {told.fingerprint[:12]}")
    for name, size in told.files.items():
        same = f", least cosine with the model {told.agreement[name]:.6f}" if name in told.agreement else ""
        click.echo(f"  {name}  {size / 1e6:.2f} MB{same}")
    if told.runtime is False:
        click.echo("the page needs ONNX Runtime Web: `npm install onnxruntime-web`, then export with")
        click.echo("  --browser --web-runtime node_modules/onnxruntime-web/dist")
