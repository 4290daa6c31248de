"""What a run learns from: one catalogue or several, each of one or more sources that share their products."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lookalike.errors import InvalidConfiguration
from lookalike.sources import PictureReader, Record, Source, open_source
from lookalike.types import ProductId, Reason, Rejection, VariantId

__all__ = ["ITSELF", "PRODUCT", "UNTOLD", "Catalogue", "Sighting", "catalogues_of", "require_order", "sightings"]

_NAMED = re.compile(r"([A-Za-z0-9_-]+)=(.+)", re.DOTALL)
PRODUCT = "product_id"
ITSELF = "image"
"""Column that labels each picture with itself: for pictures of which nobody said what they show."""
UNTOLD = ""
"""In place of a column: nobody said what these pictures show, and it is guessed from those of the other catalogues."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Sources whose product ids mean the same products.

    Attributes:
        name: tells its products apart from those of other catalogues; empty where there is only one.
        sources: paths or URLs, as `lookalike index` takes them; photographs and product pages may lie in two.
        label: column whose values are what is told apart: ``product_id``, ``variant_id``, ``image`` (each picture is
            a thing of its own), any other, or `UNTOLD`.
    """

    name: str
    sources: tuple[str, ...]
    label: str = PRODUCT


@dataclass(frozen=True, slots=True)
class Sighting:
    """One picture of one thing that is to be told apart, not read yet.

    Attributes:
        image: location as its source names it.
        label: name of the thing, unique over all catalogues; `UNTOLD` where nobody said.
        catalogue: number of the catalogue.
        kind: number of the source: photographs and product pages usually lie in two.
        category: as the source says; empty where it does not.
        reader: reads the picture.
        product_id: as the source says.
        variant_id: as the source says.
        line: of the source.
    """

    image: str
    label: str
    catalogue: int
    kind: int
    category: str
    reader: PictureReader
    product_id: ProductId
    variant_id: VariantId | None
    line: int | None


def catalogues_of(
    sources: Sequence[str], labels: Sequence[str] = (), rest: Sequence[str] = ()
) -> tuple[Catalogue, ...]:
    """Catalogues of what a command line says, in order of their first source.

    Args:
        sources: paths or URLs; ``NAME=SOURCE`` puts a source to the catalogue NAME. Sources of one catalogue, and all
            those without a name, share their product ids.
        labels: ``COLUMN`` for all catalogues, or ``NAME=COLUMN`` for one.
        rest: paths or URLs of pictures without labels, most of which show what the others do; they come last.

    Raises:
        InvalidConfiguration: no source, a label for a catalogue that is not there or without a column, or a `rest`
            beside pictures that are things of their own.
    """
    if not sources:
        raise InvalidConfiguration("no source was given: expected a folder, or a CSV, TSV, JSONL or Parquet file")
    held: dict[str, list[str]] = {}
    for source in sources:
        named = None if Path(source).exists() else _NAMED.fullmatch(source)
        name, place = (named[1], named[2]) if named is not None else ("", source)
        held.setdefault(name, []).append(place)
    columns = dict.fromkeys(held, PRODUCT)
    for label in labels:
        name, equals, column = label.partition("=")
        if not (column if equals else name):
            raise InvalidConfiguration(f"--label {label!r} names no column: expected COLUMN or NAME=COLUMN")
        if not equals:
            columns = dict.fromkeys(held, label)
            continue
        if name not in held:
            known = ", ".join(name for name in held if name) or "none has a name: write NAME=SOURCE"
            raise InvalidConfiguration(f"--label {label}: there is no catalogue {name!r} (catalogues: {known})")
        columns[name] = column
    told = tuple(Catalogue(name, tuple(places), columns[name]) for name, places in held.items())
    catalogues = (*told, Catalogue("", tuple(rest), UNTOLD)) if rest else told
    require_order(catalogues)
    return catalogues


def require_order(catalogues: Sequence[Catalogue]) -> None:
    """Refuse catalogues of `UNTOLD` before others, and beside those of `ITSELF`.

    Raises:
        InvalidConfiguration: as above.
    """
    labels = [catalogue.label for catalogue in catalogues]
    if UNTOLD not in labels:
        return
    if ITSELF in labels:
        raise InvalidConfiguration(
            "--rest is guessed from pictures that have labels, and --unlabelled (--label image) says that there are "
            "none: leave one of them out"
        )
    if any(label != UNTOLD for label in labels[labels.index(UNTOLD) :]):
        raise InvalidConfiguration("catalogues without labels (UNTOLD) come last: put them behind the others")


def sightings(catalogues: Sequence[Catalogue]) -> Iterator[Sighting | Rejection]:
    """Every picture that the catalogues name, in order; rows that cannot be used as rejections.

    Raises:
        SourceError: a source cannot be read at all.
        InvalidConfiguration: not one row of a catalogue has a value in the column of its label.
    """
    kind = 0
    for number, catalogue in enumerate(catalogues):
        columns: dict[str, None] = {}
        for place in catalogue.sources:
            source = open_source(place)
            yield from _of_source(source, catalogue, number, kind, columns)
            kind += 1
        if columns and catalogue.label not in (*columns, ITSELF, UNTOLD):
            raise InvalidConfiguration(
                f"no row of {', '.join(catalogue.sources)} has a value in the column {catalogue.label!r} of --label: "
                f"expected one of {', '.join(columns)}"
            )


def _of_source(
    source: Source, catalogue: Catalogue, number: int, kind: int, columns: dict[str, None]
) -> Iterator[Sighting | Rejection]:
    """The pictures of one source; columns that hold something are added to `columns`."""
    reader = source.reader()
    for record in source.records():
        if isinstance(record, Rejection):
            yield record
            continue
        columns |= dict.fromkeys([PRODUCT, "variant_id", *record.attributes])
        value = _label(record, catalogue.label)
        if value is None:
            yield Rejection(
                record.images[0],
                Reason.BAD_ROW,
                f"the column {catalogue.label} is empty or missing, so that nothing says what the picture shows: "
                f"fill it in, or choose another --label",
                record.product_id,
                record.variant_id,
                record.line,
            )
            continue
        category = record.attributes.get("category")
        for image in record.images:
            thing = image if catalogue.label == ITSELF else value
            label = f"{catalogue.name}={thing}" if catalogue.name and catalogue.label != UNTOLD else thing
            yield Sighting(
                image,
                label,
                number,
                kind,
                str(category) if category is not None else "",
                reader,
                record.product_id,
                record.variant_id,
                record.line,
            )


def _label(record: Record, column: str) -> str | None:
    match column:
        case "":  # UNTOLD
            return UNTOLD
        case "product_id" | "image":
            return record.product_id
        case "variant_id":
            # A product without variants is one variant of itself.
            return f"{record.product_id}/{record.variant_id or ''}"
        case _:
            # A column is a number in one source and text in another, by what else it holds there.
            match record.attributes.get(column):
                case None:
                    return None
                case bool(value):
                    return str(value).lower()
                case float(value) if value.is_integer():
                    return str(int(value))
                case value:
                    return str(value)
