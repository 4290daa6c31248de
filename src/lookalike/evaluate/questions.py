"""A file of queries with their right answers: ``image`` or ``like``, and ``product_id`` or ``variant_id``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lookalike.errors import SourceError
from lookalike.types import ProductId, Reason, Rejection

__all__ = ["Question", "Questions", "read_questions"]

_LATER = ("text", "audio")


@dataclass(frozen=True, slots=True)
class Question:
    """One query and its right answers.

    Attributes:
        image: picture to search by, None for a `like` query.
        like: product to search by, None for a picture query.
        answers: ids of the right products (or variants).
        cluster: what the query is a photograph of; queries of one cluster are not independent.
        line: line of the file, one-based.
    """

    image: Path | None
    like: ProductId | None
    answers: frozenset[str]
    cluster: str
    line: int


@dataclass(frozen=True, slots=True)
class Questions:
    """All usable queries of a file, and the rows that are none."""

    items: tuple[Question, ...]
    rejected: tuple[Rejection, ...]


def read_questions(path: Path, *, answer_column: str) -> Questions:
    """Read queries from a CSV file.

    Args:
        path: file with the columns ``image`` (relative to the file) or ``like``, and `answer_column`, in which
            several right answers are joined by ``|``.
        answer_column: ``product_id`` or ``variant_id``.

    Raises:
        SourceError: no such file, not a table, or a column is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or ())
            _check(path, columns, answer_column)
            return _collect(path, reader, answer_column)
    except FileNotFoundError as error:
        raise SourceError(f"there is no file {path}; expected a CSV file of queries") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path} cannot be read as a CSV file of queries: {error}") from error


def _check(path: Path, columns: Sequence[str], answer_column: str) -> None:
    if answer_column not in columns:
        raise SourceError(
            f"{path} needs a column {answer_column!r} with the right answers, found {', '.join(columns) or 'none'}; "
            f"use --by variant for variant_id, --by product for product_id"
        )
    if not {"image", "like"} & set(columns):
        later = [name for name in _LATER if name in columns]
        more = f"; {', '.join(later)} queries are not answered by this version" if later else ""
        raise SourceError(f"{path} needs a column 'image' or 'like', found {', '.join(columns)}{more}")


def _collect(path: Path, reader: csv.DictReader[str], answer_column: str) -> Questions:
    items: list[Question] = []
    rejected: list[Rejection] = []
    for row in reader:
        line = reader.line_num
        image, like = (row.get("image") or "").strip(), (row.get("like") or "").strip()
        answers = frozenset(part.strip() for part in (row.get(answer_column) or "").split("|") if part.strip())
        problem = None
        if bool(image) == bool(like):
            problem = f"expected either image or like, received {'both' if image else 'neither'}"
        elif not answers:
            problem = f"{answer_column} is empty"
        if problem is not None:
            rejected.append(Rejection(image or f"{path.name}:{line}", Reason.BAD_ROW, problem, line=line))
            continue
        items.append(
            Question(
                image=path.parent / image if image else None,
                like=ProductId(like) if like else None,
                answers=answers,
                cluster="|".join(sorted(answers)),
                line=line,
            )
        )
    return Questions(tuple(items), tuple(rejected))
