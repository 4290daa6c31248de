"""Searches by the things in a photograph rather than by the photograph as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float32

from lookalike.catalog.release import Release
from lookalike.embed.embedder import Embedder
from lookalike.embed.sifting import NO_DIRECTION
from lookalike.errors import FingerprintMismatch, ImageRejected, NoVector
from lookalike.images.decode import decode
from lookalike.images.limits import ImageLimits
from lookalike.search.answer import Answer
from lookalike.search.live import LiveRelease
from lookalike.search.part import Part
from lookalike.search.query import MOST_HITS, Query, picture_bytes
from lookalike.search.rank.arranging import Told
from lookalike.search.rank.ranking import Ranking
from lookalike.search.rule import Verdict
from lookalike.search.scenes.detector import POSSIBLE, Detections, Detector
from lookalike.search.scenes.fusing import fused
from lookalike.search.scenes.looking import part_vectors
from lookalike.search.searcher import Searcher
from lookalike.types import Box, Hits, Pixels, Reason, Vector

__all__ = ["SceneSearcher"]

_ANY_ORDER = Ranking()
_AS_FOUND, _LOOKS_ALONE = Told(), ("picture",)
"""Of an answer whose first hit is the nearest product, with its cosine."""
_BY_SIMILARITY = Ranking(rerank="off", rules=False, instead=False)
"""Parts are compared with each other, which only similarities can be; what is sold out is seen to at the end."""

_DETAIL_PIXELS = 640
"""Shorter side that a photograph's reduced decode keeps at least, so that its parts keep some detail."""

_BUDGET = 2.1
"""Forward passes of the whole photograph that all parts together may cost: four parts at 160 pixels."""

_LIKELY, _ALWAYS = 0.2, 3
"""Parts of at least that score are looked at; the first three already at `POSSIBLE`."""

_AUTOMATIC = 6
"""Parts that are looked for where nobody asked for any."""

_ALIKE, _SURE, _MARGIN = 0.6, 0.5, 0.2
"""Unasked, a photograph is told in parts where its first hit has a lower cosine than the first of these, and of two
parts or more with at least the second as their score one is more like a product by the third. Chosen on grocery
photographs, of which a margin of 0.15 told a few worse, on pasted rooms and on drawn photographs; measured by
benchmarks/scenes.py."""

_SEVERAL = 2
"""Parts without which a photograph shows one thing; unasked, sure ones, or it is answered as the whole that it is."""


class SceneSearcher:
    """Answers a photograph part by part. Safe to call from several threads.

    Args:
        searcher: answers each part.
        live: says which release is live.
        embedder: gives the embedder of a release; one that takes any size where there is one.
        detector: gives what finds the parts, opening it when first asked.
        cautious: gives what finds them where nobody asked for any.
        limits: what a query picture may cost.
    """

    def __init__(
        self,
        searcher: Searcher,
        live: LiveRelease,
        embedder: Callable[[Release], Embedder],
        detector: Callable[[], Detector],
        cautious: Callable[[], Detector],
        limits: ImageLimits,
    ) -> None:
        self._searcher = searcher
        self._live = live
        self._embedder = embedder
        self._detector = detector
        self._cautious = cautious
        self._limits = limits

    def answer(self, query: Query) -> Answer:
        """The hits of the whole photograph; those of its parts instead where these are much more like something.

        Taken apart is a photograph whose first hit is not very like it, and told in parts where two or more are likely
        to be things, one of which is more like a product by a clear margin. Any other query is answered as
        `Searcher.search` does.

        Args:
            query: of any kind.

        Raises:
            LookalikeError: as `Searcher.search`.
        """
        if query.parts is not None or query.image is None or not _is_whole(query) or query.ranking != _ANY_ORDER:
            return self._searcher.search(query)
        plain = self._searcher.search(query)
        if plain.vector is None or plain.verdict == "same" or (plain.code is not None and plain.code.products):
            return plain
        release, _ = self._live.current()
        if release.release_id != plain.release:
            return plain
        try:
            return self._perhaps_apart(query, plain, plain.vector, release)
        except FingerprintMismatch:  # promoted meanwhile: parts would be of another model than the whole
            return plain

    def _perhaps_apart(self, query: Query, plain: Answer, vector: Vector, release: Release) -> Answer:
        """The answer in parts if the whole is like nothing and some of them are, else `plain`."""
        started = time.perf_counter()
        likeness = self._likeness(query, plain, vector, release)
        if likeness is None or likeness >= _ALIKE:
            return plain
        assert query.image is not None
        photograph = self._decoded(query.image)
        found, told = self._cautious().detect(photograph[0]), plain
        if np.count_nonzero(found.scores >= _SURE) >= _SEVERAL:
            apart = self._told_apart(replace(query, parts=_AUTOMATIC), photograph, found, release, vector)
            margins = [part.hits[0].similarity - likeness for part in apart.parts or () if _is_sure(part)]
            told = apart if len(margins) >= _SEVERAL and max(margins) >= _MARGIN else plain
        spent = (time.perf_counter() - started) * 1e3
        timings = {**plain.timings_ms, "parts": spent, "total": plain.timings_ms["total"] + spent}
        return replace(told, timings_ms=timings)

    def _likeness(self, query: Query, plain: Answer, vector: Vector, release: Release) -> float | None:
        """The cosine of the nearest product; None where there is none."""
        hits = plain.hits
        if plain.offset or plain.lanes != _LOOKS_ALONE or plain.ranking != _AS_FOUND:
            whole = replace(query, image=None, vector=vector, fingerprint=release.fingerprint)
            hits = self._searcher.search(replace(whole, k=1, offset=0, ranking=_BY_SIMILARITY)).hits
        return hits[0].similarity if hits else None

    def search(self, query: Query) -> Answer:
        """The hits of the whole photograph and of its parts in one list, and those of each part.

        Args:
            query: by a picture, with the number of parts to look for.

        Raises:
            ImageRejected: the query picture cannot be used.
            SelectionError: the filter cannot be used.
            StoreNotFound: nothing has been indexed yet.
        """
        started = time.perf_counter()
        assert query.image is not None
        photograph = self._decoded(query.image)
        decoded = time.perf_counter()
        found = self._detector().detect(photograph[0])
        decode_ms, detect_ms = (decoded - started) * 1e3, (time.perf_counter() - decoded) * 1e3
        release, _ = self._live.current()
        try:
            answer = self._told_apart(query, photograph, found, release, None)
        except FingerprintMismatch:  # promoted meanwhile: all of it by the new model
            release, _ = self._live.current()
            answer = self._told_apart(query, photograph, found, release, None)
        timings = {
            "decode": decode_ms,
            "detect": detect_ms,
            **answer.timings_ms,
            "total": (time.perf_counter() - started) * 1e3,
        }
        return replace(answer, timings_ms=timings)

    def _told_apart(
        self,
        query: Query,
        photograph: tuple[Pixels, int, int],
        found: Detections,
        release: Release,
        whole: Vector | None,
    ) -> Answer:
        """The answer in parts, of what was found in the photograph; `whole` is its vector, where that is known."""
        pixels, width, height = photograph
        marks = [time.perf_counter()]
        likely = worth_looking(found.scores, query.parts or 0)
        boxes, scores = found.boxes[likely], found.scores[likely]
        embedder = self._embedder(release)
        vectors, told = part_vectors(embedder, pixels, boxes, budget=_BUDGET)
        boxes, scores = boxes[told], scores[told]
        if whole is None:
            whole = found.whole if found.fingerprint == release.fingerprint else None
        if whole is None:
            whole = _whole_vector(embedder, pixels)
        marks.append(time.perf_counter())
        k = min(query.offset + query.k, MOST_HITS)
        by_vector = replace(query, image=None, parts=None, vector=whole, fingerprint=release.fingerprint)
        deep = replace(by_vector, k=k, offset=0, ranking=_BY_SIMILARITY)
        answer = self._searcher.search(deep)
        answers = [self._searcher.search(replace(deep, vector=vector)) for vector in vectors]
        scale = np.array([width / pixels.shape[1], height / pixels.shape[0]] * 2, np.float32)
        parts = tuple(
            Part(_box(edges * scale, width, height), float(score), Hits(part.hits[: query.k], query.by))
            for edges, score, part in zip(boxes, scores, answers, strict=True)
        )
        several = _are_several(parts, answer.hits)
        lists = [answer.hits, *(part.hits for part in answers)]
        hits, more = fused(lists, query.by, offset=query.offset, k=query.k)
        if query.ranking.instead:
            hits, *own = self._with_substitutes([hits, *(part.hits for part in parts)], query.where)
            parts = tuple(replace(part, hits=shown) for part, shown in zip(parts, own, strict=True))
        # No list is longer, so that beyond this many there are no further pages.
        more = more or (k < MOST_HITS and any(one.next_offset is not None for one in (answer, *answers)))
        marks.append(time.perf_counter())
        stages = zip(("embed", "search"), marks[:-1], marks[1:], strict=True)
        return replace(
            answer,
            hits=hits,
            verdict=None,
            verdict_details=Verdict(None, "not_a_photograph"),
            exact=all(one.exact for one in (answer, *answers)),
            timings_ms={stage: (end - start) * 1e3 for stage, start, end in stages},
            offset=query.offset,
            next_offset=query.offset + query.k if more else None,
            parts=parts,
            several=several,
        )

    def _with_substitutes(self, lists: list[Hits], where: str | None) -> list[Hits]:
        """The same lists, with what is available instead of the sold-out ones; all of them looked for together."""
        distinct = {hit.image_key: hit for hits in lists for hit in hits}
        found = self._searcher.beside(tuple(distinct.values()), lists[0].by, where)
        instead = {hit.image_key: hit.instead for hit in found}
        return [
            replace(hits, items=tuple(replace(hit, instead=instead[hit.image_key]) for hit in hits)) for hits in lists
        ]

    def _decoded(self, image: object) -> tuple[Pixels, int, int]:
        """Pixels, perhaps at reduced scale, and width and height of the upright original."""
        if isinstance(image, np.ndarray):
            return image, image.shape[1], image.shape[0]
        data = picture_bytes(image, self._limits)  # pyright: ignore[reportArgumentType]
        picture = decode(data, limits=self._limits, shorter_side_pixels=_DETAIL_PIXELS)
        return picture.pixels, picture.width, picture.height


def worth_looking(scores: Float32[np.ndarray, " n"], most: int) -> Bool[np.ndarray, " n"]:
    """Which of falling scores are looked at: at most `most`, the likely ones, and of the others the first few."""
    places = np.arange(len(scores))
    return (places < most) & ((scores >= _LIKELY) | ((places < _ALWAYS) & (scores >= POSSIBLE)))


def _whole_vector(embedder: Embedder, pixels: Pixels) -> Vector:
    try:
        return embedder.embed(embedder.description.preprocessing.apply(pixels)[np.newaxis])[0]
    except NoVector as error:
        raise ImageRejected(Reason.NO_VECTOR, NO_DIRECTION.format(embedder.description.name)) from error


def _is_whole(query: Query) -> bool:
    """Whether it is a whole photograph and nothing beside it."""
    return query.crop is None and query.text is None and not query.unlike


def _are_several(parts: Sequence[Part], whole: Hits) -> bool:
    """Whether parts are things of their own: of a picture of one product, no piece is more like one than the whole."""
    likely = [part for part in parts if part.score >= _LIKELY and len(part.hits)]
    most = max((part.hits[0].similarity for part in likely), default=-1.0)
    return len(likely) >= _SEVERAL and (not len(whole) or most > whole[0].similarity)


def _is_sure(part: Part) -> bool:
    return part.score >= _SURE and len(part.hits) > 0


def _box(edges: Float32[np.ndarray, " 4"], width: int, height: int) -> Box:
    """In whole pixels of the original, inside it."""
    left, upper = min(width - 1, round(float(edges[0]))), min(height - 1, round(float(edges[1])))
    right, lower = min(width, round(float(edges[2]))), min(height, round(float(edges[3])))
    return Box(float(left), float(upper), float(max(right - left, 1)), float(max(lower - upper, 1)))
