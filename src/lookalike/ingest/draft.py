"""What somebody hands in to become a product."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.types import Attributes

__all__ = ["ProductDraft", "VariantDraft"]


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """One variant to be."""

    variant_id: str | None
    attributes: Attributes
    images: tuple[str | bytes, ...]


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """One product to be."""

    product_id: str
    variants: tuple[VariantDraft, ...]
