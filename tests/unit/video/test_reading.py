"""Claims about `lookalike.video.reading`, with real files in real containers."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from clips import av, mottled, shown, write_clip
from lookalike.errors import ImageRejected, MissingExtra
from lookalike.types import Reason
from lookalike.video import ClipReading, VideoLimits, frame_at
from lookalike.video.ending import ends_midway

PICTURES = [mottled(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "three.mp4", shown(PICTURES))


def rejected(path: Path, **limits) -> ImageRejected:
    with pytest.raises(ImageRejected) as caught:
        list(ClipReading(path, limits=VideoLimits(**limits)))
    return caught.value


def nearest(pixels: np.ndarray) -> int:
    small = [np.abs(pixels.astype(int) - picture.astype(int)).mean() for picture in PICTURES]
    return int(np.argmin(small))


def test_each_picture_of_a_clip_is_found_at_its_time(clip: Path) -> None:
    reading = ClipReading(clip)
    found = list(reading)
    assert [round(frame.start) for frame in found] == [0, 1, 2]
    assert [nearest(frame.pixels) for frame in found] == [0, 1, 2]
    assert reading.facts is not None
    assert reading.facts.n_frames == 30
    assert reading.facts.seconds == pytest.approx(3.0, abs=0.11)


@pytest.mark.parametrize(("name", "codec"), [("a.webm", "libvpx-vp9"), ("a.avi", "mpeg4"), ("a.ts", "mpeg2video")])
def test_other_containers_are_read(tmp_path: Path, name: str, codec: str) -> None:
    rate, ticks = (25, 25) if codec == "mpeg2video" else (10, 1000)
    path = write_clip(tmp_path / name, shown(PICTURES[:2], rate=rate), codec=codec, rate=rate, ticks=ticks)
    assert [nearest(frame.pixels) for frame in ClipReading(path)] == [0, 1]


def test_frames_stand_upright(tmp_path: Path) -> None:
    picture = PICTURES[0]
    lying = np.ascontiguousarray(np.rot90(picture, -1))
    path = write_clip(tmp_path / "portrait.mp4", [(n / 10, lying) for n in range(10)], rotation=90)
    (frame,) = ClipReading(path)
    assert frame.pixels.shape == picture.shape
    assert np.abs(frame.pixels.astype(int) - picture.astype(int)).mean() < 12


@pytest.mark.parametrize(("alpha", "shown_grey"), [((0, 255), (255, 90)), ((0, 0), (20, 90)), ((128, 128), (137, 172))])
def test_what_is_transparent_is_white_but_where_nothing_is_opaque(
    tmp_path: Path, alpha: tuple[int, int], shown_grey: tuple[int, int]
) -> None:
    picture = np.zeros((120, 160, 4), np.uint8)
    picture[:, :80], picture[:, 80:] = (20, 20, 20, alpha[0]), (90, 90, 90, alpha[1])
    path = tmp_path / "turning.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("qtrle", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "argb"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgba")))
        container.mux(stream.encode(None))
    (frame,) = ClipReading(path)
    assert abs(int(frame.pixels[60, 20, 0]) - shown_grey[0]) <= 1
    assert abs(int(frame.pixels[60, 140, 0]) - shown_grey[1]) <= 1


def test_uneven_frame_times_are_kept(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.7, 1.5, 1.6, 3.1, 3.2]
    path = write_clip(tmp_path / "uneven.mp4", [(at, PICTURES[int(at >= 1.5)]) for at in times])
    found = list(ClipReading(path))
    assert [round(frame.start, 1) for frame in found] == [0.0, 1.5, 3.1] or [
        round(frame.start, 1) for frame in found
    ] == [0.0, 1.5]


def test_a_moment_can_be_read_alone(clip: Path) -> None:
    assert nearest(frame_at(clip, 1.5)) == 1
    with pytest.raises(ImageRejected, match="shows nothing at"):
        frame_at(clip, 30.0)


@pytest.mark.parametrize("damaged_from", [0.0, 0.5])
def test_a_moment_is_read_past_a_damaged_frame_and_never_shows_it(
    tmp_path: Path, clip: Path, damaged_from: float
) -> None:
    """Of all the bytes of the frame at 1.4 s, or of its second half."""
    with av.open(str(clip)) as container:
        (at, size) = [(one.pos, one.size) for one in container.demux(video=0)][14]
    data = bytearray(clip.read_bytes())
    start = at + int(damaged_from * size)
    data[start : at + size] = bytes(at + size - start)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    assert nearest(frame_at(path, 1.65)) == 1
    np.testing.assert_array_equal(frame_at(path, 1.4), frame_at(clip, 1.3))


def test_what_is_no_clip_is_refused_for_what_it_is(tmp_path: Path, clip: Path) -> None:
    data = clip.read_bytes()
    damaged = bytearray(data)
    middle = data.index(b"mdat") + 200
    damaged[middle:-2000] = bytes(len(damaged) - 2000 - middle)
    for name, content, reason in [
        ("text.mp4", b"hello", Reason.NOT_AN_IMAGE),
        ("empty.mp4", b"", Reason.TRUNCATED),
        ("half.mp4", data[: len(data) // 2], Reason.TRUNCATED),
        ("header.mp4", data[:28], Reason.TRUNCATED),
        ("playlist.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", Reason.NOT_AN_IMAGE),
        ("concat.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n", Reason.NOT_AN_IMAGE),
        ("damaged.mp4", bytes(damaged), Reason.CORRUPT),
        ("noise.mkv", b"\x1a\x45\xdf\xa3" + np.random.default_rng(0).bytes(5000), Reason.CORRUPT),
    ]:
        path = tmp_path / name
        path.write_bytes(content)
        assert rejected(path).reason == reason, name
    assert rejected(tmp_path / "absent.mp4").reason == Reason.NOT_FOUND
    sound = write_clip(tmp_path / "sound.mov", [], sound_only=True)
    assert rejected(sound).reason == Reason.NOT_AN_IMAGE


def test_bytes_that_are_no_clip_are_not_called_by_a_name_that_nobody_gave() -> None:
    with pytest.raises(ImageRejected, match="received a file that does not begin like a clip"):
        list(ClipReading(b"hello"))


@pytest.mark.parametrize("name", ["loud.mp4", "loud.mkv", "loud.mov"])
def test_sound_that_goes_on_after_the_pictures_is_not_missing_pictures(tmp_path: Path, name: str) -> None:
    path = write_clip(tmp_path / name, shown(PICTURES), sound_seconds=6.0)
    reading = ClipReading(path)
    assert [nearest(frame.pixels) for frame in reading] == [0, 1, 2]
    assert reading.facts is not None
    assert reading.facts.seconds == pytest.approx(3.0, abs=0.11)


def test_pictures_that_are_missing_are_missed_beside_sound_too(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "loud.mkv", shown([mottled(seed) for seed in range(6)]), sound_seconds=6.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert rejected(path).reason == Reason.TRUNCATED


@pytest.mark.parametrize(("name", "codec"), [("cut.avi", "mpeg4"), ("cut.wmv", "wmv2"), ("cut.mkv", "libx264")])
def test_bytes_that_are_missing_are_missed_whatever_the_container(tmp_path: Path, name: str, codec: str) -> None:
    path = write_clip(tmp_path / name, shown([mottled(seed) for seed in range(6)]), codec=codec, ticks=10)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    with pytest.raises(ImageRejected, match="bytes are missing at the end") as refused:
        list(ClipReading(path))
    assert refused.value.reason == Reason.TRUNCATED
    path.write_bytes(whole[:-20])
    assert [nearest(frame.pixels) for frame in ClipReading(path)][:3] == [0, 1, 2]


@pytest.mark.parametrize(("name", "codec"), [("late.mkv", "libx264"), ("late.webm", "libvpx"), ("late.wmv", "wmv2")])
def test_a_clip_that_begins_late_lacks_nothing(tmp_path: Path, name: str, codec: str) -> None:
    path = write_clip(tmp_path / name, [(7 + at, picture) for at, picture in shown(PICTURES)], codec=codec)
    reading = ClipReading(path)
    assert [(round(frame.start, 1), nearest(frame.pixels)) for frame in reading] == [(0.0, 0), (1.0, 1), (2.0, 2)]
    assert reading.facts is not None
    assert reading.facts.seconds == pytest.approx(3.0, abs=0.11)
    assert nearest(frame_at(path, 1.5)) == 1


@pytest.mark.parametrize("name", ["tour.ts", "tour.m2ts"])
def test_every_moment_of_a_transport_stream_can_be_read_alone(tmp_path: Path, name: str) -> None:
    path = write_clip(tmp_path / name, shown(PICTURES), codec="libx264")
    for frame in ClipReading(path):
        for seconds in (frame.start, frame.seconds):
            assert nearest(frame_at(path, round(seconds, 2))) == nearest(frame.pixels), seconds
    with pytest.raises(ImageRejected, match="shows nothing at"):
        frame_at(path, 30.0)


def test_a_last_frame_may_be_held_as_long_as_it_says(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "held.mp4", shown(PICTURES[:2]), last_seconds=12.0)
    reading = ClipReading(path)
    assert [nearest(frame.pixels) for frame in reading] == [0, 1]
    assert reading.facts is not None
    assert reading.facts.seconds == pytest.approx(13.9, abs=0.01)
    assert nearest(frame_at(path, 10.0)) == 1


def test_limits_hold(clip: Path) -> None:
    assert rejected(clip, max_bytes=1000).reason == Reason.TOO_MANY_BYTES
    assert rejected(clip, max_seconds=2.0).reason == Reason.TOO_LONG
    assert "raise max_video_seconds" in rejected(clip, max_seconds=2.0).detail
    assert rejected(clip, max_frames=12).reason == Reason.TOO_LONG
    assert rejected(clip, max_key_frames=2).reason == Reason.TOO_LONG
    assert rejected(clip, max_pixels=160 * 119).reason == Reason.TOO_MANY_PIXELS
    assert rejected(clip, timeout_seconds=0.01).reason == Reason.TIMED_OUT


def test_key_frames_are_reduced_and_never_enlarged(clip: Path) -> None:
    assert {frame.pixels.shape for frame in ClipReading(clip, limits=VideoLimits(side_pixels=80))} == {(60, 80, 3)}
    assert {frame.pixels.shape for frame in ClipReading(clip, limits=VideoLimits(side_pixels=4000))} == {(120, 160, 3)}


def test_a_decoder_that_dies_is_a_rejection(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert rejected(clip).reason == Reason.CORRUPT


def test_without_the_extra_the_error_names_it(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.video.reading.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"lookalike\[video\]"):
        ClipReading(clip)


def test_a_reading_that_is_left_early_ends_its_process(clip: Path) -> None:
    reading = iter(ClipReading(clip))
    next(reading)
    reading.close()


def as_it_came(path: Path) -> Path:
    """The same clip in Matroska as a browser or a camera sends it, which cannot go back to fill in a size."""
    live = path.with_name("live.mkv")
    with av.open(str(path)) as given, av.open(str(live), "w", format="matroska", options={"live": "1"}) as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    return live


@pytest.mark.parametrize("name", ["tour.ts", "tour.m2ts", "tour.mkv"])
def test_a_clip_written_as_it_came_is_told_to_break_off_where_its_file_ends_in_the_middle(
    tmp_path: Path, name: str
) -> None:
    path = write_clip(tmp_path / name, shown([mottled(seed) for seed in range(6)]), codec="libx264")
    if name.endswith(".mkv"):
        path = as_it_came(path)
    whole = path.read_bytes()
    for n_bytes, breaks_off in ((len(whole), False), (len(whole) * 6 // 10 // 188 * 188 + 100, True)):
        path.write_bytes(whole[:n_bytes])
        reading = ClipReading(path)
        assert len(list(reading)) >= 2
        assert reading.facts is not None
        assert reading.facts.breaks_off is breaks_off


@pytest.mark.parametrize(
    ("name", "codec", "bytes_behind"),
    [
        ("tour.mpg", "mpeg2video", 1000),
        ("tour.mpg", "libx264", 5),
        ("tour.vob", "mpeg2video", 1000),
        # Between two packs, within a picture.
        ("tour.vob", "mpeg2video", 0),
        ("tour.m2v", "mpeg2video", 7),
        ("tour.flv", "flv", 7),
        ("tour.ogv", "libvpx", 7),
    ],
)
def test_streams_and_their_relatives_are_told_to_break_off(
    tmp_path: Path, name: str, codec: str, bytes_behind: int
) -> None:
    frames = shown([mottled(seed, (320, 240)) for seed in range(6)], rate=25)
    path = write_clip(tmp_path / name, frames, codec=codec, rate=25, ticks=25, sound_seconds=6 * (name == "tour.flv"))
    whole = path.read_bytes()
    for n_bytes, breaks_off in ((len(whole), False), (len(whole) // 2 // 2048 * 2048 + bytes_behind, True)):
        path.write_bytes(whole[:n_bytes])
        reading = ClipReading(path)
        assert len(list(reading)) >= 2
        assert reading.facts is not None
        assert reading.facts.breaks_off is breaks_off


def test_a_clip_of_one_frame_that_is_whole_does_not_break_off(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "one.mpg", [(0.0, PICTURES[0])], codec="mpeg2video", rate=25, ticks=25)
    reading = ClipReading(path)
    assert len(list(reading)) == 1
    assert reading.facts is not None
    assert not reading.facts.breaks_off


def test_a_stream_of_a_hundred_thousand_packs_is_looked_at_in_no_time(tmp_path: Path) -> None:
    path = tmp_path / "many.mpg"
    pack = b"\0\0\1\xba\x21" + bytes(7)
    path.write_bytes(pack * 100_000 + b"\0\0\1\1 a picture outside of any packet")
    started = time.process_time()
    assert not ends_midway(path, path.stat().st_size)
    path.write_bytes((pack + b"xxxx") * 100_000)
    assert not ends_midway(path, path.stat().st_size)
    assert time.process_time() - started < 5


def test_what_stands_behind_a_whole_matroska_does_not_break_it_off(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "tour.mkv", shown([mottled(seed) for seed in range(6)]), codec="libx264")
    path.write_bytes(path.read_bytes() + b"TAG" + b"x" * 125)
    reading = ClipReading(path)
    assert list(reading)
    assert reading.facts is not None
    assert not reading.facts.breaks_off


def test_a_few_bytes_that_matroska_lacks_are_told(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "tour.mkv", shown([mottled(seed) for seed in range(6)]), codec="libx264")
    path.write_bytes(path.read_bytes()[:-500])
    reading = ClipReading(path)
    assert list(reading)
    assert reading.facts is not None
    assert reading.facts.breaks_off


def test_a_clip_whose_container_knows_its_size_does_not_break_off(clip: Path) -> None:
    reading = ClipReading(clip)
    assert list(reading)
    assert reading.facts is not None
    assert not reading.facts.breaks_off
