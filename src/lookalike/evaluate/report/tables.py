"""Tables that can be read aloud and, on a phone, pushed aside without moving the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.evaluate.report.markup import Child, Markup, element

__all__ = ["Column", "facts", "folded", "heard", "noted", "table"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        heading: what stands above it.
        kind: ``words``, ``number`` (right-aligned) or ``plot`` (takes the room that is left).
    """

    heading: Child
    kind: str = "words"

    def __post_init__(self) -> None:
        if self.kind not in ("words", "number", "plot"):
            raise ValueError(f"kind must be words, number or plot, received {self.kind!r}")


def table(
    caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Child]], *, marked: frozenset[int] = frozenset()
) -> Markup:
    """A table whose first column names its rows.

    Args:
        caption: what it is, for those who hear it.
        columns: one for each cell of a row.
        rows: cells; text is escaped.
        marked: positions of rows to stress.
    """
    heads = [element("th", {"scope": "col", "class": column.kind}, column.heading) for column in columns]
    body: list[Markup] = []
    for at, row in enumerate(rows):
        cells = [
            element("th", {"scope": "row", "class": column.kind}, cell)
            if position == 0
            else element("td", {"class": column.kind}, cell)
            for position, (column, cell) in enumerate(zip(columns, row, strict=True))
        ]
        body.append(element("tr", {"class": "marked" if at in marked else None}, cells))
    return element(
        "div",
        {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption},
        element(
            "table",
            None,
            element("caption", None, caption),
            element("thead", None, element("tr", None, heads)),
            element("tbody", None, body),
        ),
    )


def noted(text: Child, note: str) -> Markup:
    """A cell of two lines, the second one quiet."""
    return element("span", None, text, element("small", None, note) if note else None)


def heard(text: str) -> Markup:
    """Words for those who cannot see what stands beside them."""
    return element("span", {"class": "unseen"}, text)


def folded(summary: str, *children: Child) -> Markup:
    """Something that is there for who asks: a plot's numbers, mostly."""
    return element("details", None, element("summary", None, summary), *children)


def facts(pairs: Sequence[tuple[str, Child]], *, style: str = "facts") -> Markup:
    """Names and what they are."""
    return element(
        "dl",
        {"class": style},
        [element("div", None, element("dt", None, name), element("dd", None, value)) for name, value in pairs],
    )
