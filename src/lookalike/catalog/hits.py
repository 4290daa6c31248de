"""What every search reads: where the store stands, what a hit shows, its variants. Each statement is compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select

from lookalike.catalog import tables
from lookalike.catalog.attributes import COLUMNS, unpack
from lookalike.catalog.database import Database, Row, Statement
from lookalike.catalog.product import ImageDetail
from lookalike.types import VariantSummary

__all__ = ["HitReader"]

_WIDTHS = (16, 64, 256, 1024)
"""Numbers of keys that a statement is compiled for; fewer keys repeat the last one."""

_p, _v, _i = tables.products.c, tables.variants.c, tables.images.c
_TITLE = COLUMNS.index("title")


class HitReader:
    """Reads what searches show, on the calling thread's bare connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sequence = database.compiled(select(tables.state.c.sequence))
        self._pictured = database.compiled(_pictured())
        self._details: dict[int, str] = {}
        self._variants: dict[int, str] = {}
        self._colourings: dict[int, str] = {}

    def sequence(self) -> int:
        """Where the store stands."""
        return self._database.rows(self._sequence)[0][0]  # pyright: ignore[reportReturnType]

    def pictured(self) -> tuple[int | None, ...]:
        """Which pictures the products have, in which release: see `OpenStore.pictured`."""
        return tuple(self._database.rows(self._pictured)[0])  # pyright: ignore[reportReturnType]

    def details(self, image_keys: Sequence[int]) -> dict[int, ImageDetail]:
        """What hits show of these images; images that are gone are left out."""
        found: dict[int, ImageDetail] = {}
        for row in self._rows(_details, self._details, image_keys):
            image_key, location, variant_key, product_key, product_id, variant_id, *values = row
            attributes = unpack(values)
            title = values[_TITLE]
            attributes.pop("title", None)
            found[image_key] = ImageDetail(  # pyright: ignore[reportArgumentType]
                image_key, product_key, variant_key, product_id, variant_id, location, title, attributes
            )
        return found

    def variants(self, product_keys: Sequence[int]) -> dict[int, tuple[VariantSummary, ...]]:
        """What a hit shows of each variant of these products, in the order in which the store met them."""
        found: dict[int, list[VariantSummary]] = {}
        for product_key, _, variant_id, title, color, price, in_stock, image_key in sorted(
            self._rows(_variants, self._variants, product_keys), key=_by_variant
        ):
            stocked = None if in_stock is None else bool(in_stock)
            found.setdefault(product_key, []).append(
                VariantSummary(variant_id, title, color, price, stocked, image_key)
            )
        return {product_key: tuple(summaries) for product_key, summaries in found.items()}

    def colourings(self, picture_keys: Sequence[int]) -> dict[int, bytes]:
        """The packed colours of those of these pictures that have any."""
        rows = self._rows(_colourings, self._colourings, picture_keys)
        return {key: packed for key, packed in rows if packed is not None}  # pyright: ignore[reportReturnType]

    def _rows(self, statement: Callable[[int], Statement], compiled: dict[int, str], keys: Sequence[int]) -> list[Row]:
        """Rows for all keys, in as few statements as there are widest lists among them."""
        unique = list(dict.fromkeys(int(key) for key in keys))
        rows: list[Row] = []
        for start in range(0, len(unique), _WIDTHS[-1]):
            chunk = unique[start : start + _WIDTHS[-1]]
            width = next(width for width in _WIDTHS if width >= len(chunk))
            if width not in compiled:
                compiled[width] = self._database.compiled(statement(width))
            rows += self._database.rows(compiled[width], chunk + [chunk[-1]] * (width - len(chunk)))
        return rows


def _by_variant(row: Row) -> int:
    return row[1]  # pyright: ignore[reportReturnType]


def _pictured() -> Statement:
    state, vectors, tombstones = tables.state.c, tables.vectors.c, tables.tombstones.c
    return select(
        state.live_release,
        select(func.max(_i.sequence)).scalar_subquery(),
        select(func.max(tombstones.sequence)).scalar_subquery(),
        select(func.max(vectors.sequence))
        .where(vectors.release_key == state.live_release)
        .correlate(tables.state)
        .scalar_subquery(),
    )


def _among(column: ColumnElement[int], width: int) -> ColumnElement[bool]:
    return column.in_([bindparam(f"key{position}") for position in range(width)])


def _details(width: int) -> Statement:
    return (
        select(
            _i.image_key,
            _i.location,
            _v.variant_key,
            _v.product_key,
            _p.product_id,
            _v.variant_id,
            *(_v[name] for name in COLUMNS),
        )
        .join_from(tables.images, tables.variants)
        .join(tables.products, _p.product_key == _v.product_key)
        .where(_among(_i.image_key, width))
    )


def _colourings(width: int) -> Statement:
    pictures = tables.pictures.c
    return select(pictures.picture_key, pictures.colouring).where(_among(pictures.picture_key, width))


def _variants(width: int) -> Statement:
    first_image = (
        select(_i.image_key)
        .where(_i.variant_key == _v.variant_key)
        .order_by(_i.position, _i.image_key)
        .limit(literal_column("1"))
        .offset(literal_column("0"))
        .correlate(tables.variants)
        .scalar_subquery()
    )
    return select(
        _v.product_key, _v.variant_key, _v.variant_id, _v.title, _v.color, _v.price, _v.in_stock, first_image
    ).where(_among(_v.product_key, width))
