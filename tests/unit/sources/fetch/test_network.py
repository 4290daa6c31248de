from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpcore
import pytest

from lookalike.errors import ImageRejected
from lookalike.sources.fetch.network import CheckedNetwork, resolve_host
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.record import PictureBytes
from lookalike.types import Reason


class Names:
    """A name server that gives one answer after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.n_asked = 0

    def __call__(self, host: str, port: int, timeout_seconds: float) -> Sequence[str]:
        self.n_asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_the_connection_goes_to_the_very_address_that_was_checked(shop: Any, answers: Any, open_reader: Any) -> None:
    shop.answers["/a"] = answers.say(b"one", headers={"Connection": "close"})
    names, dial = Names(["93.184.216.34"], ["127.0.0.1"]), answers.dial(shop.port)
    reader = open_reader(
        allowed_hosts=frozenset(), make_network=lambda policy: CheckedNetwork(policy, resolve=names, dial=dial)
    )
    assert reader.read("http://rebinding.example/a", None) == PictureBytes(b"one", None)
    assert (names.n_asked, dial.addresses) == (1, ["93.184.216.34"])
    assert shop.asked[0][1]["host"] == "rebinding.example"
    with pytest.raises(ImageRejected) as caught:
        reader.read("http://rebinding.example/a", None)
    assert caught.value.reason is Reason.FETCH_REFUSED
    assert "rebinding.example (127.0.0.1)" in caught.value.detail
    assert dial.addresses == ["93.184.216.34"]


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["::ffff:192.168.0.1"], ["fe80::1%lo"]]
)
def test_one_address_inside_is_enough_to_refuse(found: list[str], answers: Any) -> None:
    dial = answers.dial(1)
    network = CheckedNetwork(FetchPolicy(), resolve=Names(found), dial=dial)
    with pytest.raises(ImageRejected) as caught:
        network.connect_tcp("shop.example", 80, 1.0)
    assert caught.value.reason is Reason.FETCH_REFUSED
    assert dial.addresses == []


def test_the_next_address_is_tried_where_one_does_not_accept() -> None:
    class Dial(httpcore.NetworkBackend):
        addresses: list[str] = []  # noqa: RUF012

        def connect_tcp(self, host: str, *_: Any) -> httpcore.NetworkStream:
            self.addresses.append(host)
            raise httpcore.ConnectError(host)

    network = CheckedNetwork(FetchPolicy(), resolve=Names(["1.1.1.1", "8.8.8.8", "1.1.1.1"]), dial=Dial())
    with pytest.raises(httpcore.ConnectError, match=r"8\.8\.8\.8"):
        network.connect_tcp("shop.example", 80, 1.0)
    assert Dial.addresses == ["1.1.1.1", "8.8.8.8"]


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "::1", "::ffff:7f00:1", "0", "::"],
)
def test_every_way_of_writing_this_machine_is_refused(host: str) -> None:
    with pytest.raises(ImageRejected) as caught:
        CheckedNetwork(FetchPolicy()).connect_tcp(host, 80, 5.0)
    assert caught.value.reason is Reason.FETCH_REFUSED


def test_a_local_socket_is_never_connected_to() -> None:
    with pytest.raises(ImageRejected, match="local socket"):
        CheckedNetwork(FetchPolicy()).connect_unix_socket("/run/docker.sock")


def test_a_name_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    began = time.monotonic()
    with pytest.raises(httpcore.ConnectTimeout, match="no name server"):
        resolve_host("slow.example", 80, 0.05)
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), ImageRejected),
        (socket.gaierror(socket.EAI_AGAIN, "busy"), httpcore.ConnectError),
        (UnicodeError("label too long"), ImageRejected),
    ],
)
def test_names_without_an_address_fail_and_busy_name_servers_are_asked_again(
    error: Exception, expected: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(expected):
        resolve_host("shop.example", 80, 5.0)


def test_nothing_is_begun_after_the_deadline(answers: Any) -> None:
    network = CheckedNetwork(FetchPolicy(), resolve=Names(["1.1.1.1"]), dial=answers.dial(1))
    steps: list[Callable[[], object]] = [
        lambda: network.connect_tcp("shop.example", 80, 5.0),
        lambda: network.shorten(None, httpcore.ReadTimeout),
    ]
    for step in steps:
        with network.until(time.monotonic() - 1), pytest.raises(httpcore.TimeoutException):
            step()
    assert network.shorten(3.0, httpcore.ReadTimeout) == 3.0
