"""The verbs between words and pictures: what a photograph may be called, and learning how the two go together."""

from __future__ import annotations

from pathlib import Path

from lookalike.catalog.sentence import RECIPE
from lookalike.embed.concepts import concepts_of
from lookalike.embed.text.encoder import TextEncoder
from lookalike.engine.intake import Intake
from lookalike.errors import InvalidQuery, MissingExtra
from lookalike.search.alignment import Alignment, learn
from lookalike.search.description import NEAREST, Described, described
from lookalike.search.query import Query
from lookalike.search.rank.ranking import Ranking
from lookalike.search.words.depicted import alignment_path
from lookalike.types import Box, Pixels

__all__ = ["Describing"]

_BY_SIMILARITY = Ranking(rerank="off", rules=False)


class Describing(Intake):
    """Words for pictures, pictures for words."""

    def describe(self, image: bytes | str | Path | Pixels, *, crop: Box | None = None) -> Described:
        """Titles, attributes and kinds of things that a photograph may be given, each with how sure it is.

        Args:
            image: bytes of a picture file, its path, or upright sRGB pixels.
            crop: part of `image`, in pixels of the upright picture.

        Raises:
            ImageRejected: the picture cannot be used.
            InvalidQuery: a crop outside the picture.
            StoreNotFound: nothing has been indexed yet.
        """
        self._readable()
        given = Path(image) if isinstance(image, str) else image
        answer = self._searching().search(
            Query(image=given, crop=crop, k=NEAREST, by="variant", ranking=_BY_SIMILARITY)
        )
        assert answer.vector is not None
        release, _ = self._live_release().current()
        return described(answer.hits, answer.vector, concepts_of(release.fingerprint), answer.release)

    def align(self, source: str | Path | None = None) -> Alignment:
        """Learn how words and pictures of the catalogue go together, so that words find pictures without titles.

        Ridge regression over what the store has: seconds, no torch. Kept beside the store's indexes for the live
        release's model; searches by words use it at once.

        Args:
            source: brought into the store first, as `index` does; None for what is there.

        Raises:
            MissingExtra: the sentence model is not installed.
            InvalidQuery: the settings want no sentence model, or too few pictures belong to products with a title or
                text.
            SourceError: `source` cannot be read.
            StoreNotFound: nothing has been indexed yet.
        """
        encoder = self._encoder_to_align()
        if source is not None:
            self.index(source)
        catalog = self._readable()
        release, _ = self._live_release().current()
        description = encoder.description
        model = catalog.begin_text_model(
            fingerprint=description.fingerprint(RECIPE), name=description.name, dimension=description.dimension
        )
        learned = learn(catalog, self._live_release().view(), release, model)
        learned.save(alignment_path(self._folder / "index", release.fingerprint))
        return learned

    def require_alignable(self) -> None:
        """Refuse what `align` could not do for want of a sentence model, before anything is indexed for it.

        Raises:
            MissingExtra: the sentence model is not installed.
            InvalidQuery: the settings want no sentence model.
        """
        self._encoder_to_align()

    def _encoder_to_align(self) -> TextEncoder:
        encoder = self._texts.encoder()
        if encoder is None and self._texts.problem is None:
            raise InvalidQuery("words have no meaning here (text_model is none): set another to learn from them")
        if encoder is None:
            raise MissingExtra(needed_for="learning how words and pictures go together", extra="text")
        return encoder
