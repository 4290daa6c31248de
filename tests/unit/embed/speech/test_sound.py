"""Recordings of every kind that browsers and phones make become the same samples; everything else is refused."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest

from lookalike.embed.speech.sound import SAMPLES_PER_SECOND, SoundLimits, read_sound
from lookalike.errors import AudioRejected, InvalidConfiguration
from lookalike.types import Reason
from speaking import encoded

pytest.importorskip("av", reason="PyAV is not installed (the extra `speech`)")


def tone(seconds: float, rate: int = 48_000) -> np.ndarray:
    return (0.4 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def wav(samples: np.ndarray, rate: int, channels: int = 1) -> bytes:
    data = np.repeat((samples * 32767).astype("<i2"), channels).tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, channels, rate,
                       rate * 2 * channels, 2 * channels, 16, b"data", len(data))  # fmt: skip
    return head + data


@pytest.mark.parametrize(
    ("container", "codec"),
    [("wav", "pcm_s16le"), ("webm", "libopus"), ("ogg", "libopus"), ("mp3", "libmp3lame"),
     ("flac", "flac"), ("mp4", "aac"), ("adts", "aac")],
)  # fmt: skip
def test_a_recording_of_any_kind_keeps_its_length_and_its_tone(container: str, codec: str) -> None:
    sound = read_sound(encoded(tone(1.5), container, codec))
    assert abs(sound.seconds - 1.5) < 0.12
    spectrum = np.abs(np.fft.rfft(sound.samples))
    assert abs(np.argmax(spectrum) / sound.seconds - 440) < 4


def test_channels_are_mixed_and_rates_changed() -> None:
    sound = read_sound(wav(tone(1.0, 22_050), 22_050, channels=2))
    assert sound.samples.dtype == np.float32
    assert abs(len(sound.samples) - SAMPLES_PER_SECOND) <= 64
    assert 0.3 < np.abs(sound.samples).max() < 0.6


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.NOT_AUDIO),
        (b"<html>not a recording</html>", Reason.NOT_AUDIO),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", Reason.NOT_AUDIO),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", Reason.NOT_AUDIO),
        (b"OggS" + bytes(200), Reason.CORRUPT),
        (b"\x1a\x45\xdf\xa3" + bytes(200), Reason.CORRUPT),
        (wav(tone(0.05, 16_000), 16_000), Reason.NO_SPEECH),
        (wav(tone(3.5, 16_000), 16_000), Reason.TOO_LONG),
        (wav(tone(0.5, 16_000), 16_000) + bytes(200_000), Reason.TOO_MANY_BYTES),
    ],
    ids=["empty", "html", "playlist", "concat", "ogg", "webm", "short", "long", "large"],
)
def test_what_cannot_be_used_is_refused_with_its_reason(data: bytes, reason: Reason) -> None:
    with pytest.raises(AudioRejected) as refused:
        read_sound(data, SoundLimits(max_bytes=150_000, max_seconds=3.0))
    assert refused.value.reason is reason


def test_a_recording_that_was_cut_off_is_heard_as_far_as_it_goes() -> None:
    whole = encoded(tone(2.0), "webm", "libopus")
    assert 0.5 < read_sound(whole[: len(whole) * 2 // 3]).seconds < 2.0


@pytest.mark.parametrize(
    ("container", "codec"),
    [("wav", "pcm_s16le"), ("webm", "libopus"), ("mp3", "libmp3lame"), ("flac", "flac")],
)
def test_a_recording_that_says_it_is_longer_than_it_is_breaks_off(container: str, codec: str) -> None:
    whole = encoded(np.cumsum(np.random.default_rng(0).normal(size=96_000)) * 0.002, container, codec)
    assert not read_sound(whole).breaks_off
    assert read_sound(whole[: len(whole) * 2 // 3]).breaks_off


def test_a_recording_that_does_not_say_how_long_it_is_does_not_break_off() -> None:
    for container, codec in (("ogg", "libopus"), ("adts", "aac"), ("mp4", "aac")):
        assert not read_sound(encoded(tone(1.0), container, codec)).breaks_off
    streamed = bytearray(wav(tone(1.0, 16_000), 16_000))
    for unknown in (0xFFFFFFFF, 0x7FFFFFFF):
        streamed[4:8] = streamed[40:44] = struct.pack("<I", unknown)
        assert not read_sound(bytes(streamed)).breaks_off


def test_a_whole_recording_does_not_break_off_though_its_header_is_wrong() -> None:
    """Writers of two channels that state the bytes a second of one."""
    whole = bytearray(wav(tone(1.0, 16_000), 16_000, channels=2))
    whole[28:32] = struct.pack("<I", 16_000 * 2)
    assert not read_sound(bytes(whole)).breaks_off


def test_a_length_by_the_clock_counts_how_long_the_microphone_takes_to_begin() -> None:
    whole = bytearray(encoded(tone(1.0), "webm", "libopus"))
    at = whole.index(b"\x44\x89\x88") + 3
    (stated,) = struct.unpack_from(">d", whole, at)
    for later, breaks_off in ((250, False), (2_000, True)):
        struct.pack_into(">d", whole, at, stated + later)
        assert read_sound(bytes(whole)).breaks_off is breaks_off


@pytest.mark.parametrize(("container", "codec"), [("mp3", "libmp3lame"), ("adts", "aac"), ("mp4", "aac")])
def test_what_is_behind_a_damaged_stretch_is_heard_too(container: str, codec: str) -> None:
    noise = np.cumsum(np.random.default_rng(0).normal(size=48_000 * 3)) * 0.002
    data = bytearray(encoded(noise.astype(np.float32), container, codec))
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    assert read_sound(bytes(data)).seconds > 2.8


def test_a_recording_of_few_samples_a_second_is_refused_before_it_is_made_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A megabyte at 100 samples a second would be 640 megabytes, in one piece."""
    import av

    class Resampler:
        def __init__(self, **options: object) -> None:
            del options

        def resample(self, frame: object) -> list[object]:
            raise AssertionError(f"resampled {frame}")

    out = io.BytesIO()
    with av.open(out, mode="w", format="matroska") as opened:
        stream = opened.add_stream("pcm_u8", rate=100)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.full((1, 1_000_000), 128, np.uint8), format="u8", layout="mono")
        frame.sample_rate = 100
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            opened.mux(packet)
    monkeypatch.setattr(av, "AudioResampler", Resampler)
    with pytest.raises(AudioRejected) as refused:
        read_sound(out.getvalue())
    assert refused.value.reason == Reason.TOO_LONG


def test_as_long_as_may_be_is_not_too_long() -> None:
    assert read_sound(wav(tone(30.0, 16_000), 16_000)).seconds == 30.0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(value: float) -> None:
    samples = np.full(16_000, value, "<f4").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 3, 1, 16_000, 64_000, 4,
                       32, b"data", len(samples))  # fmt: skip
    with pytest.raises(AudioRejected, match="no numbers") as refused:
        read_sound(head + samples)
    assert refused.value.reason == Reason.CORRUPT


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(AudioRejected, match="there is no file"):
        read_sound(tmp_path / "none.wav")


def test_limits_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="0 to 30 seconds"):
        SoundLimits(max_seconds=60.0)


def test_of_a_file_no_more_is_read_than_a_recording_may_have(tmp_path: Path) -> None:
    path = tmp_path / "disc.wav"
    with path.open("wb") as file:
        file.truncate(2**42)  # no more than a length: to read it would take four terabytes
    with pytest.raises(AudioRejected) as caught:
        read_sound(path)
    assert caught.value.reason is Reason.TOO_MANY_BYTES
