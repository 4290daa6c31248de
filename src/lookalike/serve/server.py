"""Runs an application with uvicorn on one address, until it is asked to stop."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import TYPE_CHECKING

from lookalike.errors import InvalidConfiguration

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["run"]

_GRACE_SECONDS = 10


def run(
    app: FastAPI,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    on_ready: Callable[[str], None] | None = None,
) -> bool:
    """Serve `app` until SIGINT or SIGTERM, then finish the requests that are under way, for at most ten seconds.

    Args:
        app: what `lookalike.serve.create_app` made.
        host: address to bind.
        port: port to bind; 0 takes a free one.
        on_ready: told the server's address once it accepts connections, for example ``http://127.0.0.1:8000/``.

    Returns:
        Whether all work has ended. Where some goes on, Python waits for its threads before the process ends, which may
        take as long as a promotion.

    Raises:
        InvalidConfiguration: the address cannot be bound.
    """
    import uvicorn

    from lookalike.serve.connection import Connection
    from lookalike.serve.desk import Desk

    with _bound(host, port) as listener:
        address = _address(host, listener)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started and on_ready is not None:
                    on_ready(address)

            @contextlib.contextmanager
            def capture_signals(self) -> Generator[None, None, None]:
                # Uvicorn's own raises the signal again afterwards, which would end the process before its owner
                # can close the engine.
                with _handled((signal.SIGINT, signal.SIGTERM), self.handle_exit):
                    yield

        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            http=Connection,
            ws="none",
            proxy_headers=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        Server(config).run([listener])
    desk = getattr(app.state, "desk", None)
    return not (isinstance(desk, Desk) and desk.is_busy)


@contextlib.contextmanager
def _handled(
    signals: tuple[signal.Signals, ...], handler: Callable[[int, FrameType | None], None]
) -> Generator[None, None, None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, handler) for each in signals}
    try:
        yield
    finally:
        for each, previous in before.items():
            signal.signal(each, previous)


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except (OSError, OverflowError) as error:
        raise InvalidConfiguration(
            f"the server cannot listen on {host}:{port} ({error}): choose another --port, 0 takes a free one"
        ) from error
    return listener


def _address(host: str, listener: socket.socket) -> str:
    port = int(listener.getsockname()[1])
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - shown, not bound
    return f"http://{name}:{port}/"
