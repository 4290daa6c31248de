"""What the headers of an HTTP answer say, and its body within bounds."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import cast

from lookalike.errors import ImageRejected
from lookalike.types import Reason

__all__ = ["body_of", "conditions_of", "header_map", "pieces_of", "retry_after_seconds", "validator_of"]

_PREFIX = "http:"
_GZIP = b"\x1f\x8b"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def header_map(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; of several with one name the first."""
    found: dict[str, str] = {}
    for name, value in headers:
        found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
    return found


def validator_of(headers: Mapping[str, str]) -> str | None:
    """``http:`` and JSON of ETag and Last-Modified; None where the server gave neither."""
    known = {name: headers[key] for name, key in (("etag", "etag"), ("modified", "last-modified")) if headers.get(key)}
    return _PREFIX + json.dumps(known, separators=(",", ":"), sort_keys=True) if known else None


def conditions_of(validator: str | None, *, by_date: bool = True) -> dict[str, str]:
    """Request headers that ask for the picture only if it has changed; empty for a validator that is not ours.

    Args:
        validator: as `validator_of` wrote it.
        by_date: whether a date will do: to a date of one picture, servers answer 304 for any older one.
    """
    if validator is None or not validator.startswith(_PREFIX):
        return {}
    try:
        known = json.loads(validator[len(_PREFIX) :])
    except ValueError:
        return {}
    if not isinstance(known, dict):
        return {}
    conditions: dict[str, str] = {}
    headers = (("etag", "If-None-Match"), ("modified", "If-Modified-Since"))
    for name, header in headers if by_date else headers[:1]:
        value = cast("dict[str, object]", known).get(name)
        if isinstance(value, str) and value.isprintable() and value.isascii():
            conditions[header] = value
    return conditions


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the server asks to be left alone, never negative; None where it does not say so intelligibly."""
    word = headers.get("retry-after", "")
    if word.isascii() and word.isdecimal():
        return float(word[:9])
    try:
        when = parsedate_to_datetime(word)
    except (ValueError, TypeError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def body_of(pieces: Iterable[bytes]) -> bytes:
    """The whole body in memory."""
    data = bytearray()
    for piece in pieces:
        data += piece
    return bytes(data)


def pieces_of(
    shown: str, headers: Mapping[str, str], chunks: Iterable[bytes], *, max_bytes: int, deadline: float
) -> Iterator[bytes]:
    """The body as it comes, content encoding undone; never more than `max_bytes`, whatever the headers promise.

    A body may be compressed in several parts. What follows the end of one and is no further part is not held, and but
    one piece of it is read.

    Args:
        shown: the URL as it may be named in messages.
        headers: of the answer.
        chunks: the body as it arrives.
        max_bytes: bound of the body, before and after undoing the encoding.
        deadline: value of `time.monotonic` after which nothing is waited for.

    Raises:
        ImageRejected: ``too_many_bytes``; ``timed_out``; ``fetch_failed`` for an encoding that cannot be undone.
    """
    promised = headers.get("content-length", "")
    if promised.isdecimal() and int(promised[:18]) > max_bytes:
        raise _too_large(shown, f"{int(promised[:18]):,}", max_bytes)
    encoding = headers.get("content-encoding", "identity").lower()
    match encoding:
        case "identity" | "":
            pieces = iter(chunks)
        case "gzip" | "x-gzip" | "deflate":
            pieces = _inflated(shown, chunks, max_bytes)
        case _:
            sentence = f"{shown} came with the content encoding {encoding!r}, although none was asked for"
            raise ImageRejected(Reason.FETCH_FAILED, sentence)
    n_bytes = 0
    for piece in pieces:
        n_bytes += len(piece)
        if n_bytes > max_bytes:
            raise _too_large(shown, "more", max_bytes)
        if time.monotonic() > deadline:
            raise ImageRejected(Reason.TIMED_OUT, f"{shown} did not arrive in time ({n_bytes:,} bytes did)")
        yield piece


def _inflated(shown: str, chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    n_transferred = n_unpacked = 0
    try:
        for chunk in chunks:
            n_transferred += len(chunk)
            rest = chunk
            while rest:
                if inflater.eof:
                    if not rest.startswith(_GZIP[: len(rest)]):
                        return  # the inflater would hold whatever else the server sends
                    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
                # One byte more than allowed is enough to notice.
                piece = inflater.decompress(rest, max_bytes + 1)
                n_unpacked += len(piece)
                yield piece
                if inflater.unconsumed_tail or max(n_transferred, n_unpacked) > max_bytes:
                    raise _too_large(shown, "more", max_bytes)
                rest = inflater.unused_data
        if inflater.eof:
            return
    except zlib.error as exc:
        raise ImageRejected(Reason.FETCH_FAILED, f"{shown} came compressed, and damaged: {exc}") from exc
    raise ImageRejected(Reason.FETCH_FAILED, f"{shown} came compressed, and ended early")


def _too_large(shown: str, n_bytes: str, max_bytes: int) -> ImageRejected:
    return ImageRejected(Reason.TOO_MANY_BYTES, f"{shown} has {n_bytes} bytes; at most {max_bytes:,} are fetched")
