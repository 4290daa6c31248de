"""``lookalike serve``."""

from __future__ import annotations

import click

from lookalike.cli.output import store_option

__all__ = ["serve"]


@click.command(name="serve")
@store_option
@click.option("--host", default=None, help="Address to bind.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="Port to bind; 0 for a free one.  [default: 8000]"
)
@click.option("--json", "as_json", is_flag=True, help="Say where it listens as one JSON document on stdout.")
def serve(store: str | None, host: str | None, port: int | None, as_json: bool) -> None:
    """Serve the REST API (/docs) and the web page (/) until stopped with Ctrl-C."""
    from lookalike.cli.serving import serve_engine
    from lookalike.compose import open_engine
    from lookalike.settings import load_settings

    settings = load_settings(store=store, host=host, port=port)
    with open_engine(store, must_exist=True) as engine:
        serve_engine(engine, settings, as_json=as_json)
