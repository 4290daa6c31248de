"""Vectors of what products say: made of the texts that are new, written with the batch that brings them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lookalike.catalog.attributes import pack
from lookalike.catalog.catalog import Catalog
from lookalike.catalog.sentence import RECIPE, sentence, sentence_name
from lookalike.catalog.text_vectors import SentenceVectors
from lookalike.embed.text.encoder import TextEncoder
from lookalike.types import Attributes

__all__ = ["SentenceWriter"]

_AT_ONCE = 1_024


class SentenceWriter:
    """Embeds texts that the catalogue has no vector of yet.

    Args:
        catalog: where to.
        encoder: makes the vectors.
    """

    def __init__(self, catalog: Catalog, encoder: TextEncoder) -> None:
        self._catalog = catalog
        self._encoder = encoder
        description = encoder.description
        self.model = catalog.begin_text_model(
            fingerprint=description.fingerprint(RECIPE), name=description.name, dimension=description.dimension
        )

    def vectors_of(self, variants: Iterable[Attributes]) -> SentenceVectors:
        """Vectors of those sentences of these variants that have none yet."""
        named: dict[str, str] = {}
        for attributes in variants:
            text = sentence(pack(attributes))
            name = sentence_name(text)
            if name is not None:
                named[name] = text
        return self._embedded(named)

    def fill(self) -> int:
        """Embed what is left: texts of an earlier time, or of before the model was there; returns how many."""
        done = 0
        while lacking := self._catalog.sentences_without_vector(self.model, _AT_ONCE):
            self._catalog.write_sentences(self._embedded(lacking))
            done += len(lacking)
        return done

    def _embedded(self, named: Mapping[str, str]) -> SentenceVectors:
        new = sorted(self._catalog.sentences_missing(self.model, named.keys()))
        vectors = self._encoder.encode([named[name] for name in new])
        return SentenceVectors(self.model, dict(zip(new, vectors, strict=True)))
