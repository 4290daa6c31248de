"""The verbs that ask a store: searches, suggestions, reasons, and what was asked in vain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lookalike.embed.speech import read_sound
from lookalike.engine.bench import missed_by_live
from lookalike.engine.content import Content
from lookalike.explain.explainer import ExplainedHit, Explainer, Question
from lookalike.explain.gallery import Gallery
from lookalike.images.colouring import Colouring
from lookalike.search.answer import Answer
from lookalike.search.demand import DEFAULT_LIKENESS, Demand
from lookalike.search.query import Query
from lookalike.search.rank.ranking import Ranking
from lookalike.search.scenes.detector import Detector
from lookalike.search.spoken import Heard
from lookalike.search.words.suggesting import Suggestion
from lookalike.types import (
    Box,
    FoldBy,
    Pixels,
    ProductId,
    Vector,
)

__all__ = ["Asking"]

_DEFAULT_RANKING = Ranking()
_BREAKS_OFF = "the recording breaks off: its file says that it has more, and only what is there was heard"


class Asking(Content):
    """Questions and their answers."""

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | Sequence[str] | None = None,
        unlike: Sequence[str] = (),
        vector: Vector | None = None,
        fingerprint: str | None = None,
        colouring: Colouring | None = None,
        crop: Box | None = None,
        where: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
        shopper: str | None = None,
        parts: int | None = None,
        ranking: Ranking = _DEFAULT_RANKING,
        against: str | None = None,
        remember: bool = True,
    ) -> Answer:
        """The products that words find, or that look like a picture, a part of it, or another product; or both.

        Args:
            image: bytes of a picture file, its path, or upright sRGB pixels.
            text: words; alone, or beside one of the others, whose ranking they bend.
            audio: spoken words: bytes of a recording, or its path; they follow `text` where there is both.
            like: id of a product, or several; they are left out of the hits.
            unlike: ids of products that the hits should not look like.
            vector: `Answer.vector` of an earlier search.
            fingerprint: of the model that made it; if another one is live, the search is refused.
            colouring: its `Answer.colouring`; without it colours are left out of the ranking.
            crop: part of `image`, in pixels of the upright picture.
            where: filter expression, for example ``category = "Shoes" and price < 50``.
            k: hits to return.
            offset: hits to skip.
            by: fold images into products or variants, or not at all.
            shopper: whose taste may bend the order; None for nobody's.
            parts: into how many parts `image` is taken apart, at most, each of which is searched for; 0 for none, None
                to take it apart only where the whole of it is like nothing and a part of it is.
            ranking: re-ranking, diversity, sorting, the shop's rules, and what sold-out hits bring.
            against: let another way of answering (``rerank=k-reciprocal``) share the list, place by place; ``trial``
                for the trial that runs, if one does. `credits` says which is better.
            remember: whether a photograph that is told "absent" may get into the demand report, where the engine's
                options want one; False for questions of a measurement.

        Raises:
            UsageError: the query or the filter is wrong.
            FingerprintMismatch: the vector is of another model than the live one.
            ImageRejected: the picture cannot be used.
            AudioRejected: the recording cannot be used, or nobody speaks in it.
            MissingExtra: there is a recording, and the extra ``speech`` is not installed.
            NotFound: there is no such product.
            StoreNotFound: nothing has been indexed yet.
        """
        self._readable()
        started = time.perf_counter()
        heard = None if audio is None else self.hear(audio)
        hearing_ms = (time.perf_counter() - started) * 1e3
        if heard is not None:
            text = heard.text if text is None else f"{text} {heard.text}"
        query = Query(
            image=Path(image) if isinstance(image, str) else image,
            text=text,
            like=ProductId(like) if isinstance(like, str) else None if like is None else tuple(map(ProductId, like)),
            unlike=tuple(map(ProductId, unlike)),
            vector=vector,
            fingerprint=fingerprint,
            colouring=colouring,
            crop=crop,
            where=where,
            k=k,
            offset=offset,
            by=by,
            parts=parts,
            ranking=ranking,
        )
        if against is None:
            answer = self._ranked(query, shopper)
        else:
            answer = self._trials().search(query, shopper, against, self._ranked)
        if text is not None and self._texts.problem is not None:
            answer = replace(answer, warnings=(*answer.warnings, self._texts.problem))
        if heard is not None:
            timings = {"hear": hearing_ms, **answer.timings_ms, "total": answer.timings_ms["total"] + hearing_ms}
            warnings = (*answer.warnings, _BREAKS_OFF) if heard.breaks_off else answer.warnings
            answer = replace(answer, heard=heard, timings_ms=timings, warnings=warnings)
        if remember and self._options.unmet.remember:
            self._demand().remember(query, answer)
        return answer

    def _ranked(self, query: Query, shopper: str | None) -> Answer:
        if shopper is None:
            return self._photographed(query)
        return self._personal().search(query, shopper, self._photographed)

    def _photographed(self, query: Query) -> Answer:
        if query.parts:
            return self._scenes().search(query)
        # A photograph is taken apart unasked where that helps; whatever else is asked opens no detector.
        if query.parts == 0 or query.image is None or not self._options.automatic_parts:
            return self._searching().search(query)
        return self._scenes().answer(query)

    def detect_with(self, detector: Detector | None) -> None:
        """Let `detector` say where the things in a photograph are, from now on; None for the packaged one."""
        with self._lock:
            self._open_detector = None
            self._detector = detector
            self._scene_searcher = None

    @property
    def hears(self) -> bool:
        """Whether recordings can be searched by: there is a model of speech, and all that it needs is installed."""
        return self._recognisers.available

    def hear(self, audio: bytes | str | Path, *, biased: bool = True) -> Heard:
        """What is said in a recording, in the words of this catalogue where they sound alike.

        Args:
            audio: bytes of a recording, or its path; at most 30 seconds.
            biased: whether words and titles of the catalogue are preferred.

        Raises:
            AudioRejected: the recording cannot be used, or nobody speaks in it.
            InvalidQuery: the settings want no model of speech.
            MissingExtra: the extra ``speech`` is not installed.
            StoreNotFound: nothing has been indexed yet.
        """
        recogniser = self._recognisers.recogniser()
        sound = read_sound(Path(audio) if isinstance(audio, str) else audio)
        return self._hearing().hear(recogniser, sound, biased=biased)

    def suggest(self, text: str, *, k: int = 8) -> tuple[Suggestion, ...]:
        """Completions of a question in words that is being typed: values, titles and words of the catalogue.

        Raises:
            InvalidQuery: `k` is not 1 to 20, or the text is too long.
            StoreNotFound: nothing has been indexed yet.
        """
        return self._searching().suggest(text, k)

    def explain(
        self,
        image: bytes | str | Path | Pixels,
        product_id: str,
        *,
        crop: Box | None = None,
        against: str | None = None,
        where: str | None = None,
        root: Path | None = None,
    ) -> ExplainedHit:
        """Why a product is as alike to a picture as a search says: its similarity as a sum over pairs of parts.

        Args:
            image: the query: bytes of a picture file, its path, or upright sRGB pixels.
            product_id: a product, whether it was a hit or not.
            crop: part of `image` that was looked for, in pixels of the upright picture.
            against: another product: says why the first is above or below it.
            where: filter expression of the search.
            root: where relative paths of the source begin, for pictures of which no copy was kept; None for the
                working folder.

        Raises:
            UsageError: the query or the filter is wrong.
            ImageRejected: the picture cannot be used.
            NotFound: there is no such product, or its picture cannot be had any more.
            StoreNotFound: nothing has been indexed yet.
        """
        given = Path(image) if isinstance(image, str) else image
        other = None if against is None else ProductId(against)
        gallery = Gallery(
            self._readable().kept,
            self._options.ingest.limits,
            self._options.fetch,
            Path.cwd() if root is None else root,
        )
        explainer = Explainer(
            self._readable(), self._live_release(), self._embedders.explaining, gallery, self._looked_at
        )
        return explainer.explain(Question(given, ProductId(product_id), crop, other, where))

    def demand(self, *, likeness: float = DEFAULT_LIKENESS) -> Demand:
        """What photographs that were told "not in this catalogue" showed, in clusters of what looks alike.

        Args:
            likeness: cosine that makes a cluster, above 0 to 1.

        Raises:
            InvalidConfiguration: `likeness` out of range.
            StoreNotFound: nothing has been indexed yet.
        """
        return self._demand().report(self._searching(), likeness)

    def demand_picture(self, key: int) -> bytes:
        """The small copy of a remembered photograph, as JPEG.

        Raises:
            NotFound: it is gone, or was never kept.
        """
        return self._demand().picture(key)

    @property
    def keeps_unmet_pictures(self) -> bool:
        """Whether small copies of photographs that were told "not in this catalogue" are kept."""
        return self._options.unmet.remember and self._options.unmet.pictures

    def erase_demand(self) -> int:
        """Forget every remembered photograph; returns how many there were."""
        return self._readable().erase_unmet()

    def missed(self, vector: Vector, *, where: str | None = None) -> tuple[int, int]:
        """How many of the ten pictures nearest to `vector` the live index misses, and how many there are.

        Args:
            vector: `Answer.vector` of a search.
            where: its filter.

        Raises:
            SelectionError: the filter cannot be used.
            StoreNotFound: nothing has been indexed yet.
        """
        return missed_by_live(self._readable(), self._live_release(), vector, where)
