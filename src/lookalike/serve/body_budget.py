"""How many bytes of request bodies are held at once: lanes bound how many requests wait, and this what they weigh."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Scope

from lookalike.serve.failure import Failure

__all__ = ["SMALL_BYTES", "BodyBudget"]

SMALL_BYTES = 2**16
"""Announced bodies up to this size always have room: a question in words does not wait for photographs."""

_KEY = "lookalike.body_bytes"


class BodyBudget:
    """Bytes that are set aside for bodies before they arrive, until their requests are answered.

    Only the event loop calls it.

    Args:
        most_bytes: of all bodies together. A single one may be larger: where none is held, every body has room.
    """

    def __init__(self, most_bytes: int) -> None:
        self.held_bytes = 0
        self._most_bytes = most_bytes

    def reserve(self, request: Request, max_bytes: int, *, share: float = 1.0) -> None:
        """Set aside what the request announces, or `max_bytes` where it announces nothing or more.

        Args:
            request: whose body is to be read.
            max_bytes: of that body.
            share: of all bytes, beyond which there is no room for it; slow uploads of clips leave the rest to others.

        Raises:
            Failure: 503, there is no room now.
        """
        announced = request.headers.get("content-length", "")
        wanted = min(int(announced), max_bytes) if announced.isdigit() else max_bytes
        small = announced.isdigit() and wanted <= SMALL_BYTES
        if not small and self.held_bytes and self.held_bytes + wanted > self._most_bytes * share:
            raise Failure(
                503,
                "busy",
                f"the server holds as many bytes of requests as it may, {self._most_bytes:,}",
                hint="try again in a second",
                headers={"Retry-After": "1", "Connection": "close"},
            )
        self.held_bytes += wanted
        request.scope[_KEY] = request.scope.get(_KEY, 0) + wanted

    def release(self, scope: Scope) -> None:
        """Give back what the request of `scope`, which is answered, had set aside."""
        self.held_bytes -= scope.pop(_KEY, 0)
