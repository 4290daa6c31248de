"""The parts of a store that the verbs share, each opened when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from lookalike.catalog.catalog import Catalog
from lookalike.embed.print_reader import PrintReader
from lookalike.engine.demand import DemandDesk
from lookalike.engine.embedders import EmbedderFactory, Embedders
from lookalike.engine.golden import GoldenDesk
from lookalike.engine.options import EngineOptions
from lookalike.engine.personal import PersonalDesk
from lookalike.engine.recognisers import RecogniserFactory, Recognisers
from lookalike.engine.text_encoders import TextEncoderFactory, TextEncoders
from lookalike.engine.trials import TrialDesk
from lookalike.errors import StoreNotFound
from lookalike.explain.explainer import PICTURES_KEPT, LookedAt
from lookalike.ingest.sentences import SentenceWriter
from lookalike.search.live import LiveRelease
from lookalike.search.scenes.detector import Detector
from lookalike.search.scenes.scene_searcher import SceneSearcher
from lookalike.search.searcher import Searcher
from lookalike.search.spoken import Ear
from lookalike.search.words.depicted import Depicted
from lookalike.search.words.meaning import Meaning

__all__ = ["Parts"]


class Parts:
    """What every verb of an engine stands on."""

    def __init__(
        self,
        folder: Path,
        options: EngineOptions,
        open_embedder: EmbedderFactory,
        *,
        model: str | None = None,
        open_text_encoder: TextEncoderFactory | None = None,
        open_recogniser: RecogniserFactory | None = None,
        open_print_reader: Callable[[], PrintReader] | None = None,
        open_detector: Callable[[], Detector] | None = None,
    ) -> None:
        self._folder = folder
        self._options = options
        self._embedders = Embedders(open_embedder, model)
        self._texts = TextEncoders(open_text_encoder)
        self._recognisers = Recognisers(open_recogniser)
        self._ear: Ear | None = None
        self._open_print_reader = open_print_reader
        self._meaning: Meaning | None = None
        self._depicted = Depicted(self._texts.encoder, folder / "index")
        self._lock = threading.RLock()
        self._catalog: Catalog | None = None
        self._live: LiveRelease | None = None
        self._searcher: Searcher | None = None
        self._scene_searcher: SceneSearcher | None = None
        self._detector: Detector | None = None
        self._open_detector = open_detector
        self._people: PersonalDesk | None = None
        self._trial_desk: TrialDesk | None = None
        self._others: dict[str, Searcher] = {}
        self._looked_at = LookedAt(PICTURES_KEPT)

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            if self._trial_desk is not None:
                self._trial_desk.close()
            if self._catalog is not None:
                self._catalog.close()
            self._catalog = self._live = self._searcher = self._meaning = self._people = self._ear = None
            self._scene_searcher = self._trial_desk = None
            self._others = {}

    def _readable(self) -> Catalog:
        if self._catalog is None:
            with self._lock:
                if self._catalog is None:
                    if not Catalog.exists(self._folder):
                        raise StoreNotFound(f"there is no store at {self._folder}: run `lookalike index SOURCE` first")
                    self._catalog = Catalog.open(self._folder, kept=self._options.kept)
        return self._catalog

    def _writable(self) -> Catalog:
        with self._lock:
            if self._catalog is None:
                self._catalog = Catalog.create(self._folder, kept=self._options.kept)
            return self._catalog

    def _live_release(self) -> LiveRelease:
        with self._lock:
            if self._live is None:
                self._live = LiveRelease(
                    self._readable(), self._folder / "index", exact_up_to=self._options.exact_up_to
                )
            return self._live

    def _searching(self) -> Searcher:
        searcher = self._searcher
        if searcher is None:
            with self._lock:
                searcher = self._searcher = self._searcher_over(self._live_release())
        return searcher

    def _searching_in(self, release_id: str) -> Searcher:
        """Answers by one release, whether it is live or not."""
        with self._lock:
            if release_id not in self._others:
                live = LiveRelease(
                    self._readable(),
                    self._folder / "index",
                    exact_up_to=self._options.exact_up_to,
                    pinned=release_id,
                )
                self._others[release_id] = self._searcher_over(live)
            return self._others[release_id]

    def _searcher_over(self, live: LiveRelease) -> Searcher:
        return Searcher(
            self._readable(),
            live,
            self._embedders.of,
            self._options.ingest.limits,
            self._meaning_lane(),
            self._depicted,
            self._open_print_reader,
            self._embedders.explaining,
        )

    def _cautious_detector(self) -> Detector:
        return self._chosen_detector(cautious=True)

    def _chosen_detector(self, *, cautious: bool = False) -> Detector:
        if self._detector is None and self._open_detector is not None:
            with self._lock:
                if self._detector is None:
                    self._detector = self._open_detector()
        return self._embedders.detector(cautious=cautious) if self._detector is None else self._detector

    def _scenes(self) -> SceneSearcher:
        """Takes photographs apart; its detector is opened when it is first needed."""
        with self._lock:
            if self._scene_searcher is None:
                self._scene_searcher = SceneSearcher(
                    self._searching(),
                    self._live_release(),
                    self._embedders.explaining,
                    self._chosen_detector,
                    self._cautious_detector,
                    self._options.ingest.limits,
                )
            return self._scene_searcher

    def _sentences(self, threads: int | None = None) -> SentenceWriter | None:
        encoder = self._texts.encoder(threads)
        return None if encoder is None else SentenceWriter(self._writable(), encoder)

    def _meaning_lane(self) -> Meaning:
        with self._lock:
            if self._meaning is None:
                self._meaning = Meaning(
                    self._readable(),
                    self._texts.encoder,
                    self._folder / "index",
                    exact_up_to=self._options.exact_up_to,
                )
            return self._meaning

    def _personal(self) -> PersonalDesk:
        with self._lock:
            if self._people is None:
                self._people = PersonalDesk(self._readable(), self._folder, self._live_release, self._searching)
            return self._people

    def _trials(self) -> TrialDesk:
        with self._lock:
            if self._trial_desk is None:
                self._trial_desk = TrialDesk(
                    self._readable(), self._live_release, self._searching, self._personal, self._searching_in
                )
            return self._trial_desk

    def _hearing(self) -> Ear:
        with self._lock:
            if self._ear is None:
                self._ear = Ear(self._readable(), self._live_release())
            return self._ear

    def _demand(self) -> DemandDesk:
        return DemandDesk(self._readable(), self._options.unmet, self._options.ingest.limits)

    def _golden(self) -> GoldenDesk:
        return GoldenDesk(self._readable(), self._options.ingest.limits, self._embedders.of)
