# pyright: reportMissingImports=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false, reportPrivateImportUsage=false
"""Bytes of a recording -> one channel of 16,000 samples a second, or a refusal with a stable reason.

The container is told by its first bytes and never guessed by the decoder: its guess may be a play list, which opens
other files and addresses. Length and size are bounded before memory is taken.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from lookalike.errors import AudioRejected, InvalidConfiguration, MissingExtra
from lookalike.types import Reason

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer

__all__ = ["SAMPLES_PER_SECOND", "Sound", "SoundLimits", "read_sound"]

SAMPLES_PER_SECOND = 16_000

_MEBIBYTE = 1024 * 1024
_LOST_SECONDS, _LOST_SHARE = 0.3, 0.05
"""More than this is lost of what a file states; encoders' lengths are sloppier.

They count the samples that a decoder leaves out at the beginning (2,112 of AAC are a quarter of a second at 8 kHz), and
those that measure a recording by the clock count how long the microphone takes to begin."""
_NEVER_FILLED_IN = 0x7FFF0000
"""Writers that do not know the size beforehand put the most in its place, signed or not."""
_MOST_BEFORE_LENGTH = 256
_KINDS = "WAV, WebM, Ogg, MP3, FLAC, M4A and AAC are"


@dataclass(frozen=True, slots=True)
class SoundLimits:
    """What a recording may cost.

    Attributes:
        max_bytes: of the file.
        max_seconds: of sound; what the recogniser hears at once is at most 30.
        min_seconds: less is no word.

    Raises:
        InvalidConfiguration: a limit out of range.
    """

    max_bytes: int = 16 * _MEBIBYTE
    max_seconds: float = 30.0
    min_seconds: float = 0.2

    def __post_init__(self) -> None:
        if self.max_bytes < 1024 or not 0 < self.min_seconds < self.max_seconds <= 30.0:
            raise InvalidConfiguration(
                "a recording may have at least 1,024 bytes and more than 0 to 30 seconds, received limits of "
                f"{self.max_bytes} bytes and {self.min_seconds:g} to {self.max_seconds:g} seconds"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """What was said, or was not.

    Attributes:
        samples: 16,000 a second, one channel, about -1 to 1.
        breaks_off: whether the file says that it has more than is there: its transfer broke off.
    """

    samples: Float32[np.ndarray, " n"]
    breaks_off: bool = False

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLES_PER_SECOND


_LIMITS = SoundLimits()


def read_sound(recording: bytes | Path, limits: SoundLimits = _LIMITS) -> Sound:
    """Decode a recording; a video's sound is taken too.

    Args:
        recording: bytes of the file, or its path.
        limits: what it may cost.

    Raises:
        AudioRejected: no such file; not a recording, or damaged; too large, too long or too short.
        MissingExtra: PyAV, which the extra ``speech`` brings, is not installed.
    """
    data = _bytes_of(recording, limits)
    if len(data) > limits.max_bytes:
        raise AudioRejected(
            Reason.TOO_MANY_BYTES,
            f"the recording has more than {limits.max_bytes:,} bytes, which is the most: record a shorter one",
        )
    container = _container_of(data)
    if container is None:
        what = "an empty file" if not data else "something else"
        raise AudioRejected(Reason.NOT_AUDIO, f"expected a recording, received {what}: {_KINDS} read")
    samples, stated = _decoded(data, container, limits)
    if len(samples) < limits.min_seconds * SAMPLES_PER_SECOND:
        raise AudioRejected(
            Reason.NO_SPEECH,
            f"the recording is {len(samples) / SAMPLES_PER_SECOND:.2f} seconds long, expected at least "
            f"{limits.min_seconds:g}: hold the button while you speak",
        )
    lost = stated - len(samples) / SAMPLES_PER_SECOND
    return Sound(samples, breaks_off=lost > max(_LOST_SECONDS, _LOST_SHARE * stated))


def _bytes_of(recording: bytes | Path, limits: SoundLimits) -> bytes:
    """Of a longer file a byte more than it may have."""
    if isinstance(recording, bytes):
        return recording
    try:
        with recording.open("rb") as file:
            return file.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise AudioRejected(Reason.NOT_FOUND, f"there is no file {recording}") from error
    except OSError as error:
        raise AudioRejected(Reason.NOT_FOUND, f"{recording} cannot be read: {error.strerror or error}") from error


def _container_of(data: bytes) -> str | None:
    """FFmpeg's name of the container, by the first bytes; None for what is not read."""
    match data[:4]:
        case b"RIFF" if data[8:12] == b"WAVE":
            return "wav"
        case b"OggS":
            return "ogg"
        case b"\x1a\x45\xdf\xa3":
            return "matroska"
        case b"fLaC":
            return "flac"
        case _ if data[4:8] == b"ftyp":
            return "mov"
        case _ if data[:3] == b"ID3" or re.match(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]", data[:2]):
            return "mp3"
        case _ if re.match(rb"\xff[\xf0\xf1\xf8\xf9]", data[:2]):
            return "aac"
        case _:
            return None


def _decoded(data: bytes, container: str, limits: SoundLimits) -> tuple[Float32[np.ndarray, " n"], float]:
    """The samples, and how many seconds the file says that it has; 0 where it does not say."""
    try:
        import av
    except ImportError as error:
        raise MissingExtra(needed_for="reading a recording (PyAV)", extra="speech") from error
    parts: list[Float32[np.ndarray, " n"]] = []
    seconds, stated, wrong = 0.0, 0.0, None
    try:
        with av.open(io.BytesIO(data), mode="r", format=container, metadata_errors="ignore") as opened:
            if not opened.streams.audio:
                raise AudioRejected(Reason.NOT_AUDIO, "the file has no sound in it")
            stated = _stated_seconds(data, container, opened)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLES_PER_SECOND)
            for packet in opened.demux(audio=0):
                try:
                    frames = packet.decode()
                except av.error.InvalidDataError as error:  # of a damaged recording, what is behind it is heard too
                    wrong = error
                    continue
                for frame in frames:
                    # Before it is resampled: of few samples a second a small file makes very many.
                    seconds += frame.samples / frame.sample_rate
                    if seconds > limits.max_seconds + 1e-6:
                        raise AudioRejected(
                            Reason.TOO_LONG,
                            f"the recording is longer than {limits.max_seconds:g} seconds: say only what is looked for",
                        )
                    parts += [_samples(part) for part in resampler.resample(frame)]
            parts += [_samples(part) for part in resampler.resample(None)]  # what it still holds
    except (av.FFmpegError, ValueError, EOFError) as error:
        wrong = error
    samples = np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)
    if wrong is not None and not len(samples):
        raise AudioRejected(Reason.CORRUPT, f"the recording cannot be decoded: {wrong}") from wrong
    if not bool(np.isfinite(samples).all()):
        raise AudioRejected(Reason.CORRUPT, "the recording has samples that are no numbers: export it again")
    return samples, stated


def _stated_seconds(data: bytes, container: str, opened: InputContainer) -> float:
    """How long the file says its sound is; 0 where it does not say, or FFmpeg would guess by the file's size."""
    stream = opened.streams.audio[0]
    match container:
        case "wav":
            return _wav_seconds(data)
        case "mp3" if not _mp3_says_its_length(data):
            return 0.0
        case "mp3" | "flac" | "mov":
            return 0.0 if stream.duration is None else float(stream.duration * (stream.time_base or 0))
        case "matroska" if len(opened.streams) == 1:
            return ((opened.duration or 0) - max(0, opened.start_time or 0)) / 1_000_000
        case _:
            return 0.0


def _mp3_says_its_length(data: bytes) -> bool:
    """Whether its first frame is one that says how many there are."""
    at = 0
    if data.startswith(b"ID3"):  # its size is written in seven bits of each byte
        at = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=False))
    return re.search(b"Xing|Info|VBRI", data[at : at + _MOST_BEFORE_LENGTH]) is not None


def _wav_seconds(data: bytes) -> float:
    """By the size of its chunk of samples; 0 where that was never filled in, or is all there.

    Of the latter nothing is asked of its bytes a second, which some writers state of another number of channels.
    """
    at, rate = 12, 0
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"data":
            is_short = len(data) - at - 8 < size < _NEVER_FILLED_IN
            return size / rate if rate and is_short else 0.0
        if name == b"fmt " and at + 20 <= len(data):
            (rate,) = struct.unpack_from("<I", data, at + 16)
        at += 8 + size + size % 2
    return 0.0


def _samples(part: AudioFrame) -> Float32[np.ndarray, " n"]:
    return np.asarray(part.to_ndarray(), dtype=np.float32).reshape(-1)
