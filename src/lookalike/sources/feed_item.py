"""One product of an XML feed: the elements of an ``item`` or ``entry`` become cells by the names of Google Merchant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from lookalike.sources.cells import Cell
from lookalike.sources.html_text import text_of_html
from lookalike.sources.rows import short_words

__all__ = ["FeedItem"]

_OF_ATOM: Final = {"summary": "description", "content": "description"}
_BETWEEN: Final = "\0"
"""Stands between nested elements while they are collected: XML cannot hold it, where a colon may be what one says."""


@final
class FeedItem:
    """Collects the cells of one item while its elements come by.

    An element of Google's names goes before a plain one of the same name, as ``g:id`` before Atom's ``id``. Repeated
    elements become several values. What is nested in one of Google's is joined by colons, as in its text feeds
    (``DE:Standard:4.95 EUR``).
    """

    def __init__(self, line: int, max_characters: int) -> None:
        """Begin the item at `line`; of one of more than `max_characters` nothing further is kept."""
        self.line = line
        self.depth = 0
        self._left = max_characters
        self._google: dict[str, list[str]] = {}
        self._plain: dict[str, list[str]] = {}
        self._name = ""
        self._is_google = False
        self._parts: list[str] = []

    @property
    def is_too_long(self) -> bool:
        """Whether the item holds more than was allowed."""
        return self._left < 0

    def start(self, name: str, attributes: Mapping[str, str], *, google: bool) -> None:
        """An element begins, `name` as the cells shall call it."""
        self.depth += 1
        if self.depth > 1:
            self._parts.append(_BETWEEN if self._is_google else " ")
            return
        self._name, self._is_google, self._parts = name, google, []
        if name == "link" and attributes.get("rel", "alternate") == "alternate" and "href" in attributes:
            self.text(attributes["href"])

    def text(self, text: str) -> None:
        """Text comes, of the element that is open."""
        self._left -= len(text)
        if self.depth and self._left >= 0:
            self._parts.append(text)

    def end(self) -> None:
        """The element that began last ends."""
        self.depth -= 1
        if self.depth:
            if not self._is_google:
                self._parts.append(" ")
            return
        if self._is_google and _BETWEEN in self._parts:
            inner = (part.strip() for part in "".join(self._parts).split(_BETWEEN))
            text = ":".join(part for part in inner if part)
        else:
            text = "".join(self._parts).strip()
        if text:
            (self._google if self._is_google else self._plain).setdefault(self._name, []).append(text)

    def cells(self) -> dict[str, Cell]:
        """What was collected; of descriptions the text."""
        found = {**self._plain, **self._google}
        for name, meant in _OF_ATOM.items():
            if name in found and name not in self._google:
                values = found.pop(name)
                found.setdefault(meant, values)
        if "description" in found:
            found["description"] = [text_of_html(text) for text in found["description"]]
        return {name: values[0] if len(values) == 1 else tuple(values) for name, values in found.items()}

    def words(self) -> tuple[str, ...]:
        """What may be the product that the item is about."""
        values = [*self._google.values(), *self._plain.values()]
        return short_words([text for texts in values for text in texts])
