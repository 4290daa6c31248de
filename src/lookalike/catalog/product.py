"""What the catalogue hands out: products with their variants and images, what a hit shows, how much there is."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.types import Attributes, ImageKey, PictureKey, ProductId, VariantId

__all__ = ["Counts", "ImageDetail", "ImageFingerprint", "ImageInfo", "ImageSource", "Product", "Variant"]


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """One image of a variant; width and height are the upright original's, in pixels."""

    image_key: ImageKey
    location: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One colour or size of a product; `variant_id` is None where the product has no named variants."""

    variant_id: VariantId | None
    attributes: Attributes
    images: tuple[ImageInfo, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold, with its variants in the order in which the store met them."""

    product_id: ProductId
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where an image comes from and what it shows.

    Attributes:
        image_key: this appearance.
        picture_key: the content that it shows.
        location: path or URL, as its source names it.
        sha256: of the original bytes; names the kept copy.
        product_id: whose it is.
        variant_id: whose it is.
        kept: whether a normalised copy was kept.
        width: of the upright original, pixels.
        height: of the upright original, pixels.
        format: of the original bytes, ``jpeg``, ``png``, ….
    """

    image_key: ImageKey
    picture_key: PictureKey
    location: str
    sha256: str
    product_id: ProductId
    variant_id: VariantId | None
    kept: bool
    width: int
    height: int
    format: str


@dataclass(frozen=True, slots=True)
class ImageDetail:
    """What a hit shows of the image that matched; `attributes` are its variant's, without the title."""

    image_key: ImageKey
    product_key: int
    variant_key: int
    product_id: ProductId
    variant_id: VariantId | None
    location: str
    title: str | None
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class ImageFingerprint:
    """What tells an image from others: exactly (`sha256`) and by its looks (unsigned, 64 bits)."""

    location: str
    product_id: ProductId
    sha256: str
    perceptual_hash: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is in the store; `vectors` are the live release's."""

    products: int
    variants: int
    images: int
    pictures: int
    rejected: int
    vectors: int
