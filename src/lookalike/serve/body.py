"""Request bodies, read into memory and measured while they arrive; nothing of them ever touches the disk."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from lookalike.serve.failure import Failure

__all__ = ["read_body"]

# A client that is told 413 while it still sends may see a reset connection instead of the answer: a little more is
# read and thrown away, so that ordinary mistakes get their sentence.
_DRAIN_SECONDS = 2.0
_DRAIN_FACTOR = 4


async def read_body(request: Request, *, max_bytes: int, timeout_seconds: float) -> bytes:
    """The whole body, at most `max_bytes` long.

    Raises:
        Failure: 413 as soon as more is announced or arrives, 408 when it arrives too slowly, 400 when the client left,
            415 where it is packed: nobody could say how large it is before it is unpacked.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    # Some clients name a character set there, which packs nothing.
    if encoding not in ("", "identity", "utf-8", "utf8"):
        raise Failure(
            415,
            "unsupported_media_type",
            f"a request is taken as it is, received one with the content encoding {encoding[:80]!r}",
            hint="send the body unpacked",
        )
    try:
        return await asyncio.wait_for(_read(request, max_bytes), timeout_seconds)
    except TimeoutError as error:
        raise Failure(
            408,
            "too_slow",
            f"the request did not arrive within {timeout_seconds:g} seconds",
            headers={"Connection": "close"},
        ) from error
    except ClientDisconnect as error:
        raise Failure(400, "client_left", "the client closed the connection before the request was whole") from error


async def _read(request: Request, max_bytes: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        await _drain(request, max_bytes)
        raise _too_large(max_bytes)
    chunks: list[bytes] = []
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > max_bytes:
            await _drain(request, max_bytes)
            raise _too_large(max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


async def _drain(request: Request, max_bytes: int) -> None:
    left = _DRAIN_FACTOR * max_bytes
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while left > 0:
                message = await request.receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return


def _too_large(max_bytes: int) -> Failure:
    return Failure(
        413,
        "too_large",
        f"the request is larger than the {max_bytes:,} bytes that this server takes",
        hint="send a smaller picture: 1024 pixels on the longer side lose nothing here",
        headers={"Connection": "close"},
    )
