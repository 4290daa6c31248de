"""What runs in the process that decodes a clip: messages to its standard output, then it ends."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lookalike.errors import ImageRejected
from lookalike.video.decoding import ClipFacts, decode_clip, decode_frame_at
from lookalike.video.key_frames import KeyFrame, KeyFrameOptions
from lookalike.video.limits import VideoLimits

__all__ = ["LENGTH", "run"]

LENGTH = struct.Struct("!I")
_MAX_DATA_BYTES = 2 * 1024**3


def run() -> None:
    """Do what the JSON on standard input asks for."""
    asked = json.loads(sys.stdin.buffer.read())
    _limit_memory()
    # What a library prints must not get among the messages.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limits, options = VideoLimits(**asked["limits"]), KeyFrameOptions(**asked["options"])
    path, seconds = Path(asked["path"]), asked["seconds"]
    try:
        if seconds is not None:
            pixels = decode_frame_at(path, float(seconds), limits)
            _send_frame(out, KeyFrame(seconds, seconds, seconds, pixels))
        else:
            for frame in decode_clip(path, limits, options, told=lambda facts: _send_facts(out, facts)):
                _send_frame(out, frame)
        _send(out, {"done": True})
    except ImageRejected as error:
        _send(out, {"reason": str(error.reason), "detail": error.detail})
    except MemoryError:
        _send(out, {"reason": "too_many_pixels", "detail": "received a clip that takes more memory than it may"})


def _send_facts(out: BinaryIO, facts: ClipFacts) -> None:
    _send(out, {"facts": asdict(facts)})


def _send_frame(out: BinaryIO, frame: KeyFrame) -> None:
    pixels = np.ascontiguousarray(frame.pixels)
    _send(
        out,
        {"start": frame.start, "end": frame.end, "seconds": frame.seconds, "shape": list(pixels.shape)},
        pixels.tobytes(),
    )


def _send(out: BinaryIO, header: Mapping[str, object], body: bytes = b"") -> None:
    encoded = json.dumps(header).encode()
    out.write(LENGTH.pack(len(encoded)) + encoded + body)
    out.flush()


def _limit_memory() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    ceiling = _MAX_DATA_BYTES if hard == resource.RLIM_INFINITY else min(_MAX_DATA_BYTES, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, hard))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
