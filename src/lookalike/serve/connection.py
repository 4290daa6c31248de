"""Connections that say nothing whole are closed: uvicorn keeps one open for ever until its first request has come, and
as many as the process may hold open would leave no room for anybody else.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Connection"]


class Connection(H11Protocol):
    """An HTTP/1.1 connection on which a request's head has to be whole within `head_seconds`.

    What follows has limits of its own: of bodies in `lookalike.serve.body`, of a pause between requests uvicorn's.
    """

    head_seconds = 30.0
    _closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The client is there, and may begin."""
        super().connection_made(transport)
        self._limit()

    def data_received(self, data: bytes) -> None:
        """Some bytes: of a head, or of the body of a request that is being answered."""
        super().data_received(data)
        if self.cycle and not self.cycle.response_complete:
            self._unlimit()
        else:
            self._limit()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went, or was let go."""
        self._unlimit()
        super().connection_lost(exc)

    def _limit(self) -> None:
        if self._closing is None:
            self._closing = self.loop.call_later(self.head_seconds, self.transport.close)

    def _unlimit(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
