"""Pictures by URL: one request at a time per place, tried again where that helps, asked for only if changed.

Import this module only where a URL is at hand: the HTTP client is heavy.
"""

from __future__ import annotations

import base64
import logging
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import httpcore
import httpx
import numpy as np

from lookalike.errors import ImageRejected
from lookalike.sources.fetch.credentials import bare_url
from lookalike.sources.fetch.network import CheckedNetwork
from lookalike.sources.fetch.policy import FetchPolicy
from lookalike.sources.fetch.reply import (
    body_of,
    conditions_of,
    header_map,
    pieces_of,
    retry_after_seconds,
    validator_of,
)
from lookalike.sources.fetch.signing import may_be_named_by_token, without_signature
from lookalike.sources.fetch.turns import HostTurns
from lookalike.sources.record import PictureBytes, Unchanged
from lookalike.types import Reason

__all__ = ["HttpReader", "shown_url"]

logger = logging.getLogger(__name__)

_MAX_PORT: Final = 65_535
_MAX_URL_CHARACTERS: Final = 8192
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_UNAUTHORISED: Final = frozenset({400, 401, 403})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_MAX_BACKOFF_DOUBLINGS: Final = 16
_FILE_TIMEOUT_SECONDS: Final = 600.0


class _TryAgain(Exception):
    """An attempt failed in a way that may pass; `after_seconds` is what the server asked for."""

    def __init__(self, rejection: ImageRejected, after_seconds: float | None = None) -> None:
        super().__init__(str(rejection))
        self.rejection = rejection
        self.after_seconds = after_seconds


@dataclass(frozen=True, slots=True)
class _Taking:
    """What becomes of a body as it comes, and its bounds."""

    take: Callable[[Iterator[bytes]], bytes]
    max_bytes: int
    total_timeout_seconds: float


def shown_url(url: str) -> str:
    """`url` without user name, password, signature and fragment, as it may be written into messages."""
    return bare_url(without_signature(url)).partition("#")[0][:500]


@final
class HttpReader:
    """Reads ``http`` and ``https`` URLs as `FetchPolicy` says. Safe for several threads.

    Every redirect is checked like the first URL; one from https to http is refused. User name and password of a URL go
    to that scheme, host and port only. Proxies of the environment are not used, since what they resolve cannot be
    checked. Connections are kept for the next picture and closed with the reader.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        max_bytes: int | None = None,
        jitter: np.random.Generator | None = None,
        sleep: Callable[[float], None] = time.sleep,
        make_network: Callable[[FetchPolicy], CheckedNetwork] | None = None,
    ) -> None:
        """Fetch as `policy` says.

        Args:
            policy: bounds and manners.
            max_bytes: a lower bound than the policy's, if there is one.
            jitter: spreads the pauses between retries; None makes them exact.
            sleep: waits.
            make_network: the network to use, for tests; None is the real one, checked.
        """
        self._policy = policy
        self._max_bytes = policy.max_bytes if max_bytes is None else min(max_bytes, policy.max_bytes)
        self._jitter = jitter
        self._sleep = sleep
        self._make_network = make_network
        self._turns = HostTurns(policy.per_host, max_wait_seconds=policy.max_wait_seconds, sleep=sleep)
        self._lock = threading.Lock()
        self._opened: tuple[CheckedNetwork, httpcore.ConnectionPool] | None = None

    def close(self) -> None:
        """Close the connections that are kept; the reader opens new ones if it is used again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        """The body behind the URL `location`, or `Unchanged` if the server says so (304) to `validator`.

        Raises:
            ImageRejected: ``not_found`` (404, 410); ``fetch_refused`` (no http, or not a public address);
                ``too_many_bytes``; ``timed_out``; ``fetch_failed`` (everything else).
        """
        return self._persist(location, validator, _Taking(body_of, self._max_bytes, self._policy.total_timeout_seconds))

    def save(self, location: str, validator: str | None, path: Path, *, max_bytes: int) -> str | Unchanged | None:
        """Write the body behind the URL `location` to `path` as it comes; for what is larger than a picture.

        Args:
            location: URL.
            validator: of what is known already; None for nothing.
            path: file, replaced; where this fails, it holds a part of the body or is not there.
            max_bytes: the bound instead of a picture's; one attempt may take 600 s, or the policy's time if longer.

        Returns:
            The validator, None where the server gave none; or `Unchanged`, and nothing was written.

        Raises:
            ImageRejected: as `read`.
        """

        def write(pieces: Iterator[bytes]) -> bytes:
            with path.open("wb") as file:
                file.writelines(pieces)
            return b""

        seconds = max(self._policy.total_timeout_seconds, _FILE_TIMEOUT_SECONDS)
        answer = self._persist(location, validator, _Taking(write, max_bytes, seconds))
        return answer if isinstance(answer, Unchanged) else answer.validator

    def _persist(self, location: str, validator: str | None, taking: _Taking) -> PictureBytes | Unchanged:
        attempt = 0
        while True:
            try:
                return self._attempt(location, validator, taking)
            except _TryAgain as exc:
                pause = self._pause(attempt, exc)
                if pause is None:
                    raise exc.rejection from exc
                logger.info("trying again in %.1f s: %s", pause, exc.rejection.detail)
                self._sleep(pause)
            attempt += 1

    def _pause(self, attempt: int, failure: _TryAgain) -> float | None:
        """Seconds to wait before the next attempt; None to give up."""
        policy = self._policy
        asked = failure.after_seconds or 0.0
        if attempt >= policy.retries or asked > policy.max_wait_seconds:
            return None
        pause = policy.backoff_seconds * 2.0 ** min(attempt, _MAX_BACKOFF_DOUBLINGS)
        if self._jitter is not None:
            with self._lock:
                pause *= float(self._jitter.uniform(0.5, 1.5))
        return max(asked, min(pause, policy.max_wait_seconds))

    def _attempt(self, location: str, validator: str | None, taking: _Taking) -> PictureBytes | Unchanged:
        first = url = _parsed(location)
        spent = 0.0
        for _ in range(self._policy.max_redirects + 1):
            # What the store knows under that name may be another picture, of another token.
            headers = conditions_of(validator, by_date=not may_be_named_by_token(location))
            if _origin(url) == _origin(first) and first.userinfo:
                word = f"{first.username}:{first.password}".encode()
                headers["Authorization"] = f"Basic {base64.b64encode(word).decode('ascii')}"
            with self._turns.turn(url.host) as why_not:
                if why_not is not None:
                    raise ImageRejected(Reason.FETCH_FAILED, f"{_shown(url)} is not asked for: {why_not}")
                began = time.monotonic()
                answer = self._asked(url, headers, began + taking.total_timeout_seconds - spent, taking)
                spent += time.monotonic() - began
            if not isinstance(answer, str):
                return answer
            following = _redirected(url, answer)
            if url.scheme == "https" and following.scheme == "http":
                sentence = f"{_shown(url)} redirects from https to http ({_shown(following)}), which is not followed"
                raise ImageRejected(Reason.FETCH_REFUSED, sentence)
            url = following
        sentence = f"{_shown(first)} redirects more than {self._policy.max_redirects} times"
        raise ImageRejected(Reason.FETCH_FAILED, sentence)

    def _asked(
        self, url: httpx.URL, headers: dict[str, str], deadline: float, taking: _Taking
    ) -> PictureBytes | Unchanged | str:
        """As `_request`; of the host it is remembered whether it answers."""
        try:
            answer = self._request(url, headers, deadline, taking)
        except (_TryAgain, ImageRejected) as exc:
            may_pass = isinstance(exc, _TryAgain) or exc.reason is Reason.TIMED_OUT
            self._turns.note(url.host, answered=not may_pass)
            raise
        self._turns.note(url.host, answered=True)
        return answer

    def _request(
        self, url: httpx.URL, headers: dict[str, str], deadline: float, taking: _Taking
    ) -> PictureBytes | Unchanged | str:
        """One request: the picture, `Unchanged`, or where it redirects to."""

        shown = _shown(url)
        network, pool = self._open()
        try:
            with network.until(deadline):
                return self._answer(pool, url, headers, deadline, taking)
        except httpcore.TimeoutException as exc:
            rejection = ImageRejected(Reason.TIMED_OUT, f"{shown} did not answer in time: {exc or type(exc).__name__}")
            # A server that used up all the time will do so again; one that was silent may have been busy.
            raise (rejection if time.monotonic() >= deadline - 0.01 else _TryAgain(rejection)) from exc
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as exc:
            rejection = ImageRejected(Reason.FETCH_FAILED, f"{shown} could not be fetched: {exc or type(exc).__name__}")
            raise (rejection if _is_about_certificates(exc) else _TryAgain(rejection)) from exc
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as exc:
            sentence = f"{shown} could not be fetched: {exc or type(exc).__name__}"
            raise ImageRejected(Reason.FETCH_FAILED, sentence) from exc

    def _answer(
        self, pool: httpcore.ConnectionPool, url: httpx.URL, headers: dict[str, str], deadline: float, taking: _Taking
    ) -> PictureBytes | Unchanged | str:

        policy = self._policy
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent: dict[bytes | str, bytes | str] = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": policy.user_agent,
            "Accept": "image/*,*/*;q=0.5",
            "Accept-Encoding": "identity",
            **headers,
        }
        timeouts = {
            "connect": policy.connect_timeout_seconds,
            "read": policy.read_timeout_seconds,
            "write": policy.read_timeout_seconds,
            "pool": policy.total_timeout_seconds,
        }
        with pool.stream("GET", target, headers=sent, extensions={"timeout": timeouts}) as response:
            received = header_map(response.headers)
            if response.status == 200:
                chunks = response.iter_stream()
                pieces = pieces_of(_shown(url), received, chunks, max_bytes=taking.max_bytes, deadline=deadline)
                return PictureBytes(taking.take(pieces), validator_of(received))
            if response.status == 304 and ("If-None-Match" in headers or "If-Modified-Since" in headers):
                return Unchanged()
            if response.status in _REDIRECTS and received.get("location"):
                return received["location"]
            raise self._refusal(url, response.status, received)

    def _refusal(self, url: httpx.URL, status: int, received: dict[str, str]) -> ImageRejected | _TryAgain:
        shown = _shown(url)
        if status in _GONE:
            return ImageRejected(Reason.NOT_FOUND, f"{shown} is not there: the server answers {status}")
        sentence = f"{shown} could not be fetched: the server answers {status}"
        if status in _UNAUTHORISED and without_signature(str(url)) != str(url):
            sentence += "; its address is signed, and may have expired: export the feed again"
        rejection = ImageRejected(Reason.FETCH_FAILED, sentence)
        if status not in _PASSING:
            return rejection
        asked = retry_after_seconds(received) if status in (429, 503) else None
        if asked:
            self._turns.keep_quiet(url.host, asked)
        return _TryAgain(rejection, asked)

    def _open(self) -> tuple[CheckedNetwork, httpcore.ConnectionPool]:
        with self._lock:
            if self._opened is None:
                network = (self._make_network or CheckedNetwork)(self._policy)
                pool = httpcore.ConnectionPool(
                    # The system's certificates as httpx finds them (SSL_CERT_FILE, SSL_CERT_DIR, or certifi's).
                    ssl_context=httpx.create_ssl_context(),
                    max_connections=None,
                    max_keepalive_connections=32,
                    keepalive_expiry=15.0,
                    network_backend=network,
                )
                weakref.finalize(self, pool.close)
                self._opened = (network, pool)
            return self._opened


def _parsed(location: str) -> httpx.URL:

    if len(location) > _MAX_URL_CHARACTERS:
        raise ImageRejected(Reason.FETCH_REFUSED, f"a URL of {len(location):,} characters is not fetched")
    try:
        url = httpx.URL(location)
    except (httpx.InvalidURL, ValueError) as exc:
        raise ImageRejected(Reason.FETCH_FAILED, f"{shown_url(location)!r} is not a URL: {exc}") from exc
    return _fetchable(url)


def _redirected(url: httpx.URL, location: str) -> httpx.URL:

    try:
        # Servers write these in UTF-8; the header was read byte by byte.
        location = location.encode("latin-1").decode("utf-8", "replace")
        following = url.join(location)
    except (httpx.InvalidURL, ValueError) as exc:
        sentence = f"{_shown(url)} redirects to {shown_url(location)!r}, which is not a URL: {exc}"
        raise ImageRejected(Reason.FETCH_FAILED, sentence) from exc
    return _fetchable(following)


def _fetchable(url: httpx.URL) -> httpx.URL:
    if url.scheme not in ("http", "https"):
        sentence = f"{url.scheme or 'relative'} URLs are not fetched; expected http or https"
        raise ImageRejected(Reason.FETCH_REFUSED, sentence)
    if not url.host:
        raise ImageRejected(Reason.FETCH_FAILED, f"{_shown(url)!r} names no host")
    if url.port is not None and not 0 < url.port <= _MAX_PORT:
        # The system would connect to its remainder by 65,536.
        raise ImageRejected(Reason.FETCH_FAILED, f"{_shown(url)!r} names port {url.port}; ports are 1 to {_MAX_PORT}")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _shown(url: httpx.URL) -> str:
    return shown_url(str(url))


def _is_about_certificates(exc: BaseException | None) -> bool:
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
