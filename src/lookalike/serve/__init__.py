"""The server: HTTP API and web page over one engine.

Fed by the engine; holds limits, permissions, routes, metrics and the page. Keeps nothing that a shopper sent, fetches
no address for a search, and never runs work on the event loop.
"""

from __future__ import annotations

from lookalike.serve.application import create_app
from lookalike.serve.server import run
from lookalike.serve.settings import ServeSettings

__all__ = ["ServeSettings", "create_app", "run"]
