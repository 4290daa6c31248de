from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from lookalike.errors import InvalidConfiguration
from lookalike.serve import ServeSettings, create_app, run


def test_it_says_where_it_listens_answers_and_stops_when_asked(engine):
    heard: list[str] = []
    answers: list[httpx.Response] = []

    def visit(url: str) -> None:
        heard.append(url)

        def ask() -> None:
            try:
                answers.append(httpx.get(f"{url}healthz", trust_env=False))
            finally:
                os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=ask).start()

    assert run(create_app(engine), port=0, on_ready=visit)
    assert heard[0].startswith("http://127.0.0.1:")
    assert answers[0].json() == {"alive": True}
    assert "server" not in answers[0].headers


_STUCK = """
import importlib.util, sys, threading
from lookalike.cli.serving import serve_engine
from lookalike.serve import server
from lookalike.settings import Settings

spec = importlib.util.spec_from_file_location("engine", sys.argv[1])
engine = importlib.util.module_from_spec(spec)
sys.modules["engine"] = engine
spec.loader.exec_module(engine)


class Stuck(engine.Engine):
    def warm_up(self, *, personal=False):
        pass

    def rollback(self):
        print("under way", flush=True)
        threading.Event().wait()


server._GRACE_SECONDS = 0
serve_engine(Stuck(), Settings(port=0), as_json=True)
"""


def test_it_ends_when_asked_though_a_promotion_goes_on():
    command = [sys.executable, "-c", _STUCK, str(Path(__file__).with_name("engine.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        try:
            assert served.stdout is not None
            lines = iter(served.stdout)
            told = next(lines)
            while not told.rstrip().endswith("}"):
                told += next(lines)
            host, port = json.loads(told)["url"].removeprefix("http://").rstrip("/").split(":")
            with contextlib.closing(http.client.HTTPConnection(host, int(port))) as connection:
                connection.request("POST", "/v1/releases/rollback")
                assert next(lines) == "under way\n"
                served.terminate()
                assert served.wait(20) == 0
        finally:
            served.kill()


def test_a_port_in_use_is_a_usage_error(engine):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InvalidConfiguration, match="choose another --port"):
            run(create_app(engine), port=taken.getsockname()[1])


@pytest.mark.parametrize("host", ["999.1.1.1", "nowhere.invalid"])
def test_a_host_that_cannot_be_bound_is_a_usage_error(engine, host):
    with pytest.raises(InvalidConfiguration, match="cannot listen"):
        run(create_app(engine), host=host, port=0)


@pytest.fixture
def address(engine):
    """A real server in a thread, as (host, port)."""
    import asyncio

    import uvicorn

    app = create_app(engine, ServeSettings(max_upload_bytes=100_000, request_timeout_seconds=1.0))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[:2]
    server.should_exit = True
    thread.join()


def test_a_client_that_sends_too_much_gets_its_answer_and_not_a_reset(address):
    for size in (150_000, 350_000):
        connection = http.client.HTTPConnection(*address)
        connection.request("POST", "/v1/search", b"x" * size, {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 413
        response.read()
        connection.close()


def test_a_client_that_sends_too_slowly_is_let_go(address):
    with socket.create_connection(address) as connection:
        connection.sendall(
            b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        )
        assert b" 408 " in connection.recv(4096).split(b"\r\n")[0]


@pytest.fixture
def impatient(engine, monkeypatch):
    """A server of `run` that waits half a second for a request's head, as (host, port)."""
    import uvicorn

    from lookalike.serve.connection import Connection

    monkeypatch.setattr(Connection, "head_seconds", 0.5)
    servers: list[uvicorn.Server] = []
    serve = uvicorn.Server.run
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets=None: (servers.append(self), serve(self, sockets)))
    urls: queue.Queue[str] = queue.Queue()
    thread = threading.Thread(target=run, args=(create_app(engine),), kwargs={"port": 0, "on_ready": urls.put})
    thread.start()
    host, port = urls.get(timeout=30).removeprefix("http://").rstrip("/").split(":")
    yield host, int(port)
    servers[0].should_exit = True
    thread.join()


@pytest.mark.parametrize("before", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: "], ids=["nothing", "half"])
def test_a_client_that_never_asks_is_let_go(impatient, before, said):
    with socket.create_connection(impatient, timeout=20) as connection:
        if before:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b'{"alive":true}'):
                answer += connection.recv(65536)
            said = said or b"G"  # until the next request begins it is a pause, which may be longer
        connection.sendall(said)
        assert connection.recv(65536) == b""


def test_a_client_that_asks_in_time_is_answered_however_long_that_takes(impatient, engine, monkeypatch):
    counts = engine.counts
    monkeypatch.setattr(engine, "counts", lambda: (time.sleep(1.2), counts())[1])
    connection = http.client.HTTPConnection(*impatient)
    for _ in range(2):
        connection.request("GET", "/readyz")
        assert connection.getresponse().read().startswith(b'{"ready":true')
    connection.close()


def test_many_clients_at_once_are_all_answered(address, draw):
    from concurrent.futures import ThreadPoolExecutor

    url = f"http://{address[0]}:{address[1]}/v1/search"
    photo = draw((200, 30, 30))
    with httpx.Client(trust_env=False) as session, ThreadPoolExecutor(16) as pool:

        def ask(_: int) -> int:
            return session.post(url, files={"image": ("p", photo)}).status_code

        assert set(pool.map(ask, range(64))) == {200}
