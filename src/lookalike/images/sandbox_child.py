"""What runs in the child process of `lookalike.images.sandbox`: one picture after the other, until nobody asks."""

from __future__ import annotations

import contextlib
import signal
import socket

import numpy as np

from lookalike.errors import ImageRejected
from lookalike.images.decode import decode_here
from lookalike.images.limits import ImageLimits
from lookalike.images.sandbox import receive, receive_bytes, send

__all__ = ["run"]

_MAX_DATA_BYTES = 896 * 1024**2
_LARGE_PIXELS = 16_000_000
_GRACE_SECONDS = 5


def run(descriptor: int) -> None:
    """Answer requests on the socket `descriptor` until it is closed."""
    _limit_memory()
    with socket.socket(fileno=descriptor) as connection, contextlib.suppress(EOFError, OSError):
        send(connection, {"ready": True})
        while True:
            _serve(connection)


def _serve(connection: socket.socket) -> None:
    request = receive(connection)
    match request:
        case {"n_bytes": int(n_bytes), "limits": dict(fields), "shorter_side_pixels": shorter_side_pixels}:
            limits = ImageLimits(**fields)
        case _:
            raise EOFError(f"a request that makes no sense: {request}")
    data = bytes(receive_bytes(connection, n_bytes))
    # Should the parent die while a decoder hangs, nobody else would end this process.
    _set_alarm(limits)

    def admit(n_pixels: int) -> None:
        if n_pixels > _LARGE_PIXELS:
            _set_alarm(None)
            send(connection, {"n_pixels": n_pixels})
            receive(connection)
            _set_alarm(limits)

    try:
        side = shorter_side_pixels if isinstance(shorter_side_pixels, int) else None
        picture = decode_here(data, limits, side, admit)
    except ImageRejected as exc:
        send(connection, {"reason": str(exc.reason), "detail": exc.detail})
    else:
        pixels = np.ascontiguousarray(picture.pixels)
        header = {
            "shape": list(pixels.shape),
            "width": picture.width,
            "height": picture.height,
            "format": picture.format,
        }
        send(connection, header, pixels.data.cast("B"))
    finally:
        _set_alarm(None)


def _set_alarm(limits: ImageLimits | None) -> None:
    signal.alarm(0 if limits is None else int(limits.timeout_seconds) + _GRACE_SECONDS)


def _limit_memory() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    ceiling = _MAX_DATA_BYTES if hard == resource.RLIM_INFINITY else min(_MAX_DATA_BYTES, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, hard))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
