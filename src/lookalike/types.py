"""Words that every room shares: ids, array aliases, rejections, hits.

Nothing here does any work beyond checking itself. Similarities are cosines in [-1, 1], higher is closer.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Literal, NewType, TypeAlias, overload

import numpy as np
from jaxtyping import Bool, Float32, Int64, UInt8

__all__ = [
    "EXACT_INTEGERS",
    "AttributeValue",
    "Attributes",
    "Box",
    "FoldBy",
    "Hit",
    "Hits",
    "ImageKey",
    "Keys",
    "Mask",
    "PictureKey",
    "Pixels",
    "ProductId",
    "Reason",
    "Rejection",
    "ReleaseId",
    "VariantId",
    "VariantSummary",
    "Vector",
    "Vectors",
]

ProductId = NewType("ProductId", str)
"""What is sold, as the shop names it."""
VariantId = NewType("VariantId", str)
"""One colour or size of a product, as the shop names it."""
ReleaseId = NewType("ReleaseId", str)
"""One embedder and the vectors it made of the whole catalogue, for example ``r1``."""
ImageKey = NewType("ImageKey", int)
"""One appearance of a picture in a product; a small positive integer given by the store, never reused."""
PictureKey = NewType("PictureKey", int)
"""One distinct content (the same bytes shown by two products are one picture, embedded once); never reused."""

AttributeValue: TypeAlias = str | float | int | bool
Attributes: TypeAlias = Mapping[str, AttributeValue]
"""Typed values by column name; an absent key is a missing value (there is no None inside)."""
EXACT_INTEGERS = 2**53
"""Numbers are held as float64: whole ones beyond this, up or down, lose digits, and some are beyond any float64."""

Pixels: TypeAlias = UInt8[np.ndarray, "_height _width 3"]
"""Upright sRGB pixels, row-major. The underscores let one function take and give pictures of several sizes."""
Vector: TypeAlias = Float32[np.ndarray, " dimension"]
Vectors: TypeAlias = Float32[np.ndarray, "n dimension"]
Keys: TypeAlias = Int64[np.ndarray, " n"]
Mask: TypeAlias = Bool[np.ndarray, " n"]

FoldBy: TypeAlias = Literal["product", "variant", "image"]


class Reason(StrEnum):
    """Why something was rejected. Codes are part of the contract: new ones are added, none is renamed."""

    NOT_FOUND = "not_found"
    FETCH_FAILED = "fetch_failed"
    FETCH_REFUSED = "fetch_refused"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    TIMED_OUT = "timed_out"
    BAD_ROW = "bad_row"
    NOT_AUDIO = "not_audio"
    TOO_LONG = "too_long"
    NO_SPEECH = "no_speech"
    NO_VECTOR = "no_vector"
    TRANSPARENT = "transparent"


@dataclass(frozen=True, slots=True)
class Rejection:
    """One picture or row that could not be used, and why.

    Attributes:
        image: path or URL as the source names it; for a row without a usable image, ``FILE:LINE``.
        reason: stable code.
        detail: a sentence: what was received, what was expected.
        product_id: whose picture it is, where known.
        variant_id: whose picture it is, where known.
        line: line (CSV, JSONL) or row number (Parquet), one-based, where there is one.
        hides: ids of products that may be behind what could not be read, where `product_id` is not known: a prune
            leaves them alone. One that ends in ``/`` stands for all that begin so.
        breaks_off: whether the source ends here before it is complete, so that nobody knows what else it names: a prune
            removes nothing then.
    """

    image: str
    reason: Reason
    detail: str
    product_id: ProductId | None = None
    variant_id: VariantId | None = None
    line: int | None = None
    hides: tuple[str, ...] = ()
    breaks_off: bool = False

    def as_dict(self) -> dict[str, object]:
        """The contract's form, with the line and the product where known."""
        known = {"product_id": self.product_id, "variant_id": self.variant_id, "line": self.line}
        told: dict[str, object] = {"image": self.image, "reason": str(self.reason), "detail": self.detail}
        return told | {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright picture; ``x, y`` is the upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0 and self.x >= 0 and self.y >= 0):
            raise ValueError(f"a box needs x, y >= 0 and width, height > 0, received {self}")


@dataclass(frozen=True, slots=True)
class VariantSummary:
    """What a hit shows of each variant of its product."""

    variant_id: VariantId | None
    title: str | None
    color: str | None
    price: float | None
    in_stock: bool | None
    image_key: ImageKey | None

    def as_dict(self) -> dict[str, object]:
        """The contract's form; a price that is no number is null."""
        price = self.price
        return {
            "variant_id": self.variant_id,
            "title": self.title,
            "color": self.color,
            "price": price if price is None or math.isfinite(price) else None,
            "in_stock": self.in_stock,
            "image_key": self.image_key,
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: a product (or variant, or image), shown by the image of it that matched best.

    Attributes:
        product_id: what matched.
        variant_id: the variant whose image matched best, None where the product has no variants.
        image: location of the image that matched best, as its source names it.
        image_key: the same image, for `Engine.thumbnail`.
        title: title of the variant, or of the product.
        similarity: cosine in [-1, 1]; of a question with words, the sum of `lanes`.
        attributes: the matched variant's other columns (category, price, color, …).
        variants: the product's variants, best known first; empty unless folded by product.
        lanes: of a question with words, what each lane brings; they add up to `similarity`. Empty for other questions.
        score: what it was ordered by, where that is not the similarity; None elsewhere.
        rules: names of the shop's rules that moved it.
        instead: of a sold-out hit, the nearest product that is available; its similarity is to the sold-out one.
    """

    product_id: ProductId
    variant_id: VariantId | None
    image: str
    image_key: ImageKey
    title: str | None
    similarity: float
    attributes: Attributes
    variants: tuple[VariantSummary, ...] = ()
    lanes: Mapping[str, float] = field(default_factory=dict[str, float])
    score: float | None = None
    rules: tuple[str, ...] = ()
    instead: Hit | None = None

    def group(self, by: FoldBy) -> Hashable:
        """What it is a hit of, where one hit is one product, variant or image: alike for those that are the same."""
        match by:
            case "product":
                return self.product_id
            case "variant":
                return self.product_id, self.variant_id
            case "image":
                return self.image_key

    @property
    def clip_seconds(self) -> float | None:
        """Where `image` is a moment of a clip (``tour.mp4#t=12.34``), its time in seconds; None for a picture."""
        clip, mark, seconds = self.image.rpartition("#t=")
        return float(seconds) if mark and clip and seconds.replace(".", "", 1).isdigit() else None


@dataclass(frozen=True, slots=True)
class Hits(Sequence[Hit]):
    """Hits in order of falling similarity, each product/variant/image at most once.

    Attributes:
        items: the hits.
        by: what counts as one.
        arranged: whether another order was asked for, measured to help, or set by the shop's rules; then similarities
            need not fall.

    Raises:
        ValueError: out of order, or one of them twice.
    """

    items: tuple[Hit, ...] = ()
    by: FoldBy = field(default="product")
    arranged: bool = False

    def __post_init__(self) -> None:
        similarities = [hit.similarity for hit in self.items]
        if not self.arranged and any(a < b for a, b in pairwise(similarities)):
            raise ValueError(f"hits must come in order of falling similarity, received {similarities[:20]}")
        match self.by:
            case "product":
                names: list[object] = [hit.product_id for hit in self.items]
            case "variant":
                names = [(hit.product_id, hit.variant_id) for hit in self.items]
            case "image":
                names = [hit.image_key for hit in self.items]
        if len(set(names)) != len(names):
            raise ValueError(f"each {self.by} may be hit once only, received {names[:20]}")

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, index: int | slice) -> Hit | tuple[Hit, ...]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.items)
