"""The words of a sync: what a batch brings, what the store already knows, what came of it.

A batch names contents by the SHA-256 of their original bytes and variants by the shop's ids; keys are the
store's business. `lookalike.catalog.batch` applies it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lookalike.catalog.columns import ColumnType
from lookalike.catalog.text_vectors import SentenceVectors
from lookalike.types import (
    Attributes,
    AttributeValue,
    ImageKey,
    PictureKey,
    ProductId,
    Reason,
    Rejection,
    VariantId,
    Vectors,
)

__all__ = [
    "Applied",
    "Conflict",
    "ImageEntry",
    "KnownImage",
    "KnownPicture",
    "KnownRejection",
    "KnownVariant",
    "PictureEntry",
    "RejectionEntry",
    "Removed",
    "SyncBatch",
    "UnknownContents",
    "VariantEntry",
]


class UnknownContents(ValueError):
    """A batch names contents that neither the store nor the batch has; the store had them when they were looked up.

    Args:
        sha256s: of the contents.
        named: what names them, and how.

    Attributes:
        sha256s: of the contents.
    """

    def __init__(self, sha256s: Sequence[str], named: str = "images show") -> None:
        self.sha256s = frozenset(sha256s)
        first = min(self.sha256s)
        super().__init__(
            f"{named} {len(self.sha256s)} contents that neither the store nor the batch has, such as {first}"
        )


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One image of a variant: what is at `location` now.

    Attributes:
        location: path or URL, as the source names it.
        sha256: of the original bytes; known to the store or listed in the batch's pictures.
        position: order among the variant's images.
        validator: opaque; an equal one means unchanged bytes.
    """

    location: str
    sha256: str
    position: int = 0
    validator: str | None = None


@dataclass(frozen=True, slots=True)
class VariantEntry:
    """One variant as its source has it; attributes are checked against the catalogue's column types."""

    product_id: ProductId
    variant_id: VariantId | None
    attributes: Attributes
    images: tuple[ImageEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureEntry:
    """One content.

    Attributes:
        sha256: of the original bytes, 64 lower-case hex digits.
        width: of the upright original, pixels.
        height: of the upright original, pixels.
        format: of the original bytes, ``jpeg``, ``png``, ….
        perceptual_hash: unsigned, 64 bits.
        kept: whether a normalised copy is on disk already.
        colouring: `lookalike.images.colouring` of it, packed; None where nobody looked.
    """

    sha256: str
    width: int
    height: int
    format: str
    perceptual_hash: int | None = None
    kept: bool = False
    colouring: bytes | None = None

    def __post_init__(self) -> None:
        if len(self.sha256) != 64:
            raise ValueError(f"sha256 must be 64 hex digits, received {self.sha256!r}")
        if self.perceptual_hash is not None and not 0 <= self.perceptual_hash < 1 << 64:
            raise ValueError(f"perceptual_hash must be an unsigned 64 bit number, received {self.perceptual_hash}")


@dataclass(frozen=True, slots=True)
class RejectionEntry:
    """One rejection, with the state of the bytes that were rejected, so that they are retried when they change.

    Attributes:
        rejection: what and why.
        validator: of the location when it was read, where there is one.
        sha256: of the bytes, where they could be read.
        drops_image: the picture that was at that location before is gone for good.
    """

    rejection: Rejection
    validator: str | None = None
    sha256: str | None = None
    drops_image: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SyncBatch:
    """What one transaction brings; any part may be empty.

    Attributes:
        variants: the same variant may come several times, its images are united.
        pictures: contents that the store may not have; those no image shows are left out.
        vector_sha256s: content of each row of `vectors`.
        vectors: shape (n, dimension of the release), float32, finite.
        runtime: what computed the vectors, recorded beside them.
        precision: of the computation, recorded beside them.
        rejections: what could not be used.
        columns: types of the source's columns.
        sentences: vectors of what the variants say, where there is a sentence model.
        replace: whatever else the named products had is removed.
    """

    variants: tuple[VariantEntry, ...] = ()
    pictures: tuple[PictureEntry, ...] = ()
    vector_sha256s: tuple[str, ...] = ()
    vectors: Vectors | None = None
    runtime: str = ""
    precision: str = ""
    rejections: tuple[RejectionEntry, ...] = ()
    columns: Mapping[str, ColumnType] = field(default_factory=dict[str, ColumnType])
    sentences: SentenceVectors | None = None
    replace: bool = False

    def __post_init__(self) -> None:
        n_vectors = 0 if self.vectors is None else len(self.vectors)
        if n_vectors != len(self.vector_sha256s):
            raise ValueError(f"one vector per sha256 is needed, received {n_vectors} for {len(self.vector_sha256s)}")


@dataclass(frozen=True, slots=True)
class KnownImage:
    """What the store has at a location of a variant; `has_vector` in the release that was asked for."""

    image_key: ImageKey
    picture_key: PictureKey
    sha256: str
    validator: str | None
    position: int
    has_vector: bool
    kept: bool


@dataclass(frozen=True, slots=True)
class KnownVariant:
    """What the store has of a variant; images by location."""

    variant_key: int
    product_key: int
    attributes: Attributes
    images: Mapping[str, KnownImage]


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """What the store has of a content; `has_vector` in the release that was asked for."""

    picture_key: PictureKey
    sha256: str
    width: int
    height: int
    format: str
    perceptual_hash: int | None
    kept: bool
    has_vector: bool


@dataclass(frozen=True, slots=True)
class KnownRejection:
    """Why a location could not be used last time, and the state of its bytes then."""

    reason: Reason
    detail: str
    validator: str | None
    sha256: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row that says something else of a variant than a row above it; what was said first is kept."""

    product_id: ProductId
    variant_id: VariantId | None
    column: str
    kept: AttributeValue
    ignored: AttributeValue


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a batch.

    Attributes:
        products_added: products that were not in the store.
        variants_added: variants that were not in the store.
        variants_updated: variants whose attributes changed.
        variants_unchanged: variants whose attributes did not.
        images_added: images at locations their variant did not have.
        images_updated: images that show another content now.
        images_unchanged: images that show what they showed.
        images_removed: images dropped by `replace` or by a rejection that says so.
        pictures_added: contents that were not in the store.
        vectors_added: vectors that the release did not have.
        rejected: rejections recorded.
        removed_pictures: contents that nobody shows any more; they are gone, with their vectors.
        removed_sha256s: the same, by content.
        picture_keys: of every content that the batch named.
        image_keys: of every image that the batch named, by product, variant and location.
        sequence: of the store afterwards.
        conflicts: where rows of one variant, of this batch or of those before it in the run, say different things.
    """

    products_added: int
    variants_added: int
    variants_updated: int
    variants_unchanged: int
    images_added: int
    images_updated: int
    images_unchanged: int
    images_removed: int
    pictures_added: int
    vectors_added: int
    rejected: int
    removed_pictures: tuple[PictureKey, ...]
    removed_sha256s: tuple[str, ...]
    picture_keys: Mapping[str, PictureKey]
    image_keys: Mapping[tuple[ProductId, VariantId | None, str], ImageKey]
    sequence: int
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """How much a prune or a deletion took away."""

    products: int = 0
    variants: int = 0
    images: int = 0
    pictures: int = 0
    rejections: int = 0
