"""A finding: one thing about the catalogue that its owner may want to put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

from lookalike.types import ImageKey, ProductId

__all__ = ["Evidence", "Finding", "FindingKind", "ImageReference", "Severity", "worst_first"]

Severity: TypeAlias = Literal["high", "medium", "low"]
Evidence: TypeAlias = Mapping[str, object]
"""Plain values, ready for JSON: the numbers that the finding rests on."""

_RANK: Mapping[Severity, int] = {"high": 0, "medium": 1, "low": 2}


class FindingKind(StrEnum):
    """What is wrong. Codes are part of the contract: new ones are added, none is renamed. Worst first."""

    PLACEHOLDER = "placeholder"
    SHARED_PICTURE = "shared_picture"
    SWAPPED_TITLES = "swapped_titles"
    WRONG_CATEGORY = "wrong_category"
    WRONG_TITLE = "wrong_title"
    DUPLICATE_PRODUCT = "duplicate_product"
    WATERMARK = "watermark"
    BLURRED = "blurred"
    SMALL = "small"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    REPEATED_PICTURE = "repeated_picture"
    FEW_VIEWS = "few_views"


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image that a finding is about; `product_id` and `image_key` are None for a file that no store holds."""

    image: str
    product_id: ProductId | None = None
    image_key: ImageKey | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Attributes:
        kind: what is wrong.
        severity: ``high`` makes searches answer wrongly, ``medium`` makes them worse, ``low`` is untidy.
        about: the image that shows it; the first of several.
        detail: a sentence with the numbers.
        others: the other images that belong to it (the copies, the other half of a swap).
        score: 0 to 1, how clear the case is among those of its kind; orders them.
        evidence: what the sentence rests on.
    """

    kind: FindingKind
    severity: Severity
    about: ImageReference
    detail: str
    others: tuple[ImageReference, ...] = ()
    score: float = 1.0
    evidence: Evidence = field(default_factory=dict[str, object])

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"the score of a finding is 0 to 1, received {self.score!r}")


def worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """By severity, then kind, then falling score, then product and image: the same order on every run."""
    kinds = {kind: place for place, kind in enumerate(FindingKind)}
    return tuple(
        sorted(
            findings,
            key=lambda one: (
                _RANK[one.severity],
                kinds[one.kind],
                -one.score,
                one.about.product_id or "",
                one.about.image,
            ),
        )
    )
