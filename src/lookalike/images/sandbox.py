"""Child processes that decode what must not be decoded in this one, and that can be killed.

What a picture does to its decoder (run forever, take all memory, crash) ends with the child; the next picture gets
another. Children are started when first needed, kept warm, and end with this process, however it ends.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from lookalike.errors import ImageRejected
from lookalike.images.limits import ImageLimits
from lookalike.types import Pixels, Reason

__all__ = ["SandboxUnavailable", "decode_in_sandbox", "receive", "send"]

logger = logging.getLogger(__name__)

_LENGTH = struct.Struct("!I")
_START_SECONDS = 60.0
_MAX_CHILDREN = 4


class SandboxUnavailable(Exception):
    """No child process could be started; says nothing about the picture."""


@dataclass(frozen=True, slots=True)
class _Answer:
    pixels: Pixels
    width: int
    height: int
    format: str


def decode_in_sandbox(
    data: bytes, limits: ImageLimits, shorter_side_pixels: int | None
) -> tuple[Pixels, int, int, str]:
    """What `lookalike.images.decode.decode_here` gives, made in a child: pixels, width, height, format.

    Waits for a free child first; that is not counted as the picture's time.

    Args:
        data: the whole file.
        limits: checked by the child, apart from the time.
        shorter_side_pixels: as for `lookalike.images.decode.decode`.

    Returns:
        upright sRGB pixels, width and height of the original, name of the format.

    Raises:
        ImageRejected: as the child says; ``timed_out`` where it took longer than ``limits.timeout_seconds``, and
            ``corrupt`` where it died of the picture.
        SandboxUnavailable: no child could be started.
    """
    with _POOL.slots:
        child = _POOL.take()
        try:
            answer = child.decode(data, limits, shorter_side_pixels)
        except ImageRejected:
            _POOL.give_back(child)
            raise
        except BaseException:
            child.kill()
            raise
        _POOL.give_back(child)
    return answer.pixels, answer.width, answer.height, answer.format


def send(connection: socket.socket, header: Mapping[str, object], body: bytes | memoryview = b"") -> None:
    """One message: length of the header, header as JSON, body (whose length the header states)."""
    encoded = json.dumps(header).encode()
    connection.sendall(_LENGTH.pack(len(encoded)) + encoded)
    if len(body):
        connection.sendall(body)


def receive(connection: socket.socket) -> dict[str, object]:
    """Header of the next message. `EOFError` where the other side is gone."""
    (length,) = _LENGTH.unpack(receive_bytes(connection, _LENGTH.size))
    return json.loads(bytes(receive_bytes(connection, length)))


def receive_bytes(connection: socket.socket, n_bytes: int) -> bytearray:
    """Exactly `n_bytes` bytes. `EOFError` where the other side is gone."""
    received = bytearray(n_bytes)
    _fill(connection, memoryview(received), None)
    return received


def _fill(connection: socket.socket, view: memoryview, deadline: float | None) -> None:
    at = 0
    while at < len(view):
        if deadline is not None:
            connection.settimeout(_remaining(deadline))
        n_bytes = connection.recv_into(view[at:])
        if n_bytes == 0:
            raise EOFError("the other side closed the connection")
        at += n_bytes


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("no time left")
    return seconds


class _Child:
    """One child process, used by one thread at a time."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
        }
        code = f"from lookalike.images.sandbox_child import run; run({theirs.fileno()})"
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-P", "-W", "ignore", "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except (OSError, ValueError) as exc:
            ours.close()
            raise SandboxUnavailable(f"no child process: {exc}") from exc
        finally:
            theirs.close()
        self._connection = ours
        try:
            ours.settimeout(_START_SECONDS)
            receive(ours)
        except (OSError, EOFError) as exc:
            self.kill()
            raise SandboxUnavailable(f"the child process did not start: {exc!r}") from exc

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def decode(self, data: bytes, limits: ImageLimits, shorter_side_pixels: int | None) -> _Answer:
        seconds = limits.timeout_seconds
        try:
            header = self._ask(data, limits, shorter_side_pixels, time.monotonic() + seconds)
            if "n_pixels" in header:
                # Large pictures are decoded one at a time, whatever the number of children; waiting costs no time.
                with _POOL.large:
                    deadline = time.monotonic() + seconds
                    self._send({"go": True}, b"", deadline)
                    return self._answer(self._header(deadline), deadline)
            return self._answer(header, time.monotonic() + seconds)
        except TimeoutError as exc:
            self.kill()
            raise ImageRejected(
                Reason.TIMED_OUT, f"received a picture of {len(data):,} bytes that took longer than {seconds:g} s"
            ) from exc
        except (OSError, EOFError) as exc:
            code = self.kill()
            raise ImageRejected(
                Reason.CORRUPT, f"received a picture that its decoder does not survive (exit status {code})"
            ) from exc

    def kill(self) -> int:
        """End the process; its exit status, negative for a signal that was not ours."""
        self._connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(0.2)
        self._process.kill()
        return self._process.wait()

    def forget(self) -> None:
        """Close a connection that belongs to the process that this one was forked from."""
        self._connection.close()
        # Its child, not ours: there is nothing to wait for, and nothing to warn of.
        self._process.returncode = 0

    def _ask(
        self, data: bytes, limits: ImageLimits, shorter_side_pixels: int | None, deadline: float
    ) -> dict[str, object]:
        request = {"n_bytes": len(data), "limits": asdict(limits), "shorter_side_pixels": shorter_side_pixels}
        self._send(request, data, deadline)
        return self._header(deadline)

    def _send(self, header: Mapping[str, object], body: bytes, deadline: float) -> None:
        self._connection.settimeout(_remaining(deadline))
        send(self._connection, header, body)

    def _header(self, deadline: float) -> dict[str, object]:
        self._connection.settimeout(_remaining(deadline))
        return receive(self._connection)

    def _answer(self, header: dict[str, object], deadline: float) -> _Answer:
        match header:
            case {"reason": str(reason), "detail": str(detail)}:
                raise ImageRejected(Reason(reason), detail)
            case {
                "shape": [int(rows), int(columns), 3],
                "width": int(width),
                "height": int(height),
                "format": str(name),
            }:
                pixels = np.empty((rows, columns, 3), dtype=np.uint8)
                _fill(self._connection, pixels.data.cast("B"), deadline)
                return _Answer(pixels=pixels, width=width, height=height, format=name)
            case _:
                raise EOFError(f"an answer that makes no sense: {header}")


class _Pool:
    """At most so many children as there are cores, the one that rested the shortest first."""

    def __init__(self) -> None:
        self.slots = threading.BoundedSemaphore(max(1, min(_MAX_CHILDREN, os.cpu_count() or 1)))
        self.large = threading.Lock()
        self._resting: list[_Child] = []
        self._lock = threading.Lock()
        self._is_registered = False

    def take(self) -> _Child:
        with self._lock:
            if not self._is_registered:
                self._is_registered = True
                atexit.register(self.close)
                os.register_at_fork(after_in_child=self._after_fork)
            while self._resting:
                child = self._resting.pop()
                if child.is_alive:
                    return child
                child.kill()
        logger.debug("starting a child process for decoding")
        return _Child()

    def give_back(self, child: _Child) -> None:
        if child.is_alive:
            with self._lock:
                self._resting.append(child)

    def close(self) -> None:
        with self._lock:
            while self._resting:
                self._resting.pop().kill()

    def _after_fork(self) -> None:
        resting = self._resting
        self.slots = threading.BoundedSemaphore(max(1, min(_MAX_CHILDREN, os.cpu_count() or 1)))
        self.large = threading.Lock()
        self._lock = threading.Lock()
        self._resting = []
        for child in resting:
            child.forget()


_POOL = _Pool()
