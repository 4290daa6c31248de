"""From key frames to moments: what a clip shows, and when.

Each key frame is asked for once (a wide or tall one in three overlapping squares, since a model sees squares); shots
that follow each other and find the same first hit are one moment, and the hits of all moments are folded for the
clip as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lookalike.errors import ImageRejected
from lookalike.search.answer import Answer
from lookalike.search.rule import Label
from lookalike.types import Box, FoldBy, Hit, Hits, Pixels, Reason, ReleaseId
from lookalike.video.key_frames import KeyFrame

__all__ = ["ClipAnswer", "Moment", "fused", "moments_of", "windows_of"]

Ask = Callable[[Pixels, Box | None], Answer]
_SQUARE = 1.2
"""A frame is asked for in parts from this ratio of its sides on."""
_FLICKER_SECONDS = 0.5
_SUREST: tuple[Label, ...] = ("same", "similar", "absent")


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A stretch of a clip that shows one thing.

    Attributes:
        start: in seconds from the clip's beginning.
        end: likewise.
        frame_time: of the frame that was most alike, `start` to `end`.
        hits: of the whole stretch: each at its highest similarity over the frames.
        times: for each of `hits`, when that frame is shown, `start` to `end`.
        verdict: that of the frame, as `Answer.verdict`.
        box: part of the frame that was most alike, in pixels of `frame`; None for all of it.
        frame: that frame, upright sRGB.
        exact: whether no nearer product can have been missed.
    """

    start: float
    end: float
    frame_time: float
    hits: Hits
    times: tuple[float, ...]
    verdict: Label | None
    box: Box | None
    frame: Pixels
    exact: bool = True

    def __post_init__(self) -> None:
        if not self.start <= self.frame_time <= self.end:
            raise ValueError(f"a moment's frame must lie within it, received {self.start, self.frame_time, self.end}")
        if len(self.times) != len(self.hits) or not all(self.start <= at <= self.end for at in self.times):
            raise ValueError(
                f"a moment has a time within it for each of its {len(self.hits)} hits, received {self.times}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class ClipAnswer:
    """What a clip shows.

    Attributes:
        moments: in order of time, without overlap.
        hits: over all moments, by falling similarity.
        times: for each of `hits`, the time of the frame that was most alike.
        seconds: length of the clip.
        n_frames: decoded.
        n_key_frames: asked for.
        release: which model's vectors answered.
        exact: whether no nearer product can have been missed.
        timings_ms: wall time: ``total``.
        breaks_off: whether the file ends in the middle of something: there may have been more of it.
    """

    moments: tuple[Moment, ...]
    hits: Hits
    times: tuple[float, ...]
    seconds: float
    n_frames: int
    n_key_frames: int
    release: ReleaseId
    exact: bool
    timings_ms: dict[str, float] = field(default_factory=dict[str, float])
    breaks_off: bool = False

    @property
    def verdict(self) -> Label | None:
        """The surest of the moments' verdicts; None where there is none."""
        given = {moment.verdict for moment in self.moments}
        return next((label for label in _SUREST if label in given), None)


def windows_of(width: int, height: int) -> tuple[Box | None, ...]:
    """What of a frame is asked for: all of it, or three squares along its longer side, middle first.

    They overlap up to 3:1; of longer frames the stretches between the middle and the ends are not asked for.
    """
    if max(width, height) < _SQUARE * min(width, height):
        return (None,)
    side = float(min(width, height))
    across, down = width - side, height - side
    return tuple(Box(across * share, down * share, side, side) for share in (0.5, 0.0, 1.0))


def moments_of(frames: Iterable[KeyFrame], ask: Ask, *, by: FoldBy, k: int) -> Iterator[Moment]:
    """Moments in order of time, each as soon as it is over; nothing is looked at twice.

    A shot of at most half a second between two that find the same, whose own find is less alike than both of theirs,
    is taken for a bad frame of it. A frame of which the model has no vector is like nothing.

    Args:
        frames: in order of time.
        ask: a search by pixels, or by a part of them.
        by: what counts as one hit.
        k: hits a moment.
    """
    held: list[Moment] = []
    for frame in frames:
        held.append(_seen(frame, ask, by, k))
        while len(held) >= 2 and _same(held[-2], held[-1], by):
            held[-2:] = [_joined(held[-2], held[-1], by, k)]
        if len(held) >= 3 and _is_flicker(held[-3], held[-2], held[-1], by):
            held[-3:] = [_joined(_joined(held[-3], held[-2], by, k), held[-1], by, k)]
        if len(held) > 2:
            yield held.pop(0)
    yield from held


def fused(moments: Sequence[Moment], *, by: FoldBy, k: int) -> tuple[Hits, tuple[float, ...]]:
    """The best hits over all moments, each where it is most alike, and the time of that frame.

    Ties: the earlier moment first.
    """
    return _best_of([(moment.hits, moment.times) for moment in moments], by, k)


def _seen(frame: KeyFrame, ask: Ask, by: FoldBy, k: int) -> Moment:
    answers: list[tuple[Box | None, Answer]] = []
    for box in windows_of(frame.pixels.shape[1], frame.pixels.shape[0]):
        try:
            answers.append((box, ask(frame.pixels, box)))
        except ImageRejected as error:
            # A frame without anything in it, between scenes, need not cost the clip.
            if error.reason is not Reason.NO_VECTOR:
                raise
    if not answers:
        return Moment(frame.start, frame.end, frame.seconds, Hits((), by), (), None, None, frame.pixels)
    box, best = max(answers, key=lambda item: item[1].hits[0].similarity if len(item[1].hits) else -2.0)
    hits, times = _best_of([(answer.hits, [frame.seconds] * len(answer.hits)) for _, answer in answers], by, k)
    exact = all(answer.exact for _, answer in answers)
    return Moment(frame.start, frame.end, frame.seconds, hits, times, best.verdict, box, frame.pixels, exact)


def _joined(one: Moment, other: Moment, by: FoldBy, k: int) -> Moment:
    clearer = one if _top(one) >= _top(other) else other
    hits, times = _best_of([(one.hits, one.times), (other.hits, other.times)], by, k)
    exact = one.exact and other.exact
    return replace(clearer, start=one.start, end=other.end, hits=hits, times=times, exact=exact)


def _best_of(several: Sequence[tuple[Hits, Sequence[float]]], by: FoldBy, k: int) -> tuple[Hits, tuple[float, ...]]:
    """Each hit where it is most alike, with the time that it has there; of equals the first."""
    best: dict[object, tuple[Hit, float]] = {}
    for hits, times in several:
        for hit, at in zip(hits, times, strict=True):
            name = hit.group(by)
            if name not in best or hit.similarity > best[name][0].similarity:
                best[name] = hit, at
    ordered = sorted(best.values(), key=lambda item: -item[0].similarity)[:k]
    return Hits(tuple(hit for hit, _ in ordered), by), tuple(at for _, at in ordered)


def _same(one: Moment, other: Moment, by: FoldBy) -> bool:
    if not one.hits or not other.hits:
        return not one.hits and not other.hits
    return one.hits[0].group(by) == other.hits[0].group(by)


def _is_flicker(before: Moment, between: Moment, after: Moment, by: FoldBy) -> bool:
    return (
        between.end - between.start <= _FLICKER_SECONDS
        and _same(before, after, by)
        and _top(between) < min(_top(before), _top(after))
    )


def _top(moment: Moment) -> float:
    return moment.hits[0].similarity if moment.hits else -2.0
