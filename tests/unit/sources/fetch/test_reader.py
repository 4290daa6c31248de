from __future__ import annotations

import base64
import gzip
import shutil
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookalike.errors import ImageRejected
from lookalike.sources.fetch.network import CheckedNetwork
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.fetch.reader import HttpReader, shown_url
from lookalike.sources.record import PictureBytes, Unchanged
from lookalike.types import Reason


def refused(reader: HttpReader, url: str) -> ImageRejected:
    with pytest.raises(ImageRejected) as caught:
        reader.read(url, None)
    return caught.value


def test_a_picture_comes_with_a_validator_that_spares_the_next_transfer(
    shop: Any, answers: Any, open_reader: Any
) -> None:
    stamps = {"ETag": '"v1"', "Last-Modified": "Thu, 29 Feb 2024 12:00:00 GMT"}
    shop.answers["/a"] = answers.in_turn(answers.say(b"one", headers=stamps), answers.say(b"", 304))
    reader = open_reader()
    first = reader.read(shop.url("/a"), None)
    assert first == PictureBytes(b"one", 'http:{"etag":"\\"v1\\"","modified":"Thu, 29 Feb 2024 12:00:00 GMT"}')
    assert reader.read(shop.url("/a"), first.validator) == Unchanged()
    headers = shop.asked[1][1]
    assert headers["if-none-match"] == '"v1"'
    assert headers["if-modified-since"] == stamps["Last-Modified"]
    assert "if-none-match" not in shop.asked[0][1]
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("lookalike/")


@pytest.mark.parametrize(
    ("query", "by_date"),
    [
        ("token=a&expires=9", False),
        ("v=1&s=abc&expires=9", False),
        ("Expires=9&Signature=abc&Key-Pair-Id=k", True),
        ("token=a", True),
    ],
)
def test_a_picture_that_a_token_may_name_is_not_asked_for_by_date(
    query: str, by_date: bool, shop: Any, answers: Any, open_reader: Any
) -> None:
    stamps = {"ETag": '"v1"', "Last-Modified": "Thu, 29 Feb 2024 12:00:00 GMT"}
    shop.answers[f"/a?{query}"] = answers.say(b"one", headers=stamps)
    reader = open_reader()
    first = reader.read(shop.url(f"/a?{query}"), None)
    reader.read(shop.url(f"/a?{query}"), first.validator)
    headers = shop.asked[1][1]
    assert headers["if-none-match"] == '"v1"'
    assert ("if-modified-since" in headers) == by_date


@pytest.mark.parametrize(
    "validator", ["stat:1:2:3", "http:", "http:[]", 'http:{"etag":5}', 'http:{"etag":"a\\r\\nX: y"}', "x"]
)
def test_a_validator_that_is_not_ours_is_not_sent(validator: str, shop: Any, answers: Any, open_reader: Any) -> None:
    shop.answers["/a"] = answers.say(b"one")
    assert open_reader().read(shop.url("/a"), validator) == PictureBytes(b"one", None)
    assert "if-none-match" not in shop.asked[0][1]


@pytest.mark.parametrize(
    ("status", "reason", "n_asked"),
    [
        (404, Reason.NOT_FOUND, 1),
        (410, Reason.NOT_FOUND, 1),
        (401, Reason.FETCH_FAILED, 1),
        (403, Reason.FETCH_FAILED, 1),
        (204, Reason.FETCH_FAILED, 1),
        (206, Reason.FETCH_FAILED, 1),
        (304, Reason.FETCH_FAILED, 1),
        (400, Reason.FETCH_FAILED, 1),
        (302, Reason.FETCH_FAILED, 1),
        (501, Reason.FETCH_FAILED, 1),
        (408, Reason.FETCH_FAILED, 4),
        (429, Reason.FETCH_FAILED, 4),
        (500, Reason.FETCH_FAILED, 4),
        (502, Reason.FETCH_FAILED, 4),
        (503, Reason.FETCH_FAILED, 4),
        (504, Reason.FETCH_FAILED, 4),
    ],
)
def test_each_status_has_its_reason_and_only_passing_ones_are_tried_again(
    status: int, reason: Reason, n_asked: int, shop: Any, answers: Any, open_reader: Any
) -> None:
    shop.answers["/a"] = answers.say(b"", status)
    rejection = refused(open_reader(), shop.url("/a"))
    assert rejection.reason is reason
    assert str(status) in rejection.detail
    assert len(shop.asked) == n_asked


def test_pauses_double_up_to_the_longest(shop: Any, answers: Any, open_reader: Any, slept: list[float]) -> None:
    shop.answers["/a"] = answers.say(b"", 500)
    refused(open_reader(retries=4, backoff_seconds=1.0, max_wait_seconds=5.0), shop.url("/a"))
    assert slept == [1.0, 2.0, 4.0, 5.0]


def test_jitter_spreads_the_pauses_within_half_and_one_and_a_half(shop: Any, answers: Any) -> None:
    shop.answers["/a"] = answers.say(b"", 500)
    slept: list[float] = []
    policy = FetchPolicy(retries=10, backoff_seconds=1.0, max_wait_seconds=1e4, allowed_hosts=frozenset({"127.0.0.1"}))
    reader = HttpReader(policy, jitter=np.random.default_rng(1), sleep=slept.append)
    refused(reader, shop.url("/a"))
    reader.close()
    assert all(0.5 <= pause / 2**i <= 1.5 for i, pause in enumerate(slept))
    assert len({pause / 2**i for i, pause in enumerate(slept)}) == 10


def test_a_picture_that_comes_at_the_second_attempt_is_taken(shop: Any, answers: Any, open_reader: Any) -> None:
    shop.answers["/a"] = answers.in_turn(answers.say(b"", 503), answers.say(b"one"))
    assert open_reader().read(shop.url("/a"), None) == PictureBytes(b"one", None)


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(
    shop: Any, answers: Any, open_reader: Any, slept: list[float]
) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    shop.answers["/a"] = answers.in_turn(
        answers.say(b"", 429, headers={"Retry-After": "7"}),
        answers.say(b"", 503, headers={"Retry-After": soon}),
        answers.say(b"", 503, headers={"Retry-After": "nonsense"}),
        answers.say(b"one"),
    )
    assert open_reader(backoff_seconds=0.1).read(shop.url("/a"), None) == PictureBytes(b"one", None)
    assert slept[0] == 7.0
    assert any(15 < pause <= 20 for pause in slept)


def test_retry_after_holds_for_every_picture_of_the_host(
    shop: Any, answers: Any, open_reader: Any, slept: list[float]
) -> None:
    shop.answers["/a"] = answers.say(b"", 429, headers={"Retry-After": "7"})
    shop.answers["/b"] = answers.say(b"one")
    reader = open_reader(retries=0)
    refused(reader, shop.url("/a"))
    assert slept == []
    reader.read(shop.url("/b"), None)
    assert slept == [pytest.approx(7.0, abs=2.0)]


def test_a_host_that_only_fails_is_asked_for_few_of_its_pictures(
    shop: Any, answers: Any, open_reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookalike.sources.fetch.turns._GONE_AFTER_SECONDS", 0.0)
    shop.answers["/a"] = answers.say(b"", 500)
    reader = open_reader(retries=0)
    for _ in range(15):
        refused(reader, shop.url("/a"))
    assert refused(reader, shop.url("/b")).reason is Reason.NOT_FOUND  # an answer
    told = [refused(reader, shop.url("/a")).detail for _ in range(20)]
    assert ["500" in one for one in told] == [True] * 17 + [False] * 3
    assert "nothing but fail" in told[-1]
    assert len(shop.paths()) == 15 + 1 + 17


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_for_a_long_time_is_asked_for_no_other_picture(
    status: int, shop: Any, answers: Any, open_reader: Any, slept: list[float]
) -> None:
    shop.answers["/a"] = answers.say(b"", status, headers={"Retry-After": "3600"})
    shop.answers["/b"] = answers.say(b"one")
    reader = open_reader()
    assert refused(reader, shop.url("/a")).reason is Reason.FETCH_FAILED
    rejection = refused(reader, shop.url("/b"))
    assert rejection.reason is Reason.FETCH_FAILED
    assert "without requests" in rejection.detail
    assert shop.paths() == ["/a"]
    assert slept == []


def test_what_is_too_large_is_refused_by_its_length_before_and_by_its_size_while_it_comes(
    shop: Any, answers: Any, open_reader: Any
) -> None:
    shop.answers["/claims"] = answers.say(b"x" * 10, headers={"Connection": "close"}, length=10**12)
    shop.answers["/endless"] = answers.slowly(0.0, b"x" * 65536)
    shop.answers["/fits"] = answers.say(b"x" * 1000)
    reader = open_reader(max_bytes=1000)
    for path in ("/claims", "/endless"):
        rejection = refused(reader, shop.url(path))
        assert rejection.reason is Reason.TOO_MANY_BYTES
        assert "1,000" in rejection.detail
    assert len(reader.read(shop.url("/fits"), None).data) == 1000


def test_what_is_saved_goes_to_its_file_within_a_limit_of_its_own(
    shop: Any, answers: Any, open_reader: Any, tmp_path: Path
) -> None:
    shop.answers["/a"] = answers.in_turn(answers.say(b"x" * 5000, headers={"ETag": '"v1"'}), answers.say(b"", 304))
    shop.answers["/claims"] = answers.say(b"x" * 10, headers={"Connection": "close"}, length=10**12)
    reader, path = open_reader(max_bytes=1000), tmp_path / "a"
    validator = reader.save(shop.url("/a"), None, path, max_bytes=6000)
    assert path.read_bytes() == b"x" * 5000
    assert reader.save(shop.url("/a"), validator, path, max_bytes=6000) == Unchanged()
    with pytest.raises(ImageRejected) as caught:
        reader.save(shop.url("/claims"), None, path, max_bytes=6000)
    assert caught.value.reason is Reason.TOO_MANY_BYTES


def test_a_file_that_is_saved_at_the_second_attempt_is_whole(
    shop: Any, answers: Any, open_reader: Any, tmp_path: Path
) -> None:
    broken = answers.say(b"xxx", headers={"Connection": "close"}, length=100)
    shop.answers["/a"] = answers.in_turn(broken, answers.say(b"one"))
    open_reader(read_timeout_seconds=0.5).save(shop.url("/a"), None, tmp_path / "a", max_bytes=200)
    assert (tmp_path / "a").read_bytes() == b"one"


def test_a_compressed_body_is_bounded_by_what_it_unpacks_to(shop: Any, answers: Any, open_reader: Any) -> None:
    packed = {"Content-Encoding": "gzip"}
    shop.answers["/fits"] = answers.say(gzip.compress(b"x" * 1000), headers=packed)
    shop.answers["/bomb"] = answers.say(gzip.compress(b"x" * 50_000_000), headers=packed)
    shop.answers["/broken"] = answers.say(b"not gzip", headers=packed)
    shop.answers["/short"] = answers.say(gzip.compress(b"xyz" * 100)[:-9], headers=packed)
    shop.answers["/other"] = answers.say(b"", headers={"Content-Encoding": "br"})
    reader = open_reader(max_bytes=100_000)
    assert reader.read(shop.url("/fits"), None).data == b"x" * 1000
    assert refused(reader, shop.url("/bomb")).reason is Reason.TOO_MANY_BYTES
    for path in ("/broken", "/short", "/other"):
        assert refused(reader, shop.url(path)).reason is Reason.FETCH_FAILED


def test_a_body_shorter_than_promised_is_a_failure_and_tried_again(shop: Any, answers: Any, open_reader: Any) -> None:
    shop.answers["/a"] = answers.say(b"one", headers={"Connection": "close"}, length=100)
    assert refused(open_reader(retries=1, read_timeout_seconds=0.5), shop.url("/a")).reason in (
        Reason.FETCH_FAILED,
        Reason.TIMED_OUT,
    )
    assert len(shop.asked) == 2


@pytest.mark.timeout(30)
def test_a_slow_body_ends_with_the_total_time(shop: Any, answers: Any, open_reader: Any) -> None:
    shop.answers["/a"] = answers.slowly(0.05)
    began = time.monotonic()
    rejection = refused(open_reader(total_timeout_seconds=0.6), shop.url("/a"))
    assert rejection.reason is Reason.TIMED_OUT
    assert time.monotonic() - began < 5
    assert len(shop.asked) == 1


@pytest.mark.timeout(30)
def test_slow_headers_end_with_the_total_time(shop: Any, open_reader: Any) -> None:
    def dribble(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        for byte in b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 10_000:
            request.wfile.write(bytes([byte]))
            request.wfile.flush()
            time.sleep(0.05)

    shop.answers["/a"] = dribble
    began = time.monotonic()
    assert refused(open_reader(total_timeout_seconds=0.6), shop.url("/a")).reason is Reason.TIMED_OUT
    assert time.monotonic() - began < 5


@pytest.mark.timeout(30)
def test_a_silent_server_is_asked_again_and_then_given_up(shop: Any, open_reader: Any) -> None:
    shop.answers["/a"] = lambda request: time.sleep(1)
    assert refused(open_reader(read_timeout_seconds=0.1, retries=1), shop.url("/a")).reason is Reason.TIMED_OUT
    assert len(shop.asked) == 2


@pytest.mark.timeout(30)
def test_one_long_silence_ends_with_the_total_time_and_is_not_tried_again(shop: Any, open_reader: Any) -> None:
    shop.answers["/a"] = lambda request: time.sleep(3)
    began = time.monotonic()
    rejection = refused(open_reader(read_timeout_seconds=20.0, total_timeout_seconds=0.3), shop.url("/a"))
    assert rejection.reason is Reason.TIMED_OUT
    assert time.monotonic() - began < 2.5
    assert len(shop.asked) == 1


def test_a_port_where_nobody_listens_is_a_failure(open_reader: Any, slept: list[float]) -> None:
    assert refused(open_reader(), "http://127.0.0.1:1/a").reason is Reason.FETCH_FAILED
    assert len(slept) == 3


def test_redirects_are_followed_up_to_a_number(shop: Any, answers: Any, open_reader: Any) -> None:
    shop.answers["/a"] = answers.say(b"", 301, headers={"Location": "/b?x=1#part"})
    shop.answers["/b?x=1"] = answers.say(b"", 307, headers={"Location": shop.url("/c")})
    shop.answers["/c"] = answers.say(b"one")
    shop.answers["/round"] = answers.say(b"", 302, headers={"Location": "/round"})
    assert open_reader(max_redirects=2).read(shop.url("/a"), None) == PictureBytes(b"one", None)
    assert shop.paths() == ["/a", "/b?x=1", "/c"]
    assert refused(open_reader(max_redirects=1), shop.url("/a")).reason is Reason.FETCH_FAILED
    assert "more than 5 times" in refused(open_reader(), shop.url("/round")).detail


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://localhost:{port}/b",
        "http://2130706433:{port}/b",
        "//0x7f.1:{port}/b",
        "file:///etc/passwd",
        "ftp://ftp.example/",
        "gopher://x/",
        "data:,x",
    ],
)
def test_a_redirect_to_the_inside_is_refused(target: str, shop: Any, answers: Any, open_reader: Any) -> None:
    shop.answers["/a"] = answers.say(b"", 302, headers={"Location": target.format(port=shop.port)})
    shop.answers["/b"] = answers.say(b"secret")

    def network(policy: FetchPolicy) -> CheckedNetwork:
        from lookalike.sources.fetch.network import resolve_host

        def resolve(host: str, port: int, seconds: float) -> Any:
            return ["93.184.216.34"] if host == "shop.example" else resolve_host(host, port, seconds)

        return CheckedNetwork(policy, resolve=resolve, dial=answers.dial(shop.port))

    reader = open_reader(allowed_hosts=frozenset(), make_network=network)
    assert refused(reader, "http://shop.example/a").reason is Reason.FETCH_REFUSED
    assert shop.paths() == ["/a"]


def test_a_redirect_from_https_to_http_is_refused(monkeypatch: pytest.MonkeyPatch, open_reader: Any) -> None:
    reader = open_reader()
    monkeypatch.setattr(reader, "_request", lambda *_: "http://shop.example/b")
    assert refused(reader, "https://shop.example/a").reason is Reason.FETCH_REFUSED


def test_user_name_and_password_go_to_their_own_host_only_and_into_no_message(
    shop: Any, answers: Any, open_reader: Any
) -> None:
    shop.answers["/a"] = answers.say(b"", 302, headers={"Location": shop.url("/b", host="localhost")})
    shop.answers["/b"] = answers.say(b"", 403)
    reader = open_reader(allowed_hosts=frozenset({"127.0.0.1", "localhost"}))
    rejection = refused(reader, shop.url("/a", host="ann:s%40cret@127.0.0.1"))
    assert shop.asked[0][1]["authorization"] == "Basic " + base64.b64encode(b"ann:s@cret").decode()
    assert shop.asked[0][1]["host"] == f"127.0.0.1:{shop.port}"
    assert "authorization" not in shop.asked[1][1]
    assert "cret" not in rejection.detail


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://", Reason.FETCH_FAILED),
        ("http:///a", Reason.FETCH_FAILED),
        ("http://[::1/a", Reason.FETCH_FAILED),
        ("http://a b/", Reason.FETCH_FAILED),
        ("http://x:99999/", Reason.FETCH_FAILED),
        ("http://\x00/", Reason.FETCH_FAILED),
        ("file:///etc/passwd", Reason.FETCH_REFUSED),
        ("//host/a", Reason.FETCH_REFUSED),
        ("a.jpg", Reason.FETCH_REFUSED),
        ("http://127.0.0.1/" + "x" * 9000, Reason.FETCH_REFUSED),
        ("http://①②⑦.0.0.1/", Reason.FETCH_REFUSED),
    ],
)
def test_what_is_no_url_to_fetch_is_rejected(url: str, reason: Reason, open_reader: Any) -> None:
    rejection = refused(open_reader(allowed_hosts=frozenset()), url)
    assert rejection.reason in (reason, Reason.FETCH_FAILED)


def test_no_proxy_of_the_environment_is_used(
    shop: Any, answers: Any, open_reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    shop.answers["/a"] = answers.say(b"one")
    assert open_reader().read(shop.url("/a"), None) == PictureBytes(b"one", None)


def test_no_host_is_asked_for_more_at_once_than_its_share(shop: Any, answers: Any, open_reader: Any) -> None:
    def wait(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.05)
        answers.say(request.path.encode())(request)

    for i in range(24):
        shop.answers[f"/{i}"] = wait
    reader = open_reader(per_host=3)
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda i: reader.read(shop.url(f"/{i}"), None).data, range(24)))
    assert found == [f"/{i}".encode() for i in range(24)]
    assert shop.most_at_once == 3


def test_a_reader_can_be_used_after_it_was_closed(shop: Any, answers: Any, open_reader: Any) -> None:
    shop.answers["/a"] = answers.say(b"one")
    reader = open_reader()
    reader.read(shop.url("/a"), None)
    reader.close()
    assert reader.read(shop.url("/a"), None) == PictureBytes(b"one", None)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://a:b@h/p?q#f", "http://h/p?q"),
        ("https://h/p@q", "https://h/p@q"),
        ("http://a@b@h", "http://h"),
        ("ftp://a:b@h/p", "ftp://h/p"),
        ("x", "x"),
    ],
)
def test_messages_never_show_credentials(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key for shop.example, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is needed to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.example"]
    command += ["-addext", "subjectAltName=DNS:shop.example", "-keyout", str(path), "-out", f"{path}.crt"]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("this openssl makes no such certificate")
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_tls_verifies_the_name_although_the_connection_goes_to_an_address(
    certificate: Path, shop: Any, answers: Any, open_reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    # The server's own from now on, which closes it; put back, it would be left open when the server ends.
    shop.server.socket = context.wrap_socket(shop.server.socket, server_side=True, do_handshake_on_connect=False)
    shop.answers["/a"] = answers.say(b"one")

    def network(policy: FetchPolicy) -> CheckedNetwork:
        return CheckedNetwork(policy, resolve=lambda *_: ["93.184.216.34"], dial=answers.dial(shop.port))

    stranger = refused(open_reader(make_network=network), "https://shop.example/a")
    assert stranger.reason is Reason.FETCH_FAILED
    assert "certificate" in stranger.detail.lower()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    known = open_reader(make_network=network)
    assert known.read("https://shop.example/a", None) == PictureBytes(b"one", None)
    assert "certificate" in refused(known, "https://other.example/a").detail.lower()


def test_a_port_that_no_host_has_is_refused_rather_than_taken_for_another(
    shop: Any, answers: Any, open_reader: Any
) -> None:
    shop.answers["/a.png"] = answers.say(b"another server's picture")
    shop.answers["/b.png"] = answers.say(b"", 302, headers={"Location": f"http://127.0.0.1:{shop.port + 65_536}/a.png"})
    for url in (f"http://127.0.0.1:{shop.port + 65_536}/a.png", f"http://127.0.0.1:{shop.port}/b.png"):
        rejected = refused(open_reader(), url)
        assert rejected.reason is Reason.FETCH_FAILED
        assert "ports are 1 to 65535" in rejected.detail
    assert [path for path, _ in shop.asked] == ["/b.png"]
