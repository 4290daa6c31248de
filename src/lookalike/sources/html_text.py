"""HTML of a description as the text that a reader sees."""

from __future__ import annotations

import html
import re
from typing import Final

__all__ = ["text_of_html"]

# What follows the name ends at the next sign of a tag, so that no text makes the search quadratic.
_TAG: Final = re.compile(r"<!--|-->|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])[^<>]*>")
_WITHIN_WORDS: Final = frozenset(
    {"a", "abbr", "b", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u"}
)
_UNSEEN: Final = frozenset({"script", "style"})


def text_of_html(text: str) -> str:
    """`text` without tags, comments, scripts and styles, its entities as characters, blanks joined.

    What holds neither tag nor entity comes back as it is.
    """
    if "<" not in text and "&" not in text:
        return text
    kept: list[str] = []
    unseen: str | None = None
    place = 0
    for tag in _TAG.finditer(text):
        name = (tag["name"] or tag[0]).lower()
        if unseen is None:
            kept.append(text[place : tag.start()])
            kept.append("" if name in _WITHIN_WORDS else " ")
            if name == "<!--" or (name in _UNSEEN and not tag["close"]):
                unseen = "-->" if name == "<!--" else name
        elif name == unseen:
            unseen = None
        place = tag.end()
    if unseen is None:
        kept.append(text[place:])
    return " ".join(html.unescape("".join(kept)).split())
