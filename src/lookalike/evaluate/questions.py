"""A file of queries with their right answers.

Queries are ``image``, ``like``, ``text`` or ``audio``; answers ``product_id``, ``variant_id`` or ``answer_image``, and
optionally ``grades``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from lookalike.errors import SourceError
from lookalike.evaluate.variant_names import VariantNames
from lookalike.images.limits import ImageLimits
from lookalike.sources.columns import spelled
from lookalike.sources.delimited import DelimitedRows
from lookalike.sources.local import LocalReader
from lookalike.sources.locations import is_url
from lookalike.sources.rows import BadRow, MemoryBytes, Row
from lookalike.sources.text_lines import text_encoding
from lookalike.types import FoldBy, ProductId, Reason, Rejection

__all__ = ["Question", "Questions", "questions_in", "read_questions"]

_KNOWN = frozenset({"image", "like", "text", "audio", "product_id", "variant_id", "answer_image", "grades"})


@dataclass(frozen=True, slots=True)
class Question:
    """One query and its right answers.

    Attributes:
        image: picture to search by, None for a `like` query or words alone.
        like: product to search by, None for a picture query or words alone.
        answers: ids of the right products (or variants, or locations of the right images).
        cluster: what product the query is a photograph of; queries of one cluster are not independent.
        line: line of the file, one-based.
        grades: how right each answer is, above 0; empty where all are equally right.
        text: words to search by, alone or beside the picture or product; None where there are none.
        audio: recording of spoken words, alone or beside the picture or product; None where there is none.
    """

    image: Path | None
    like: ProductId | None
    answers: frozenset[str]
    cluster: str
    line: int
    grades: Mapping[str, float] = field(default_factory=dict[str, float])
    text: str | None = None
    audio: Path | None = None

    @property
    def named(self) -> str:
        """What it is asked by, the first of several, for a rejection."""
        return str(self.image or self.like or self.text or self.audio)

    def as_line(self, by: str) -> dict[str, object]:
        """Its line and its right answers, JSON-ready; `by` says what these are."""
        return {"line": self.line, f"{by}_id": "|".join(sorted(self.answers))}

    @property
    def is_photograph_alone(self) -> bool:
        """Whether a picture is all that is asked by, no words beside it."""
        return self.image is not None and self.text is None and self.audio is None


@dataclass(frozen=True, slots=True)
class Questions:
    """All usable queries of a file, and the rows that are none."""

    items: tuple[Question, ...]
    rejected: tuple[Rejection, ...]


def read_questions(path: Path, *, answer_column: str, variants: VariantNames | None = None) -> Questions:
    """Read queries from a CSV file, written as a catalogue's may be; a row may end before its last columns.

    Args:
        path: file with the columns ``image`` (relative to the file), ``like``, ``text`` or ``audio`` (relative to the
            file; these two may also stand beside one of the first two), and `answer_column`, in which several right
            answers are joined by ``|``. A column ``grades``, where there is one, has as many numbers above 0 joined in
            the same way (for nDCG: 3 for the same item, 1 for one that would do, say); empty for 1.
        answer_column: ``product_id``, ``variant_id`` or ``answer_image``.
        variants: of the catalogue that is asked: an answer whose ``variant_id`` several products have is told apart by
            the column ``product_id``, or written ``PRODUCT/VARIANT``. None to take ids as they are.

    Returns:
        A ``like`` query is not answered with its own product: that is no right answer, and alone it rejects the row.

    Raises:
        SourceError: no such file, not a table, or a column is missing or there twice.
    """
    try:
        data = path.read_bytes()  # once: it may be a pipe
        encoding = text_encoding(io.BytesIO(data))
        # What is neither marked nor UTF-8 is told to be saved anew: a name read wrongly would be a picture not found.
        text = data.decode(encoding if encoding.startswith("utf-") else "utf-8")
    except FileNotFoundError as error:
        raise SourceError(f"there is no file {path}; expected a CSV file of queries") from error
    except UnicodeError as error:
        raise SourceError(
            f"{path} cannot be read as a CSV file of queries: {error}; save it as CSV in UTF-8"
        ) from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read as a CSV file of queries: {error}") from error
    table = DelimitedRows(MemoryBytes(path.name, data), short_rows=True, meant=_KNOWN)
    columns = _columns(path, table.names() if text.strip() else (), answer_column)
    return _collect(path, table.rows(), columns, answer_column, variants)


def questions_in(path: Path, by: FoldBy, variants: VariantNames | None = None) -> Questions:
    """Read queries whose answers are products, variants or images; see `read_questions`."""
    return read_questions(path, answer_column="answer_image" if by == "image" else f"{by}_id", variants=variants)


def _columns(path: Path, names: Sequence[str], answer_column: str) -> Mapping[str, str]:
    """What the file calls each of the columns that mean something here."""
    found: dict[str, str] = {}
    for name in names:
        column = spelled(name)
        if column in _KNOWN and found.setdefault(column, name) != name:
            raise SourceError(
                f"{path} has several columns that could be {column!r}: {found[column]!r} and {name!r}; rename the one "
                "that is not meant"
            )
    if answer_column not in found:
        raise SourceError(
            f"{path} needs a column {answer_column!r} with the right answers, found {', '.join(names) or 'none'}; "
            f"use --by variant for variant_id, --by product for product_id, --by image for answer_image"
        )
    if not {"image", "like", "text", "audio"} & set(found):
        raise SourceError(f"{path} needs a column 'image', 'like', 'text' or 'audio', found {', '.join(names)}")
    return found


def _collect(
    path: Path,
    rows: Iterable[Row | BadRow],
    columns: Mapping[str, str],
    answer_column: str,
    variants: VariantNames | None,
) -> Questions:
    items: list[Question] = []
    rejected: list[Rejection] = []
    places = LocalReader(path.parent, max_bytes=ImageLimits().max_bytes)
    for row in rows:
        line = row.line
        if isinstance(row, BadRow):
            rejected.append(Rejection(f"{path.name}:{line}", Reason.BAD_ROW, row.detail, line=line))
            continue
        cells = {column: str(row.cells[name] or "").strip() for column, name in columns.items()}
        image, like, text, audio = (cells.get(name, "") for name in ("image", "like", "text", "audio"))
        answers = _parts(cells[answer_column])
        grades = _parts(cells.get("grades"))
        worth: dict[str, float] = {}
        problem = None
        if bool(image) == bool(like) and (image or not (text or audio)):
            problem = f"expected either image or like, or text or audio, received {'both' if image else 'none of them'}"
        elif is_url(image or audio):
            problem = "expected a file: what questions ask with is not fetched, so save it first and name the file"
        elif not answers:
            problem = f"{answer_column} is empty"
        elif grades and not (len(grades) == len(answers) and all(_is_grade(one) for one in grades)):
            problem = f"expected {len(answers)} grades above 0 joined by |, received {cells['grades']!r}"
        else:
            try:
                worth = _worth(answers, grades, variants, _parts(cells.get("product_id")))
            except ValueError as error:
                problem = str(error)
            worth = {name: gain for name, gain in worth.items() if not _is_own(name, like, answer_column, variants)}
            if not worth and problem is None:
                problem = f"the product {like!r} is left out of its own answers: expected another in {answer_column}"
        if problem is not None:
            rejected.append(Rejection(image or audio or f"{path.name}:{line}", Reason.BAD_ROW, problem, line=line))
            continue
        items.append(
            Question(
                image=places.path_of(image) if image else None,
                like=ProductId(like) if like else None,
                answers=frozenset(worth),
                cluster="|".join(sorted(worth)) if variants is None else variants.cluster(worth),
                line=line,
                grades=worth if grades else {},
                text=text or None,
                audio=places.path_of(audio) if audio else None,
            )
        )
    return Questions(tuple(items), tuple(rejected))


def _is_own(answer: str, like: str, answer_column: str, variants: VariantNames | None) -> bool:
    """Whether that answer is the very product that a query is like, or a variant of it."""
    if variants is not None:
        return bool(like) and variants.products.get(answer) == like
    return bool(like) and answer_column == "product_id" and answer == like


def _worth(
    answers: Sequence[str], grades: Sequence[str], variants: VariantNames | None, products: Sequence[str]
) -> dict[str, float]:
    """What each right answer is worth, by name; raises ValueError where a variant cannot be told."""
    gains = map(float, grades) if grades else [1.0] * len(answers)
    return {
        name: gain
        for answer, gain in zip(answers, gains, strict=True)
        for name in ([answer] if variants is None else variants.meant(answer, products))
    }


def _parts(cell: str | None) -> list[str]:
    return [part.strip() for part in (cell or "").split("|") if part.strip()]


def _is_grade(text: str) -> bool:
    try:
        return isfinite(float(text)) and float(text) > 0
    except ValueError:
        return False
