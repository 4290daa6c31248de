"""Connections that go only where they were checked to go, and end when their time is over.

A name is resolved once, every address it has is checked, and the connection is made to one of those very addresses,
so that a name server cannot answer differently a moment later. TLS still verifies the name.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, final

import httpcore

from lookalike.errors import ImageRejected
from lookalike.sources.fetch.address import why_not_public
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.types import Reason

__all__ = ["CheckedNetwork", "Resolve", "resolve_host"]

Resolve: TypeAlias = Callable[[str, int, float], Sequence[str]]
"""Numeric addresses of a host name for a port, within a number of seconds."""


def resolve_host(host: str, port: int, timeout_seconds: float) -> Sequence[str]:
    """The system's own answer for `host`, in its order of preference.

    Raises:
        ImageRejected: ``fetch_failed``, nobody knows the name.
        httpcore.ConnectError: the name servers could not tell now.
        httpcore.ConnectTimeout: no answer within `timeout_seconds`.
    """
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(info[4][0]) for info in found])
        except (OSError, UnicodeError) as exc:
            answers.put(exc)

    # getaddrinfo knows no time limit; a thread that is left behind ends with the system's own.
    threading.Thread(target=ask, name="lookalike-resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=max(timeout_seconds, 0.001))
    except queue.Empty:
        raise httpcore.ConnectTimeout(f"no name server told the address of {host}") from None
    if isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_AGAIN:
        raise httpcore.ConnectError(f"the name servers could not tell the address of {host}") from answer
    if isinstance(answer, OSError | UnicodeError):
        raise ImageRejected(Reason.FETCH_FAILED, f"the host {host!r} has no address: {answer}") from answer
    return answer


@final
class CheckedNetwork(httpcore.NetworkBackend):
    """The network as `FetchPolicy` lets us see it. Safe for several threads; time limits are each thread's own."""

    def __init__(
        self, policy: FetchPolicy, *, resolve: Resolve = resolve_host, dial: httpcore.NetworkBackend | None = None
    ) -> None:
        """Ask `resolve` for addresses, and have `dial` (the system by default) connect to the checked ones."""
        self._policy = policy
        self._resolve = resolve
        self._dial = dial or httpcore.SyncBackend()
        self._of_thread = threading.local()

    @contextmanager
    def until(self, deadline: float) -> Generator[None, None, None]:
        """Let nothing that this thread does inside last beyond `deadline`, a value of `time.monotonic`."""
        self._of_thread.deadline = deadline
        try:
            yield
        finally:
            self._of_thread.deadline = None

    def shorten(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
        """`timeout`, or what is left until the deadline if that is less; `error` if nothing is left."""
        deadline: float | None = getattr(self._of_thread, "deadline", None)
        if deadline is None:
            return timeout
        left = deadline - time.monotonic()
        if left <= 0:
            raise error("the time for this picture is over")
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of `host` that accepts one, all of them having been checked.

        Raises:
            ImageRejected: ``fetch_refused`` where any address of `host` is not public and not allowed.
            httpcore.ConnectError: none accepts.
            httpcore.ConnectTimeout: none accepts in time.
        """
        limit = self.shorten(timeout, httpcore.ConnectTimeout)
        addresses = self._resolve(host, port, self._policy.connect_timeout_seconds if limit is None else limit)
        for address in addresses:
            self._check(host, address)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in dict.fromkeys(addresses):
            limit = self.shorten(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._dial.connect_tcp(address, port, limit, local_address, socket_options)
                return _LimitedStream(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
        raise failure or httpcore.ConnectError(f"the host {host} has no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Refused: a URL never leads to a socket of this machine."""
        raise ImageRejected(Reason.FETCH_REFUSED, f"a URL may not lead to the local socket {path!r}")

    def _check(self, host: str, address: str) -> None:
        words = why_not_public(address)
        if words is not None and not self._policy.allows(host, address):
            shown = host if host == address else f"{host} ({address})"
            raise ImageRejected(
                Reason.FETCH_REFUSED,
                f"{shown} is not a public address but {words}; name the host in "
                "LOOKALIKE_ALLOWED_HOSTS if that is meant",
            )


@final
class _LimitedStream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline of the thread that uses it."""

    def __init__(self, inner: httpcore.NetworkStream, network: CheckedNetwork) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._network.shorten(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._network.shorten(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._network.shorten(timeout, httpcore.ConnectTimeout)
        return _LimitedStream(self._inner.start_tls(ssl_context, server_hostname, limit), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
