"""A table as a catalogue: rows of any format become typed records, and bad ones rejections with their line."""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast, final

from lookalike.errors import SourceError
from lookalike.sources.cells import Cell, as_boolean, as_text
from lookalike.sources.columns import ColumnPlan, is_of_money, plan_columns
from lookalike.sources.exports import Export, ExportRows
from lookalike.sources.inference import Column, TypeInference
from lookalike.sources.price import DecimalMark, decimal_mark, price_of
from lookalike.sources.record import STANDARD_COLUMNS, ColumnType, PictureReader, Record
from lookalike.sources.rows import BadRow, Row, RowReader, TableBytes
from lookalike.sources.text_lines import has_broken_text
from lookalike.types import AttributeValue, ProductId, Reason, Rejection, VariantId

__all__ = ["TableSource"]

logger = logging.getLogger(__name__)

# Begun only where such a run begins: from within a long one each place would be tried with each other.
_BETWEEN_URLS: Final = re.compile(r"(?<![,;\s])[,;\s]+(?=https?://)", re.IGNORECASE)
_NAMES_OF_A_PICTURE: Final = ("src", "url", "path")
_SHOWN_CHARACTERS: Final = 80
_NEEDED: Final = ("product_id", "image")
_MOST_COLUMNS: Final = 2_000
"""Twice as many as a catalogue may have; where each row has names of its own, looking on would take for ever."""
_OF_PRODUCT: Final = ("title", "description", "category", "brand")
"""Columns that are about a product whatever its variant."""


@dataclass(frozen=True, slots=True)
class _Survey:
    """What one pass over the whole file told."""

    state: str
    plan: ColumnPlan
    extras: Mapping[str, Column]
    mark: DecimalMark | None


class _OfProduct:
    """What the rows just above say of a product as a whole: exports write it once, and leave it out at its variants."""

    def __init__(self) -> None:
        self._product_id = ""
        self._values: dict[str, AttributeValue] = {}
        self._of_variants: dict[str | None, dict[str, AttributeValue]] = {}

    def complete(self, product_id: str, variant_id: str | None, attributes: dict[str, AttributeValue]) -> None:
        """Fill in what a row leaves out and a row above it, of the same product and none between, has said.

        What was said of the row's own variant goes before what was said of another.
        """
        if product_id != self._product_id:
            self._product_id, self._values, self._of_variants = product_id, {}, {}
        own = self._of_variants.setdefault(variant_id, {})
        for name in _OF_PRODUCT:
            if name in attributes:
                self._values.setdefault(name, attributes[name])
                own.setdefault(name, attributes[name])
            elif name in own:
                attributes[name] = own[name]
            elif name in self._values:
                attributes[name] = self._values[name]


@final
class TableSource:
    """The rows of a CSV, TSV, JSONL, JSON, Parquet or XML file as records.

    The file is read twice: once for the types of its columns, once for its records; neither holds it in memory.
    """

    def __init__(self, name: str, table: TableBytes, rows: RowReader, make_reader: Callable[[], PictureReader]) -> None:
        """Make records of `rows`, which read `table`; pictures are read by what `make_reader` returns."""
        self._name = name
        self._table = table
        self._rows = rows
        self._make_reader = make_reader
        self._known: _Survey | None = None

    @property
    def name(self) -> str:
        """The file's absolute path, or its URL without password."""
        return self._name

    def reader(self) -> PictureReader:
        """Reads paths relative to the table, and URLs."""
        return self._make_reader()

    def column_types(self) -> Mapping[str, ColumnType]:
        """Types of the columns that the format does not know, in the table's order.

        Raises:
            SourceError: the file cannot be read, or has no ``product_id`` or ``image``.
        """
        return {name: column.type for name, column in self._survey().extras.items()}

    def export(self) -> Export | None:
        """The shop's product export that it was taken for; None for another table.

        Raises:
            SourceError: the file cannot be read.
        """
        return self._rows.export() if isinstance(self._rows, ExportRows) else None

    def records(self) -> Iterator[Record | Rejection]:
        """One record a row; a row without product or picture, or with a value that cannot be, is rejected.

        Raises:
            SourceError: the file cannot be read, or has no ``product_id`` or ``image``.
        """
        survey = self._survey()
        said = _OfProduct()
        for row in self._rows.rows():
            if isinstance(row, BadRow):
                rejected = self._rejected(row.line, row.detail)
                yield replace(rejected, hides=row.words, breaks_off=row.breaks_off)
            else:
                yield self._record(row, survey, said)

    def _record(self, row: Row, survey: _Survey, said: _OfProduct) -> Record | Rejection:
        plan = survey.plan
        problems: list[str] = []
        product_id = variant_id = None
        images: tuple[str, ...] = ()
        try:
            product_id = _identifier("product_id", _first(row, plan.roles["product_id"]))
            variant_id = _identifier("variant_id", _first(row, plan.roles.get("variant_id", ())))
            images = _locations(row, plan)
        except ValueError as exc:
            problems.append(str(exc))
        else:
            if product_id is None:
                problems.append("the row has no product_id")
            if not images:
                problems.append("the row has no image")
        if plan.merchant and variant_id == product_id:
            variant_id = None
        attributes = _attributes(row, survey, problems)
        if product_id is not None:
            said.complete(product_id, variant_id, attributes)
        if problems or product_id is None:
            # Of a row of no product a picture says whose it may be.
            location = images[0] if len(images) == 1 or (images and product_id is None) else None
            return self._rejected(row.line, "; ".join(problems), location, product_id, variant_id)
        return Record(
            ProductId(product_id), VariantId(variant_id) if variant_id else None, images, attributes, row.line
        )

    def _rejected(
        self,
        line: int,
        detail: str,
        location: str | None = None,
        product_id: str | None = None,
        variant_id: str | None = None,
    ) -> Rejection:
        return Rejection(
            location or f"{self._table.name}:{line}",
            Reason.BAD_ROW,
            f"line {line} of {self._table.name}: {detail}",
            ProductId(product_id) if product_id else None,
            VariantId(variant_id) if variant_id else None,
            line,
        )

    def _survey(self) -> _Survey:
        state = self._table.state()
        if self._known is None or self._known.state != state:
            self._known = self._look(state)
        return self._known

    def _look(self, state: str) -> _Survey:
        declared = self._rows.names()
        plan = None if declared is None else plan_columns(self._table.name, declared)
        # Where only the rows tell the names, every column is watched until all are known.
        watched = {name: self._watch(name) for name in (plan.extras if plan else ())}
        prices = [*plan.roles.get("price", ()), *filter(is_of_money, plan.extras)] if plan else []
        marks: dict[str, set[DecimalMark]] = {}
        first_bad: BadRow | None = None
        n_filled = 0
        for row in self._rows.rows():
            if isinstance(row, BadRow):
                first_bad = first_bad or row
                continue
            if declared is None:
                for name, cell in row.cells.items():
                    if name not in watched:
                        watched[name] = self._watch(name)
                        prices += [name] if is_of_money(name) else []
                        # What every row names and leaves empty is as in a table that declares its columns.
                        n_filled += cell is not None
                if n_filled > _MOST_COLUMNS:
                    raise SourceError(
                        f"{self._table.name} has more than {_MOST_COLUMNS:,} columns with values by line {row.line}; "
                        "where every product has names of its own, write them as one list in one column"
                    )
            for name, inference in watched.items():
                if not inference.is_settled:
                    inference.observe(row.cells.get(name))
            for name in prices:
                mark = decimal_mark(row.cells.get(name))
                if mark is not None:
                    marks.setdefault(name, set()).add(mark)
        if plan is None:
            is_export = self.export() is not None
            if not watched and first_bad is not None and not is_export:
                raise SourceError(
                    f"{self._table.name} holds no row that can be read; line {first_bad.line}: {first_bad.detail}"
                )
            # An export of which nothing is for sale has no rows to tell names.
            plan = plan_columns(self._table.name, tuple(watched) or (_NEEDED if is_export else ()))
        used: set[DecimalMark] = set().union(*(marks.get(name, ()) for name in plan.roles.get("price", ())))
        if len(used) > 1:
            logger.warning("prices of %s are written with decimal points and decimal commas", self._table.name)
        mark = _only(used)
        extras = {name: watched[name].column(_only(marks.get(name, ())) or mark) for name in plan.extras}
        return _Survey(state, plan, extras, mark)

    def _watch(self, name: str) -> TypeInference:
        return TypeInference(typed=self._rows.typed, money=is_of_money(name))


def _only(marks: Collection[DecimalMark]) -> DecimalMark | None:
    """The mark that all of a column use; None where there is none, or they differ."""
    return next(iter(marks)) if len(marks) == 1 else None


def _first(row: Row, names: tuple[str, ...]) -> Cell:
    return next((cell for name in names if as_text(cell := row.cells.get(name)) is not None), None)


def _identifier(role: str, cell: Cell) -> str | None:
    text = as_text(cell)
    if text is None or text.isprintable():
        return text
    if has_broken_text(text) or any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError(f"the {role} {text!r} holds characters that cannot be part of a name")
    return text


def _locations(row: Row, plan: ColumnPlan) -> tuple[str, ...]:
    found: list[str] = []
    for name in plan.roles["image"]:
        cell = row.cells.get(name)
        for item in cell if isinstance(cell, tuple) else (cell,):
            text = as_text(item) or ""
            named = _named_by_object(text)
            if named is not None:
                found.append(named)
                continue
            for part in [text] if isinstance(cell, tuple) else text.split("|"):
                found += [part] if isinstance(cell, tuple) and not plan.merchant else _BETWEEN_URLS.split(part)
    locations = tuple(dict.fromkeys(location.strip() for location in found if location.strip()))
    for location in locations:
        if has_broken_text(location):
            raise ValueError(f"the image {location!r} holds characters that cannot be part of a name")
    return locations


def _named_by_object(text: str) -> str | None:
    """The picture that an object of JSON names, as shop systems write them; None for what is no object.

    Raises:
        ValueError: it names none.
    """
    if not text.startswith("{"):
        return None
    try:
        named = cast("object", json.loads(text))
    except (ValueError, RecursionError):
        return None
    if not isinstance(named, dict):
        return None
    values = (cast("dict[str, object]", named).get(name) for name in _NAMES_OF_A_PICTURE)
    picture = next((value for value in values if isinstance(value, str) and value.strip()), None)
    if picture is None:
        shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
        raise ValueError(
            f"the image {shown} names no picture; expected a path or URL, or an object with src, url or path"
        )
    return picture


def _attributes(row: Row, survey: _Survey, problems: list[str]) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    cells = row.cells
    for name, names in survey.plan.roles.items():
        if name not in STANDARD_COLUMNS:
            continue
        try:
            value = _standard(name, cells.get(names[0]), survey.mark)
            if value is not None:
                attributes[name] = value
        except ValueError as exc:
            problems.append(f"{name}: {exc}")
    for name, column in survey.extras.items():
        try:
            value = column.value_of(cells.get(name))
            if value is not None:
                attributes[name] = value
        except ValueError as exc:
            problems.append(f"{name}: {exc}")
    problems += [
        f"{name}: holds a NUL or half a character"
        for name, value in attributes.items()
        if isinstance(value, str) and has_broken_text(value)
    ]
    return attributes


def _standard(name: str, cell: Cell, mark: DecimalMark | None) -> AttributeValue | None:
    match name:
        case "price":
            return price_of(cell, mark=mark)
        case "in_stock":
            return as_boolean(cell)
        case _:
            return as_text(cell)
