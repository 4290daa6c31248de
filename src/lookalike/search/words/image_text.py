"""Words as places among pictures, by the text tower of the live release's model where that is an image-text model."""

from __future__ import annotations

from collections.abc import Callable

from lookalike.catalog.release import Release
from lookalike.embed.embedder import Embedder, EmbedsWords
from lookalike.embed.opening import hub_reference
from lookalike.errors import FingerprintMismatch, MissingExtra, ModelDamaged, UnknownModel
from lookalike.types import Vector

__all__ = ["ImageText"]


class ImageText:
    """Asks the release's own model. Safe to use from several threads.

    Words are answered by other means where it cannot be asked; `problem` then says why.

    Args:
        embedder: gives the embedder of a release, loading it when first asked.
    """

    def __init__(self, embedder: Callable[[Release], Embedder]) -> None:
        self._embedder = embedder
        self.problem: str | None = None

    def speaks(self, release: Release) -> bool:
        """Whether the model that made `release` understands words; opens it only where it may."""
        return self._of(release) is not None

    def vector(self, text: str, release: Release) -> Vector | None:
        """The unit vector of `text` among the pictures of `release`; None where its model gives none."""
        model = self._of(release)
        if model is None:
            return None
        try:
            (vector,) = model.embed_words([text])
            self.problem = None
        except (MissingExtra, ModelDamaged, UnknownModel) as error:
            self.problem = f"words are not compared with pictures: {error}"
            return None
        return vector

    def _of(self, release: Release) -> EmbedsWords | None:
        if hub_reference(release.model) is None:
            return None
        try:
            model = self._embedder(release)
        except (FingerprintMismatch, MissingExtra, ModelDamaged, UnknownModel) as error:
            self.problem = f"words are not compared with pictures: {error}"
            return None
        return model if isinstance(model, EmbedsWords) else None
