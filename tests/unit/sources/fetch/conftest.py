from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
import pytest

from lookalike.sources.fetch.network import CheckedNetwork
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.fetch.reader import HttpReader

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Shop:
    """A web server of this machine whose answers each test writes.

    Attributes:
        answers: what is done for each path.
        asked: path and headers of every request, in order.
        most_at_once: most requests that were under way together.
    """

    server: ThreadingHTTPServer
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def say(
    body: bytes = b"picture", status: int = 200, *, headers: dict[str, str] | None = None, length: int | None = None
) -> Answer:
    """An answer with these bytes; `length` is what it claims."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        request.end_headers()
        request.wfile.write(body)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """The first answer, then the second, …; the last one stays."""
    left = list(answers)

    def answer(request: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


@pytest.fixture
def shop() -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            with found.lock:
                found.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                found.at_once += 1
                found.most_at_once = max(found.most_at_once, found.at_once)
            try:
                found.answers.get(self.path, say(b"nothing", 404))(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with found.lock:
                    found.at_once -= 1

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    found = Shop(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def slept() -> list[float]:
    """What the readers of `open_reader` slept, instead of sleeping."""
    return []


@pytest.fixture
def open_reader(slept: list[float]) -> Iterator[Callable[..., HttpReader]]:
    """Makes readers that may fetch from this machine and do not really wait between attempts."""
    opened: list[HttpReader] = []

    def make(
        *,
        make_network: Callable[[FetchPolicy], CheckedNetwork] | None = None,
        max_bytes: int | None = None,
        **policy: Any,
    ) -> HttpReader:
        policy.setdefault("allowed_hosts", frozenset({"127.0.0.1"}))
        reader = HttpReader(FetchPolicy(**policy), max_bytes=max_bytes, sleep=slept.append, make_network=make_network)
        opened.append(reader)
        return reader

    yield make
    for reader in opened:
        reader.close()


class DialToShop(httpcore.NetworkBackend):
    """Notes which addresses are connected to, and connects to the test's own server instead."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.addresses: list[str] = []

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: Any) -> httpcore.NetworkStream:
        self.addresses.append(host)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)


def slowly(seconds: float, piece: bytes = b"x") -> Answer:
    """A body that never ends, a piece at a time."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.close_connection = True
        while True:
            request.wfile.write(piece)
            request.wfile.flush()
            time.sleep(seconds)

    return answer


@pytest.fixture
def answers() -> Any:
    """The ways of answering, since a conftest cannot be imported."""

    class Answers:
        say = staticmethod(say)
        slowly = staticmethod(slowly)
        in_turn = staticmethod(in_turn)
        dial = DialToShop

    return Answers
