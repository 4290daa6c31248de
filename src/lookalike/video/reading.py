"""A clip read in a process that can be killed: whatever a file does to its decoder ends there."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import IO, final

import numpy as np

from lookalike.errors import ImageRejected, MissingExtra
from lookalike.types import Pixels, Reason
from lookalike.video.child import LENGTH
from lookalike.video.decoding import ClipFacts
from lookalike.video.key_frames import KeyFrame, KeyFrameOptions
from lookalike.video.limits import VideoLimits

__all__ = ["ClipReading", "frame_at", "require_decoder"]

_LIMITS = VideoLimits()
_OPTIONS = KeyFrameOptions()


@final
class ClipReading:
    """Iterates over the key frames of a clip, decoding ahead in another process.

    Args:
        clip: path of the file, or its bytes, which then never touch the disk where the system can do without.
        limits: what it may cost.
        options: when a shot ends.

    Raises:
        MissingExtra: PyAV is not installed.
    """

    def __init__(
        self, clip: Path | bytes, *, limits: VideoLimits = _LIMITS, options: KeyFrameOptions = _OPTIONS
    ) -> None:
        require_decoder()
        self._clip = clip
        self._limits = limits
        self._options = options
        self.facts: ClipFacts | None = None
        """What is known of the clip so far; length and number of frames are final after the last key frame."""

    def __iter__(self) -> Iterator[KeyFrame]:
        """Key frames in order.

        Raises:
            ImageRejected: no clip, or one that cannot or must not be used; also in the middle.
        """
        for message in _messages(self._clip, self._limits, self._options, None):
            if isinstance(message, KeyFrame):
                yield message
            else:
                self.facts = message


def frame_at(path: Path, seconds: float, *, limits: VideoLimits = _LIMITS) -> Pixels:
    """The frame of a clip that is shown at `seconds`.

    Raises:
        ImageRejected: the clip cannot be used, or is shorter.
        MissingExtra: PyAV is not installed.
    """
    require_decoder()
    for message in _messages(path, limits, _OPTIONS, seconds):
        if isinstance(message, KeyFrame):
            return message.pixels
    raise ImageRejected(Reason.NOT_FOUND, f"the clip shows nothing at {seconds:.2f} s")


def require_decoder() -> None:
    """Raise where clips cannot be decoded.

    Raises:
        MissingExtra: PyAV is not installed.
    """
    if find_spec("av") is None:
        raise MissingExtra(needed_for="reading a clip", extra="video")


@contextlib.contextmanager
def _as_file(clip: Path | bytes) -> Generator[tuple[str, tuple[int, ...]]]:
    """A path by which the child finds the clip, and the descriptors that it needs for that."""
    if isinstance(clip, Path):
        yield str(clip), ()
    elif hasattr(os, "memfd_create"):
        held = os.memfd_create("clip")
        try:
            with os.fdopen(os.dup(held), "wb") as file:
                file.write(clip)
            yield f"/proc/self/fd/{held}", (held,)
        finally:
            os.close(held)
    else:
        with tempfile.NamedTemporaryFile(prefix="lookalike-", suffix=".clip") as file:
            file.write(clip)
            file.flush()
            yield file.name, ()


def _messages(
    clip: Path | bytes, limits: VideoLimits, options: KeyFrameOptions, seconds: float | None
) -> Generator[KeyFrame | ClipFacts]:
    with _as_file(clip) as (path, descriptors):
        yield from _told(path, descriptors, limits, options, seconds)


def _told(
    path: str, descriptors: tuple[int, ...], limits: VideoLimits, options: KeyFrameOptions, seconds: float | None
) -> Generator[KeyFrame | ClipFacts]:
    request = {"path": path, "limits": asdict(limits), "options": asdict(options), "seconds": seconds}
    child = subprocess.Popen(
        [sys.executable, "-P", "-W", "ignore", "-c", "from lookalike.video.child import run; run()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)},
        start_new_session=True,
        pass_fds=descriptors,
    )
    late = threading.Event()

    def end() -> None:
        late.set()
        child.kill()

    # The time of whoever takes the frames counts too: nobody keeps a decoder for ever.
    alarm = threading.Timer(limits.timeout_seconds, end)
    alarm.daemon = True
    alarm.start()
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps(request).encode())
            child.stdin.close()
        while True:
            header = _header(child.stdout)
            match header:
                case {"done": True}:
                    return
                case {"reason": str(reason), "detail": str(detail)}:
                    raise ImageRejected(Reason(reason), detail)
                case {"facts": dict(facts)}:
                    yield ClipFacts(**facts)
                case {
                    "start": float() | int() as start,
                    "end": float() | int() as stop,
                    "seconds": float() | int() as at,
                    "shape": [int(rows), int(columns), 3],
                }:
                    body = _exactly(child.stdout, rows * columns * 3)
                    pixels = np.frombuffer(body, np.uint8).reshape(rows, columns, 3)
                    yield KeyFrame(float(start), float(stop), float(at), pixels)
                case _:
                    raise ImageRejected(Reason.CORRUPT, f"the decoder gave an answer that makes no sense: {header}")
    except (EOFError, OSError) as error:
        if late.is_set():
            raise ImageRejected(
                Reason.TIMED_OUT, f"received a clip that took longer than {limits.timeout_seconds:g} s"
            ) from error
        raise ImageRejected(
            Reason.CORRUPT, f"received a clip that its decoder does not survive (exit status {child.wait(5)})"
        ) from error
    finally:
        alarm.cancel()
        child.kill()
        child.stdout.close()
        with contextlib.suppress(OSError):
            child.stdin.close()
        child.wait()


def _header(stream: IO[bytes]) -> dict[str, object]:
    (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
    return json.loads(_exactly(stream, length))


def _exactly(stream: IO[bytes], n_bytes: int) -> bytes:
    data = stream.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError("the decoder has ended")
    return data
