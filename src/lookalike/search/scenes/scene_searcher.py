"""Searches by the things in a photograph rather than by the photograph as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float32

from lookalike.catalog.release import Release
from lookalike.embed.embedder import Embedder
from lookalike.images.decode import decode
from lookalike.images.limits import ImageLimits
from lookalike.search.answer import Answer
from lookalike.search.live import LiveRelease
from lookalike.search.part import Part
from lookalike.search.query import MOST_HITS, Query, picture_bytes
from lookalike.search.scenes.detector import Detector
from lookalike.search.scenes.fusing import fused
from lookalike.search.scenes.looking import part_vectors
from lookalike.search.searcher import Searcher
from lookalike.types import Box, Hits, Pixels

__all__ = ["SceneSearcher"]

_DETAIL_PIXELS = 640
"""Shorter side that a photograph's reduced decode keeps at least, so that its parts keep some detail."""

_BUDGET = 2.0
"""Forward passes of the whole photograph that all parts together may cost."""

_LIKELY, _POSSIBLE, _ALWAYS = 0.2, 0.05, 3
"""Parts of at least that score are looked at; the first three already at the lower one."""


class SceneSearcher:
    """Answers a photograph part by part. Safe to call from several threads.

    Args:
        searcher: answers each part.
        live: says which release is live.
        embedder: gives the embedder of a release; one that takes any size where there is one.
        detector: finds the parts.
        limits: what a query picture may cost.
    """

    def __init__(
        self,
        searcher: Searcher,
        live: LiveRelease,
        embedder: Callable[[Release], Embedder],
        detector: Detector,
        limits: ImageLimits,
    ) -> None:
        self._searcher = searcher
        self._live = live
        self._embedder = embedder
        self._detector = detector
        self._limits = limits

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
        n_parts = query.parts or 0
        pixels, width, height = self._decoded(query.image)
        decoded = time.perf_counter()
        release, _ = self._live.current()
        found = self._detector.detect(pixels)
        detected = time.perf_counter()
        likely = worth_looking(found.scores, n_parts)
        boxes, scores = found.boxes[likely], found.scores[likely]
        vectors = part_vectors(self._embedder(release), pixels, boxes, budget=_BUDGET)
        embedded = time.perf_counter()
        deep = replace(query, crop=None, parts=None, k=min(query.offset + query.k, MOST_HITS), offset=0)
        whole = found.whole if found.fingerprint == release.fingerprint else None
        asked = replace(deep, image=pixels) if whole is None else replace(deep, image=None, vector=whole)
        answer = self._searcher.search(asked)
        answers = [self._searcher.search(replace(deep, image=None, vector=vector)) for vector in vectors]
        scale = np.array([width / pixels.shape[1], height / pixels.shape[0]] * 2, np.float32)
        parts = tuple(
            Part(_box(edges * scale, width, height), float(score), Hits(part.hits[: query.k], query.by))
            for edges, score, part in zip(boxes, scores, answers, strict=True)
        )
        hits = fused([answer.hits, *(part.hits for part in answers)], query.by)
        page = Hits(hits[query.offset : query.offset + query.k], query.by)
        more = len(hits) > query.offset + query.k or any(one.next_offset is not None for one in (answer, *answers))
        done = time.perf_counter()
        timings = {
            "decode": decoded - started,
            "detect": detected - decoded,
            "embed": embedded - detected,
            "search": done - embedded,
            "total": done - started,
        }
        return replace(
            answer,
            hits=page,
            exact=all(one.exact for one in (answer, *answers)),
            timings_ms={stage: seconds * 1e3 for stage, seconds in timings.items()},
            offset=query.offset,
            next_offset=query.offset + query.k if more else None,
            parts=parts,
        )

    def _decoded(self, image: object) -> tuple[Pixels, int, int]:
        """Pixels, perhaps at reduced scale, and width and height of the upright original."""
        if isinstance(image, np.ndarray):
            return image, image.shape[1], image.shape[0]
        picture = decode(picture_bytes(image), limits=self._limits, shorter_side_pixels=_DETAIL_PIXELS)  # pyright: ignore[reportArgumentType]
        return picture.pixels, picture.width, picture.height


def worth_looking(scores: Float32[np.ndarray, " n"], most: int) -> Bool[np.ndarray, " n"]:
    """Which of falling scores are looked at: at most `most`, the likely ones, and of the others the first few."""
    places = np.arange(len(scores))
    return (places < most) & ((scores >= _LIKELY) | ((places < _ALWAYS) & (scores >= _POSSIBLE)))


def _box(edges: Float32[np.ndarray, " 4"], width: int, height: int) -> Box:
    """In whole pixels of the original, inside it."""
    left, upper = min(width - 1, round(float(edges[0]))), min(height - 1, round(float(edges[1])))
    right, lower = min(width, round(float(edges[2]))), min(height, round(float(edges[3])))
    return Box(left, upper, max(right - left, 1), max(lower - upper, 1))
