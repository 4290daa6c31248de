"""The lane of meaning: which variants say something like the question, by the cosine of sentence vectors."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int64

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.distinct import distinct
from lookalike.catalog.sentence import RECIPE
from lookalike.catalog.text_vectors import TextModel
from lookalike.embed.text.encoder import TextEncoder
from lookalike.index.graph import GraphIndex, GraphPolicy
from lookalike.index.snapshot import Origin, load_snapshot, save_snapshot
from lookalike.index.vector_index import Subset
from lookalike.search.recent import Recent
from lookalike.search.same_past import is_of_same_past
from lookalike.search.words.sayings import Sayings
from lookalike.types import Keys, Vector

__all__ = ["Meaning"]

logger = logging.getLogger(__name__)

_QUESTIONS_REMEMBERED = 512
_NOBODY = Sayings(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


class Meaning:
    """Sentence vectors of one catalogue, always as new as it. Safe to use from several threads.

    Args:
        catalog: the truth.
        encoder: gives the model, loading it when first asked; None where there is none.
        folder: where the snapshot of the index is.
        exact_up_to: vectors up to which no graph is built.
    """

    def __init__(
        self, catalog: Catalog, encoder: Callable[[], TextEncoder | None], folder: Path, *, exact_up_to: int
    ) -> None:
        self._catalog = catalog
        self._encoder = encoder
        self._folder = folder
        self._policy = GraphPolicy(smallest=exact_up_to + 1)
        self._lock = threading.Lock()
        self._index: GraphIndex | None = None
        self._model: TextModel | None = None
        self._sequence = -1
        self._saved = -1
        self._sayings = _NOBODY
        self._questions: Recent[str, Vector] = Recent(_QUESTIONS_REMEMBERED)

    def ready(self) -> bool:
        """Whether there is a model and any vector of it; loads both when first asked."""
        return self._current() is not None

    def can_ask(self) -> bool:
        """Whether there is a model for questions, whatever the catalogue says."""
        return self._encoder() is not None

    def silent(self, variant_keys: Keys) -> Bool[np.ndarray, " n"]:
        """Which of these variants say nothing that there is a sentence vector of."""
        self._current()
        return self._sayings.vectors_of(variant_keys) < 0

    def n_speaking(self) -> int:
        """How many variants say something."""
        self._current()
        return len(self._sayings)

    def question(self, text: str) -> Vector:
        """The unit vector of a question; the latest are remembered."""
        known = self._questions.get(text)
        if known is None:
            encoder = self._encoder()
            assert encoder is not None
            known = encoder.encode([text], question=True)[0]
            self._questions.put(text, known)
        return known

    def near(
        self, vector: Vector, k: int, within: Int64[np.ndarray, " _within"] | None = None
    ) -> tuple[Keys, Float32[np.ndarray, " n"], bool]:
        """Variants with the `k` nearest sentences, their cosines, falling, and whether none can have been missed.

        Args:
            vector: of the question.
            k: sentences, at most; those of `within` alone count.
            within: variants that may be found, each once; None for all. Others may come with them that say the same.
        """
        index = self._current()
        sayings = self._sayings
        if index is None or not len(index):
            return np.empty(0, np.int64), np.empty(0, np.float32), True
        subset = None
        if within is not None:
            wanted = sayings.vectors_of(within)
            wanted = distinct(wanted[wanted >= 0])
            if not len(wanted):
                return np.empty(0, np.int64), np.empty(0, np.float32), True
            subset, k = Subset(wanted), min(k, len(wanted))
        reach = min(k, len(index))
        while True:
            found = index.search(vector[np.newaxis], reach, subset)
            places, variants = sayings.variants_of(found.keys[0])
            said = distinct(places)[:k]
            if subset is not None or len(said) >= k or reach == len(index):
                break
            reach = min(2 * reach, len(index))  # some were sentences that nobody says any more
        keep = places <= said[-1] if len(said) else np.zeros(0, dtype=np.bool_)
        return variants[keep], found.similarities[0][places[keep]], found.exact

    def cosines(self, vector: Vector, variant_keys: Keys) -> Float32[np.ndarray, " n"]:
        """The cosine of each of these variants' sentence to a question; 0 where it has none."""
        index = self._current()
        result = np.zeros(len(variant_keys), dtype=np.float32)
        if index is None:
            return result
        keys = self._sayings.vectors_of(variant_keys)
        wanted = distinct(keys[keys >= 0])
        if not len(wanted):
            return result
        found = index.search(vector[np.newaxis], len(wanted), Subset(wanted), exact=True)
        held = found.keys[0] >= 0
        order = np.argsort(found.keys[0][held])
        sorted_keys, cosines = found.keys[0][held][order], found.similarities[0][held][order]
        if not len(sorted_keys):
            return result
        places = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
        return np.where(sorted_keys[places] == keys, cosines[places], np.float32(0.0)).astype(np.float32)

    def save(self, model: TextModel | None = None) -> None:
        """Build the graph where one is due, and write the snapshot that makes the next opening quick.

        Args:
            model: of the encoder, for a caller that has it: none is opened then merely to be named.
        """
        if model is not None:
            with self._lock:
                self._model = self._model or model
        index = self._current()
        with self._lock:
            if index is None or self._model is None or self._sequence == self._saved:
                return
            index.settle()
            path = self._path(self._model)
            path.parent.mkdir(exist_ok=True)
            save_snapshot(index, path, self._origin(self._model), sequence=self._sequence)
            self._saved = self._sequence

    def _current(self) -> GraphIndex | None:
        if self._index is not None and self._sequence == self._catalog.sequence():
            return self._index
        with self._lock:
            return self._catch_up()

    def _catch_up(self) -> GraphIndex | None:
        if self._model is None:
            encoder = self._encoder()
            if encoder is None:
                return None
            description = encoder.description
            self._model = self._catalog.text_model(
                fingerprint=description.fingerprint(RECIPE), name=description.name, dimension=description.dimension
            )
            if self._model is None:
                return None
        if self._index is None:
            self._load(self._model)
        if self._index is not None and self._sequence != self._catalog.sequence():
            self._take(self._model, self._sequence)
        return self._index

    def _load(self, model: TextModel) -> None:
        loaded = load_snapshot(self._path(model), model.dimension, self._origin(model), policy=self._policy)
        if loaded is not None:
            index, at = loaded
            if not is_of_same_past(index, lambda keys: self._catalog.sentence_vectors(model, keys.tolist(), until=at)):
                logger.warning("sentence snapshot is of another past of the store, filled anew model=%s", model.name)
                loaded = None
        if loaded is None:
            self._index = GraphIndex(model.dimension, self._policy)
            self._take(model, -1)
            return
        self._index, self._saved = loaded
        # The index is as old as its snapshot, and only newer vectors are read; whose sentences they are is read anew.
        self._take(model, -1, vectors_since=self._saved)

    def _take(self, model: TextModel, sequence: int, *, vectors_since: int | None = None) -> None:
        assert self._index is not None
        changes = self._catalog.text_changes(model, sequence, vectors_since=vectors_since)
        if len(changes.keys):
            self._index.add(changes.keys, changes.vectors)
        before = _NOBODY if changes.whole else self._sayings
        self._sayings = before.after(changes.variant_keys, changes.vector_keys, changes.silent_keys)
        self._sequence = changes.sequence

    def _path(self, model: TextModel) -> Path:
        return self._folder / f"text-{model.key}.index"

    def _origin(self, model: TextModel) -> Origin:
        return Origin(f"{self._catalog.store_id}/text/{model.key}", model.fingerprint)
