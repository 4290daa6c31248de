"""HTML that is escaped by construction: text goes in as text, only `element` makes markup of it.

Whatever comes from a catalogue is hostile: titles with tags in them, control characters, halves of surrogate pairs.
`element` refuses what a report never needs: event handlers, inline styles, and links or pictures that would be
fetched from elsewhere.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = ["Child", "Markup", "coordinate", "element", "raw"]


class Markup(str):
    """Text that is HTML already. Made by `element`; `raw` is for what this package wrote itself."""

    __slots__ = ()


Child: TypeAlias = str | Sequence[str] | None
"""Text (escaped unless it is `Markup`), several of them, or nothing."""

AttributeText: TypeAlias = str | int | float | bool | None

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PICTURE = re.compile(r"data:image/(jpeg|png);base64,[A-Za-z0-9+/=]*")


def element(name: str, attributes: Mapping[str, AttributeText] | None = None, *children: Child) -> Markup:
    """One element with its children.

    Args:
        name: of the element.
        attributes: by name; None and False leave one out, True writes its name alone, numbers are written short.
        *children: text is escaped, `Markup` is not, None is skipped, sequences are flattened.

    Raises:
        ValueError: a name that is none, children of an element that has none, an event handler, an inline style, a
            link out of the document, or a picture that is not in it.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of an element: {name!r}")
    written = "".join(_attribute(key, value) for key, value in (attributes or {}).items())
    inside = "".join(_flat(children))
    if name in _VOID:
        if inside:
            raise ValueError(f"<{name}> has no children, received {inside[:80]!r}")
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{inside}</{name}>")


def raw(text: str) -> Markup:
    """`text` as it is: for style sheets and the like that this package brings, never for what comes from outside."""
    return Markup(text)


def coordinate(value: float) -> str:
    """A finite number with at most two decimals and no more characters than it needs.

    Raises:
        ValueError: NaN or infinite; a plot must have left it out.
    """
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"a coordinate must be finite, received {value}")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _flat(children: Sequence[Child]) -> list[str]:
    flat: list[str] = []
    for child in children:
        if child is None:
            continue
        flat += [_escaped(child)] if isinstance(child, str) else [_escaped(part) for part in child]
    return flat


def _escaped(text: str) -> str:
    return text if isinstance(text, Markup) else html.escape(_CONTROLS.sub("\ufffd", text), quote=True)


def _attribute(name: str, value: AttributeText) -> str:
    if value is None or value is False:
        return ""
    lower = name.lower()
    if not _NAME.fullmatch(name) or lower.startswith("on") or lower == "style":
        raise ValueError(f"a report has no attribute {name!r}")
    if value is True:
        return f" {name}"
    text = value if isinstance(value, str) else coordinate(float(value))
    if lower in ("href", "xlink:href") and not text.startswith("#"):
        raise ValueError(f"a report links to nothing outside itself, received {name}={text[:80]!r}")
    if lower in ("src", "srcset", "data", "action", "poster") and not _PICTURE.fullmatch(text):
        raise ValueError(f"a report's pictures are inside it, received {name}={text[:80]!r}")
    return f' {name}="{html.escape(_CONTROLS.sub(chr(0xFFFD), text), quote=True)}"'
