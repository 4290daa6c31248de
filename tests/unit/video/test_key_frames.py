"""Claims about `lookalike.video.key_frames`."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import InvalidConfiguration
from lookalike.video.key_frames import KeyFrameOptions, glimpse_of, key_frames, sharpness

RATE = 10


def cells(seed: int, side: int = 48) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(30, 226, (6, 6, 3), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, side // 6, axis=0), side // 6, axis=1)


def stream(shots: list[tuple[np.ndarray, float]]) -> list[tuple[float, np.ndarray]]:
    frames: list[np.ndarray] = []
    for picture, seconds in shots:
        frames += [picture] * round(seconds * RATE)
    return [(number / RATE, picture) for number, picture in enumerate(frames)]


def test_each_cut_begins_a_shot_at_its_first_frame() -> None:
    found = list(key_frames(stream([(cells(1), 1.0), (cells(2), 0.5), (cells(3), 1.5)])))
    assert [(frame.start, frame.end) for frame in found] == [(0.0, 1.0), (1.0, 1.5), (1.5, 2.9)]
    for frame, seed in zip(found, (1, 2, 3), strict=True):
        assert np.array_equal(frame.pixels, cells(seed))


def before_white(seed: int, frame: tuple[int, int], x: int = 0) -> np.ndarray:
    """A thing in the middle of a white frame, `x` pixels beside it: most of the frame is the same for all things."""
    width, height = frame
    picture = np.full((height, width, 3), 255, np.uint8)
    thing = np.random.default_rng(seed).integers(90, 226, (4, 4, 3), dtype=np.uint8)
    side = min(frame) * 3 // 4 // 4 * 4
    left, upper = (width - side) // 2 + x, (height - side) // 2
    large = np.repeat(np.repeat(thing, side // 4, axis=0), side // 4, axis=1)
    picture[upper : upper + side, left : left + side] = large
    return picture


@pytest.mark.parametrize("frame", [(160, 90), (90, 90), (90, 160)])
@pytest.mark.parametrize(("rate", "pixels_per_frame"), [(25, 0.0), (25, 0.3), (2, 0.0)])
def test_one_thing_before_white_is_told_from_the_next(
    frame: tuple[int, int], rate: int, pixels_per_frame: float
) -> None:
    """Over all of a wide frame such cuts differ by less than a cut must."""
    shown = [
        (seed + number / rate, before_white(seed, frame, round(number * pixels_per_frame)))
        for seed in range(6)
        for number in range(rate)
    ]
    found = list(key_frames(shown))
    assert sorted({int(one.seconds) for one in found}) == list(range(6))
    assert pixels_per_frame or [round(one.start) for one in found] == list(range(6))


def test_a_camera_that_moves_makes_no_cut_of_every_step() -> None:
    wide = np.random.default_rng(5).integers(0, 256, (12, 60, 3), dtype=np.uint8)
    wide = np.repeat(np.repeat(wide, 8, axis=0), 8, axis=1)
    shown = [(number / 15, wide[:, number * 2 : number * 2 + 160]) for number in range(90)]
    assert len(list(key_frames(shown, KeyFrameOptions(cut=1.0, drift=1.0)))) <= 4


def test_the_sharpest_frame_of_a_shot_is_taken() -> None:
    sharp = cells(1)
    soft = (sharp.astype(np.float32) * 0.7 + sharp.mean(axis=(0, 1)) * 0.3).astype(np.uint8)
    frames = [(number / RATE, sharp if number == 4 else soft) for number in range(8)]
    assert [frame.seconds for frame in key_frames(frames, KeyFrameOptions(cut=1.0, drift=1.0))] == [0.4]


def test_a_slow_pan_is_cut_where_it_has_become_another_picture() -> None:
    long = np.concatenate([cells(seed) for seed in range(4)], axis=1)
    frames = [(number / RATE, np.ascontiguousarray(long[:, number * 3 : number * 3 + 48])) for number in range(48)]
    found = list(key_frames(frames))
    assert len(found) >= 4
    assert all(frame.end - frame.start < 1.5 for frame in found)


def test_a_still_shot_ends_at_the_longest() -> None:
    found = list(key_frames(stream([(cells(1), 5.0)]), KeyFrameOptions(longest_seconds=2.0)))
    assert [(frame.start, frame.end) for frame in found] == [(0.0, 2.0), (2.0, 4.0), (4.0, 4.9)]


def test_black_is_no_key_frame() -> None:
    black = np.zeros((48, 48, 3), np.uint8)
    found = list(key_frames(stream([(black, 1.0), (cells(1), 1.0), (black, 1.0)])))
    assert [(frame.start, frame.end) for frame in found] == [(1.0, 2.0)]
    assert not list(key_frames([]))


def test_frames_beyond_the_rate_are_not_looked_at() -> None:
    looked = []

    frames = ((number / 100, cells(1)) for number in range(100))
    found = list(key_frames(((s, looked.append(s) or p) for s, p in frames), KeyFrameOptions(analysed_per_second=5.0)))
    assert len(found) == 1
    assert found[0].end == pytest.approx(0.8)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 25)), min_size=1, max_size=8),
    st.floats(0.3, 3.0),
)
def test_shots_cover_time_in_order_and_hold_their_frame(shots: list[tuple[int, int]], longest: float) -> None:
    frames = stream([(cells(seed), n / RATE) for seed, n in shots])
    found = list(key_frames(frames, KeyFrameOptions(longest_seconds=longest)))
    assert found
    assert found[0].start == 0.0
    assert found[-1].end == frames[-1][0]
    for frame, after in itertools.pairwise(found):
        assert frame.end == after.start
    for frame in found:
        assert frame.start <= frame.seconds <= frame.end
        shown = dict(frames)[frame.seconds]
        assert np.array_equal(frame.pixels, shown)
        # A plain loop's answer: nothing that was shown in the shot differs from its key frame by a cut.
        inside = [picture for seconds, picture in frames if frame.start <= seconds < frame.end]
        assert all(np.array_equal(picture, shown) for picture in inside)


@given(st.integers(0, 100))
def test_sharpness_is_the_mean_square_of_the_laplacian(seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    grey = [[float(0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]) for p in row] for row in pixels.astype(float)]
    bent = [
        grey[y - 1][x] + grey[y + 1][x] + grey[y][x - 1] + grey[y][x + 1] - 4 * grey[y][x]
        for y in range(1, 6)
        for x in range(1, 8)
    ]
    assert sharpness(pixels) == pytest.approx(sum(value * value for value in bent) / len(bent), rel=1e-3)
    assert sharpness(pixels[:2]) == 0.0


def test_a_glimpse_is_small() -> None:
    assert max(glimpse_of(np.zeros((1080, 1920, 3), np.uint8)).shape) <= 160


def test_options_out_of_range_are_named_all_at_once() -> None:
    with pytest.raises(InvalidConfiguration, match=r"cut must .*; longest_seconds must"):
        KeyFrameOptions(cut=2.0, longest_seconds=0.0)
