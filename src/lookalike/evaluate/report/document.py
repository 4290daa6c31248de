"""The shell of every report: one file that loads nothing, runs nothing, and says so to the browser.

There is no script at all, and the policy in its head forbids any; so that even a fault in escaping could not run
what a catalogue brings. The style sheet is allowed by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.evaluate.report.markup import Markup, element, raw
from lookalike.evaluate.report.style import style_sheet

__all__ = ["Section", "page"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with its heading.

    Attributes:
        name: of its anchor, unique within the document.
        heading: a few words.
        lead: what to see in it, in a sentence or two.
        body: its contents.
        wide: whether the contents take the whole width, below heading and lead.
    """

    name: str
    heading: str
    lead: str
    body: Sequence[Markup]
    wide: bool = False


def page(
    *,
    language: str,
    title: str,
    kind: str,
    date: str,
    head: Sequence[Markup],
    contents: str,
    sections: Sequence[Section],
    foot: str,
) -> str:
    """The whole document.

    Args:
        language: of its words, a BCP 47 tag.
        title: of the window.
        kind: what it is, beside the name of the program.
        date: when it was made, ISO 8601.
        head: the headline.
        contents: name of the list of sections, for those who hear it.
        sections: in order.
        foot: the last line.
    """
    css = style_sheet()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    links = [element("li", None, element("a", {"href": f"#{part.name}"}, part.heading)) for part in sections]
    whole = element(
        "html",
        {"lang": language},
        element(
            "head",
            None,
            element("meta", {"charset": "utf-8"}),
            element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
            element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
            element("meta", {"name": "color-scheme", "content": "light dark"}),
            element("meta", {"name": "referrer", "content": "no-referrer"}),
            element("title", None, title),
            element("style", None, raw(css)),
        ),
        element(
            "body",
            None,
            element("header", {"class": "top"}, _brand(), element("p", {"class": "kind"}, kind), _time(date)),
            element(
                "main",
                None,
                element("div", {"class": "head"}, head),
                element("nav", {"class": "contents", "aria-label": contents}, element("ul", None, links)),
                [_section(part) for part in sections],
            ),
            element("footer", None, element("p", None, foot)),
        ),
    )
    return f"<!doctype html>\n{whole}\n"


def _section(part: Section) -> Markup:
    heading = f"{part.name}-heading"
    return element(
        "section",
        {"id": part.name, "aria-labelledby": heading, "class": "wide long" if part.wide else None},
        element(
            "div",
            {"class": "lead"},
            element("h2", {"id": heading}, part.heading),
            element("p", None, part.lead) if part.lead else None,
        ),
        element("div", {"class": "body"}, part.body),
    )


def _brand() -> Markup:
    mark = element(
        "svg",
        {"class": "brand", "width": 28, "height": 20, "viewBox": "0 0 28 20", "aria-hidden": "true"},
        element("circle", {"class": "full", "cx": 10, "cy": 10, "r": 8}),
        element("circle", {"cx": 18, "cy": 10, "r": 8}),
    )
    return element("p", {"class": "name"}, mark, "Lookalike")


def _time(date: str) -> Markup:
    return element("time", {"datetime": date}, f"{date[:16].replace('T', ' ')} UTC")
