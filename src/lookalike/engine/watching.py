"""The verbs that look at moving pictures."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lookalike.engine.asking import Asking
from lookalike.search.answer import Answer
from lookalike.search.moments import ClipAnswer, Moment, fused, moments_of
from lookalike.search.query import Query
from lookalike.search.rank.ranking import Ranking
from lookalike.types import Box, FoldBy, Pixels, ReleaseId
from lookalike.video import ClipReading, KeyFrame, KeyFrameOptions, key_frames

__all__ = ["Watching"]

_AS_FOUND = Ranking(rerank="off", rules=False)
"""Moments are told apart by the similarity of their first hits."""


class Watching(Asking):
    """What a clip, or a camera, shows."""

    def search_video(
        self,
        clip: bytes | str | Path,
        *,
        where: str | None = None,
        k: int = 10,
        by: FoldBy = "product",
        key_frames: KeyFrameOptions | None = None,
        timeout_seconds: float | None = None,
    ) -> ClipAnswer:
        """What the moments of a clip show, and the best hits over all of them.

        The clip is decoded in a process of its own, a shot ahead of the search; nothing of it is kept.

        Args:
            clip: bytes of a video file, or its path.
            where: filter expression.
            k: hits a moment, and of the clip as a whole.
            by: fold images into products or variants, or not at all.
            key_frames: when a shot ends; None for the defaults.
            timeout_seconds: most time that it may take, where the engine's options do not allow less; above 0.

        Raises:
            UsageError: the filter is wrong, or the extra `video` is not installed.
            ImageRejected: the clip cannot be used, or not in that time.
            StoreNotFound: nothing has been indexed yet.
        """
        started = time.perf_counter()
        options = KeyFrameOptions() if key_frames is None else key_frames
        limits = self._options.video
        if timeout_seconds is not None:
            limits = replace(limits, timeout_seconds=min(timeout_seconds, limits.timeout_seconds))
        reading = ClipReading(clip if isinstance(clip, bytes) else Path(clip), limits=limits, options=options)
        counted = _Counting(reading)
        moments = tuple(moments_of(counted, self._asked(where, k, by), by=by, k=k))
        hits, times = fused(moments, by=by, k=k)
        facts = reading.facts
        assert facts is not None
        return ClipAnswer(
            moments=moments,
            hits=hits,
            times=times,
            seconds=facts.seconds,
            n_frames=facts.n_frames,
            n_key_frames=counted.n,
            breaks_off=facts.breaks_off,
            release=ReleaseId(self._live_release().current()[0].release_id),
            exact=all(moment.exact for moment in moments),
            timings_ms={"total": (time.perf_counter() - started) * 1e3},
        )

    def watch(
        self,
        frames: Iterable[tuple[float, Pixels]],
        *,
        where: str | None = None,
        k: int = 10,
        by: FoldBy = "product",
        options: KeyFrameOptions | None = None,
    ) -> Iterator[Moment]:
        """The moments of a stream of frames, each as soon as the two after it have begun, the last at its end.

        Args:
            frames: seconds and upright sRGB pixels in order of time: of a camera, of a decoder of your own.
            where: filter expression.
            k: hits a moment.
            by: fold images into products or variants, or not at all.
            options: when a shot ends; None for the defaults.

        Raises:
            UsageError: the filter is wrong.
            StoreNotFound: nothing has been indexed yet.
        """
        ask = self._asked(where, k, by)
        return moments_of(key_frames(frames, options), ask, by=by, k=k)

    def _asked(self, where: str | None, k: int, by: FoldBy):
        searcher = self._searching()

        def ask(pixels: Pixels, box: Box | None) -> Answer:
            return searcher.search(Query(image=pixels, crop=box, where=where, k=k, by=by, ranking=_AS_FOUND))

        return ask


class _Counting:
    """Key frames, counted as they pass."""

    def __init__(self, frames: Iterable[KeyFrame]) -> None:
        self._frames = frames
        self.n = 0

    def __iter__(self) -> Iterator[KeyFrame]:
        for frame in self._frames:
            self.n += 1
            yield frame
