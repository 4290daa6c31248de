"""Small clips made for tests, with known pictures at known times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (the extra `video`)")

SIZE = (160, 120)


def mottled(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A picture of coarse coloured cells with one fine edge: unlike those of other seeds."""
    generator = np.random.default_rng(seed)
    width, height = size
    cells = generator.integers(30, 226, (6, 8, 3), dtype=np.uint8)
    picture = np.repeat(np.repeat(cells, -(-height // 6), axis=0), -(-width // 8), axis=1)[:height, :width].copy()
    picture[:, width // 2 : width // 2 + 2] = 255
    return picture


def write_clip(
    path: Path,
    frames: Iterable[tuple[float, np.ndarray]],
    *,
    codec: str = "mpeg4",
    rate: int = 10,
    rotation: int = 0,
    ticks: int = 1000,
    sound_only: bool = False,
    sound_seconds: float = 0.0,
    last_seconds: float | None = None,
) -> Path:
    """Frames at their seconds, as they come; times need not be even. Silence is added, the last frame held as asked."""
    with av.open(str(path), "w") as container:
        if sound_only:
            stream = container.add_stream("pcm_s16le", rate=8000)
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 4000), np.int16), format="s16", layout="mono")
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            return path
        stream = sound = None
        for seconds, pixels in frames:
            if stream is None:
                stream = container.add_stream(codec, rate=rate)
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.codec_context.time_base = Fraction(1, ticks)
                if rotation:
                    stream.set_display_rotation(rotation)
                if sound_seconds:
                    sound = container.add_stream("aac", rate=8000, layout="mono")
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(seconds * ticks), Fraction(1, ticks)
            packets = stream.encode(frame)
            if last_seconds is not None:
                for packet in packets:
                    packet.duration = round(last_seconds * ticks)
            container.mux(packets)
        container.mux(stream.encode(None))
        if sound is not None:
            _mux_silence(container, sound, sound_seconds)
    return path


def _mux_silence(container: av.container.OutputContainer, sound: av.AudioStream, seconds: float) -> None:
    for start in range(0, round(8000 * seconds), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, start, Fraction(1, 8000)
        container.mux(sound.encode(frame))
    container.mux(sound.encode(None))


def shown(pictures: Sequence[np.ndarray], *, seconds: float = 1.0, rate: int = 10) -> list[tuple[float, np.ndarray]]:
    """Each picture for so long, one after the other."""
    n = round(seconds * rate)
    return [(number / rate, pictures[number // n]) for number in range(n * len(pictures))]
