"""What a source yields, and the two seams of this room: `Source` and `PictureReader`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from lookalike.types import Attributes, ProductId, Rejection, VariantId

__all__ = ["STANDARD_COLUMNS", "ColumnType", "PictureBytes", "PictureReader", "Record", "Source", "Unchanged"]

ColumnType: TypeAlias = Literal["text", "number", "boolean"]

STANDARD_COLUMNS: Mapping[str, ColumnType] = {
    "title": "text",
    "description": "text",
    "category": "text",
    "price": "number",
    "color": "text",
    "brand": "text",
    "in_stock": "boolean",
    "url": "text",
}
"""Columns whose type is fixed; every other column is typed by what it holds."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a source: pictures of one product or variant, and what is known of it.

    Attributes:
        product_id: what the pictures show; several records may share it.
        variant_id: which colour or size of it, None where the source does not tell variants apart.
        images: locations as the source names them, at least one, none twice, in the source's order.
        attributes: typed values; missing ones are absent.
        line: line of the text file (the first, where a row spans several) or row number of a Parquet file or
            JSON array, one-based; None for a folder.
    """

    product_id: ProductId
    variant_id: VariantId | None
    images: tuple[str, ...]
    attributes: Attributes = field(default_factory=dict[str, str | float | int | bool])
    line: int | None = None

    def __post_init__(self) -> None:
        if not self.product_id or not self.images or not all(self.images):
            raise ValueError(f"a record needs a product_id and at least one image location, received {self}")


@dataclass(frozen=True, slots=True)
class PictureBytes:
    """The bytes of a picture, not looked into.

    Attributes:
        data: as stored or served.
        validator: opaque; hand it to the next `PictureReader.read` of the same location. None where the place
            offers nothing to recognise an unchanged picture by.
    """

    data: bytes
    validator: str | None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The picture is the one that the validator was given for; nothing was read."""


@runtime_checkable
class PictureReader(Protocol):
    """Gets the bytes behind the locations of one source. Safe to call from several threads."""

    def read(self, location: str, validator: str | None) -> PictureBytes | Unchanged:
        """The picture at `location`, or `Unchanged` where `validator` still describes it.

        Raises:
            ImageRejected: not there, not allowed, too large, or not delivered in time.
        """
        ...


@runtime_checkable
class Source(Protocol):
    """A catalogue to be indexed. Everything may be called again, and then looks again."""

    @property
    def name(self) -> str:
        """Where the records come from, the same on every run; never holds a password."""
        ...

    def records(self) -> Iterator[Record | Rejection]:
        """Every row, in the source's own order; what cannot be used comes as a `Rejection`.

        Raises:
            SourceError: the source cannot be read at all (any more).
        """
        ...

    def reader(self) -> PictureReader:
        """What reads the pictures that the records name."""
        ...

    def column_types(self) -> Mapping[str, ColumnType]:
        """Types of the columns beyond `STANDARD_COLUMNS`, over the whole source.

        Raises:
            SourceError: the source cannot be read at all.
        """
        ...
