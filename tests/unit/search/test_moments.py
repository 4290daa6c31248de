"""Claims about `lookalike.search.moments`, with a catalogue of shades: a picture's mean grey is its product."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import ImageRejected
from lookalike.search.answer import Answer
from lookalike.search.moments import Moment, fused, moments_of, windows_of
from lookalike.types import Box, Hit, Hits, ImageKey, Pixels, ProductId, Reason, ReleaseId
from lookalike.video.key_frames import KeyFrame

SHADES = {"dark": 40, "grey": 120, "light": 200}


def ask(pixels: Pixels, box: Box | None) -> Answer:
    if box is not None:
        pixels = pixels[int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width)]
    shade = float(pixels.mean())
    ranked = sorted((1 - abs(shade - value) / 255, name) for name, value in SHADES.items())[::-1]
    hits = tuple(
        Hit(ProductId(name), None, f"{name}.png", ImageKey(number), None, similarity, {})
        for number, (similarity, name) in enumerate(ranked)
    )
    verdict = "same" if hits[0].similarity > 0.98 else "absent"
    return Answer(Hits(hits), True, verdict, ReleaseId("r1"), {}, 0, None, None)


def frames(shots: list[tuple[int, float]], width: int = 8) -> list[KeyFrame]:
    at, found = 0.0, []
    for shade, seconds in shots:
        found.append(KeyFrame(at, at + seconds, at + seconds / 2, np.full((8, width, 3), shade, np.uint8)))
        at += seconds
    return found


def seen(shots: list[tuple[int, float]]) -> list[Moment]:
    return list(moments_of(frames(shots), ask, by="product", k=10))


def test_shots_that_show_the_same_are_one_moment_at_its_clearest_frame() -> None:
    (moment,) = seen([(30, 1.0), (40, 1.0), (50, 1.0)])
    assert (moment.start, moment.end, moment.frame_time) == (0.0, 3.0, 1.5)
    assert moment.hits[0].similarity == 1.0
    assert moment.verdict == "same"


def test_each_hit_of_a_moment_has_the_time_of_the_frame_that_was_most_alike_to_it() -> None:
    found = seen([(40, 1.0), (60, 1.0), (50, 1.0)])
    assert [(hit.product_id, at) for hit, at in zip(found[0].hits, found[0].times, strict=True)] == [
        ("dark", 0.5),
        ("grey", 1.5),
        ("light", 1.5),
    ]
    hits, times = fused(found, by="product", k=2)
    assert [hit.product_id for hit in hits] == ["dark", "grey"]
    assert times == (0.5, 1.5)


def test_another_product_begins_another_moment() -> None:
    found = seen([(40, 1.0), (120, 1.0), (200, 0.4), (40, 2.0)])
    assert [moment.hits[0].product_id for moment in found] == ["dark", "grey", "light", "dark"]


def test_a_short_bad_frame_does_not_break_a_moment() -> None:
    assert len(seen([(40, 1.0), (90, 0.4), (41, 1.0)])) == 1
    assert len(seen([(40, 1.0), (90, 0.6), (41, 1.0)])) == 3
    assert len(seen([(60, 1.0), (120, 0.4), (60, 1.0)])) == 3


def test_a_wide_frame_is_asked_for_in_three_squares() -> None:
    pixels = np.full((8, 16, 3), 120, np.uint8)
    pixels[:, 8:] = 200
    (moment,) = moments_of([KeyFrame(0.0, 1.0, 0.5, pixels)], ask, by="product", k=10)
    assert {hit.product_id for hit in moment.hits[:2]} == {"grey", "light"}
    assert moment.hits[1].similarity == 1.0
    assert windows_of(100, 100) == (None,)
    assert windows_of(160, 90) == (Box(35.0, 0.0, 90.0, 90.0), Box(0.0, 0.0, 90.0, 90.0), Box(70.0, 0.0, 90.0, 90.0))
    assert windows_of(90, 160)[2] == Box(0.0, 70.0, 90.0, 90.0)


def test_a_clip_without_frames_has_no_moments() -> None:
    assert seen([]) == []
    hits, times = fused([], by="product", k=3)
    assert (len(hits), times) == (0, ())


@given(st.lists(st.tuples(st.integers(0, 255), st.floats(0.1, 3.0)), min_size=1, max_size=12), st.integers(1, 3))
def test_moments_cover_the_clip_and_their_fusion_is_the_best_of_each(shots: list[tuple[int, float]], k: int) -> None:
    found = list(moments_of(frames(shots), ask, by="product", k=10))
    assert found[0].start == 0.0
    assert found[-1].end == pytest.approx(sum(seconds for _, seconds in shots))
    for moment, after in itertools.pairwise(found):
        assert moment.end == after.start
        assert moment.hits[0].product_id != after.hits[0].product_id
    hits, times = fused(found, by="product", k=k)
    best = {
        name: max(ask(frame.pixels, None).hits[place].similarity for frame in frames(shots) for place in range(3)
                  if ask(frame.pixels, None).hits[place].product_id == name)
        for name in SHADES
    }  # fmt: skip
    assert [hit.similarity for hit in hits] == sorted(best.values(), reverse=True)[:k]
    for hit, at in zip(hits, times, strict=True):
        (frame,) = [each for each in frames(shots) if each.seconds == at]
        assert hit in list(ask(frame.pixels, None).hits)


def test_a_moment_holds_its_frame() -> None:
    with pytest.raises(ValueError, match="must lie within it"):
        Moment(0.0, 1.0, 2.0, Hits(), (), None, None, np.zeros((2, 2, 3), np.uint8))


@pytest.mark.parametrize("reason", [Reason.NO_VECTOR, Reason.CORRUPT])
def test_a_frame_without_a_vector_costs_no_clip(reason: Reason) -> None:
    def asked(pixels: Pixels, box: Box | None) -> Answer:
        if not pixels.any():
            raise ImageRejected(reason, "nothing comes of it")
        return ask(pixels, box)

    shown = frames([(0, 1.0), (40, 1.0), (0, 2.0)])
    if reason is not Reason.NO_VECTOR:
        with pytest.raises(ImageRejected):
            list(moments_of(shown, asked, by="product", k=10))
        return
    found = list(moments_of(shown, asked, by="product", k=10))
    assert [(moment.start, moment.end, len(moment.hits)) for moment in found] == [(0, 1, 0), (1, 2, 3), (2, 4, 0)]
    assert [moment.verdict for moment in found] == [None, "same", None]
    assert len(fused(found, by="product", k=2)[0]) == 2
