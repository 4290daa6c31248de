"""Speech for tests: sentences spoken by the synthesisers that the machine has, and files of other kinds of them."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

__all__ = ["encoded", "speak"]

ENGINES = ("flite", "espeak-ng")


def speak(text: str, path: Path, engine: str = "flite", voice: str | None = None) -> Path:
    """`text`, spoken into a WAV file at `path`; skips, saying so, where the machine has no such synthesiser."""
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed (Debian: apt-get install {engine})")
    said = (
        ["flite", "-voice", voice or "slt", "-t", text, "-o", str(path)]
        if engine == "flite"
        else ["espeak-ng", "-v", voice or "en-us", "-w", str(path), text]
    )
    subprocess.run(said, check=True, capture_output=True, timeout=60)
    return path


def encoded(samples: np.ndarray, container: str, codec: str, rate: int = 48_000) -> bytes:
    """One channel of samples between -1 and 1 as a file of another kind."""
    av = pytest.importorskip("av", reason="PyAV is not installed (the extra `speech`)")
    out = io.BytesIO()
    with av.open(out, mode="w", format=container) as opened:
        stream = opened.add_stream(codec, rate=rate)
        stream.layout = "mono"
        whole = np.clip(samples * 32767, -32768, 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = rate
        size = stream.frame_size or 1024
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate, frame_size=size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            for packet in stream.encode(part):
                opened.mux(packet)
        for packet in stream.encode(None):
            opened.mux(packet)
    return out.getvalue()
