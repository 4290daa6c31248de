"""What variants say, as vectors of sentence models."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lookalike.catalog import text_vectors
from lookalike.catalog.ledger import Ledger
from lookalike.catalog.opened import OpenStore
from lookalike.types import Keys, Vectors

__all__ = ["Wording"]


class Wording(OpenStore):
    """The verbs about vectors of sentences."""

    def begin_text_model(self, *, fingerprint: str, name: str, dimension: int) -> text_vectors.TextModel:
        """The sentence model of that fingerprint, known from now on."""
        with self._database.changing() as connection:
            found = text_vectors.model(connection, fingerprint=fingerprint, name=name, dimension=dimension, make=True)
        assert found is not None
        return found

    def text_model(self, *, fingerprint: str, name: str, dimension: int) -> text_vectors.TextModel | None:
        """The sentence model of that fingerprint; None where the store has no vector of it."""
        with self._database.reading() as connection:
            return text_vectors.model(connection, fingerprint=fingerprint, name=name, dimension=dimension, make=False)

    def sentences_missing(self, model: text_vectors.TextModel, names: Collection[str]) -> set[str]:
        """Those of these sentences that the model has no vector of."""
        with self._database.reading() as connection:
            return text_vectors.missing(connection, model, names)

    def sentences_without_vector(self, model: text_vectors.TextModel, most: int = 1000) -> Mapping[str, str]:
        """Sentences of variants that the model has no vector of, by their names."""
        with self._database.reading() as connection:
            return text_vectors.lacking(connection, model, most)

    def write_sentences(self, brought: text_vectors.SentenceVectors) -> None:
        """Store vectors of sentences by themselves; `apply` writes those of a batch with it."""
        with self._database.changing() as connection:
            ledger = Ledger(connection)
            if text_vectors.write(connection, brought, ledger.sequence):
                ledger.changed()
            ledger.close()

    def text_changes(
        self, model: text_vectors.TextModel, sequence: int, *, vectors_since: int | None = None
    ) -> text_vectors.TextChanges:
        """What a reader of the model's vectors that stands at `sequence` has to take over; -1 for everything.

        Args:
            model: whose vectors.
            sequence: where the reader stands.
            vectors_since: where it stands with the vectors themselves; None where it does with everything.
        """
        with self._database.reading() as connection:
            return text_vectors.since(connection, model, sequence, vectors_since)

    def sentence_vectors(
        self, model: text_vectors.TextModel, keys: Collection[int], *, until: int
    ) -> tuple[Keys, Vectors]:
        """The vectors of these keys that came until that sequence number, by rising key."""
        with self._database.reading() as connection:
            return text_vectors.held(connection, model, keys, until)
