"""Serving an engine until somebody stops it, and saying where."""

from __future__ import annotations

import os
import sys

import click

from lookalike.cli.output import emit
from lookalike.engine.engine import Engine
from lookalike.settings import Settings

__all__ = ["serve_engine"]


def serve_engine(engine: Engine, settings: Settings, *, as_json: bool = False) -> None:
    """Warm the engine up, serve it, and return once stopped; where work goes on that cannot be, end the process.

    Args:
        engine: answers the requests.
        settings: host, port, limits and token.
        as_json: say where it listens as one JSON document on stdout instead of a sentence.
    """
    from lookalike.serve import ServeSettings, create_app, run

    engine.warm_up(personal=settings.personal)
    app = create_app(
        engine,
        ServeSettings(
            host=settings.host,
            write_token=settings.write_token,
            max_upload_bytes=settings.max_upload_bytes,
            max_held_bytes=settings.max_held_bytes,
            personal=settings.personal,
            audit_share=settings.audit_share,
        ),
    )

    def ready(url: str) -> None:
        if as_json:
            emit({"url": url, "store": str(settings.store), "release": engine.release})
        else:
            click.echo(f"the page is at {click.style(url, bold=True)}, the API at {url}docs; Ctrl-C stops")

    ended = run(app, host=settings.host, port=settings.port, on_ready=ready)
    if not ended:
        # Threads cannot be stopped, and Python would wait for a promotion's. The store is whole whenever one ends.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
