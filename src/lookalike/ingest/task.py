"""One picture of a source on its way into the store, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lookalike.catalog.sync import KnownImage, KnownRejection, PictureEntry
from lookalike.types import Pixels, ProductId, Rejection, VariantId, Vector

__all__ = ["Embedded", "Outcome", "Prepared", "Refused", "Same", "StillRefused", "Task"]


@dataclass(frozen=True, slots=True)
class Task:
    """A picture that a source shows, and what the store knows of it.

    Attributes:
        product_id: whose picture it is.
        variant_id: whose picture it is.
        location: path or URL as the source names it, without a signature.
        position: place among the pictures of its variant.
        line: line of the source.
        address: what to read, where that is not `location`: with its signature.
        data: the bytes, where the caller brought them; None to read.
        known: the image that the store has at that location.
        refused: the rejection that the store has for that location.
    """

    product_id: ProductId
    variant_id: VariantId | None
    location: str
    position: int
    line: int | None = None
    address: str | None = None
    data: bytes | None = None
    known: KnownImage | None = None
    refused: KnownRejection | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """Content that the store has with its vector: nothing to compute."""

    sha256: str
    validator: str | None


@dataclass(frozen=True, slots=True)
class StillRefused:
    """Bytes that were refused before and have not changed since."""

    rejection: Rejection
    validator: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A picture that cannot be used."""

    rejection: Rejection
    validator: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """New content, decoded and cut to the model's square, waiting for its vector."""

    entry: PictureEntry
    validator: str | None
    square: Pixels


@dataclass(frozen=True, slots=True)
class Embedded:
    """New content with its vector."""

    entry: PictureEntry
    validator: str | None
    vector: Vector


Outcome: TypeAlias = Same | StillRefused | Refused | Embedded
