"""Recommended products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lookalike.search.people.note import PersonalNote
from lookalike.search.people.trial import Trial
from lookalike.sources.fetch.credentials import without_credentials
from lookalike.types import Hit, ProductId

__all__ = ["Recommendations", "RecommendedHit", "Rival"]

Rival: TypeAlias = Literal["popularity", "off", "cooccurrence"]
"""What may share a list of recommendations with taste."""


@dataclass(frozen=True, slots=True)
class RecommendedHit:
    """One recommended product.

    Attributes:
        product_id: which.
        hit: how it is shown; None where the catalogue has no such product.
        score: 1 for the first, 0 for what is no better than the average product.
        because: the shopper's products that speak for it.
    """

    product_id: ProductId
    hit: Hit | None
    score: float
    because: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        hit = self.hit
        return {
            "product_id": self.product_id,
            "variant_id": None if hit is None else hit.variant_id,
            "image": None if hit is None else without_credentials(hit.image),
            "image_key": None if hit is None else int(hit.image_key),
            "title": None if hit is None else hit.title,
            "score": round(self.score, 6),
            "because": list(self.because),
            "attributes": {} if hit is None else dict(hit.attributes),
            "variants": [] if hit is None else [variant.as_dict() for variant in hit.variants],
        }


@dataclass(frozen=True, slots=True)
class Recommendations:
    """Products without a question, and why.

    Attributes:
        hits: best first.
        personal: what the shopper's events did.
        release: whose vectors were used; None without a catalogue.
        trial: where two rankings share the list: which brought what.
    """

    hits: tuple[RecommendedHit, ...]
    personal: PersonalNote
    release: str | None
    trial: Trial | None = None

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; products that the catalogue does not have are told by their ids alone."""
        return {
            "hits": [one.as_dict() for one in self.hits],
            "personal": self.personal.as_dict(),
            "release": self.release,
            **({} if self.trial is None else {"trial": self.trial.as_dict()}),
        }
