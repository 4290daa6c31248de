"""Nothing that a catalogue says becomes markup, and nothing in a report is fetched from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.report.markup import coordinate, element, raw

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "'><img src=x onerror=alert(1)>",
    "<!-- -->",
    "&lt;b&gt; stays as it is",
    "]]>",
]


class Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_read_back_as_text(text: str) -> None:
    found = read(element("p", {"title": text}, text))
    assert found.tags == ["p"]
    assert found.text == text
    assert found.attributes == [("title", text)]


@given(st.text())
def test_any_text_makes_one_element_and_encodes(text: str) -> None:
    markup = element("p", {"title": text}, text)
    found = read(markup)
    assert found.tags == ["p"]
    assert [name for name, _ in found.attributes] == ["title"]
    assert found.text.replace("\ufffd", "") == "".join(letter for letter in text if letter in found.text)
    markup.encode("utf-8")


@pytest.mark.parametrize("name", ["onclick", "ONLOAD", "style", "Style", "a b", "x=y", ""])
def test_handlers_styles_and_broken_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no attribute"):
        element("p", {name: "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("href", "https://example.org"),
        ("href", "javascript:alert(1)"),
        ("src", "https://example.org/a.png"),
        ("src", "data:text/html;base64,AAAA"),
        ("src", "data:image/svg+xml;base64,AAAA"),
        ("srcset", "a.png 2x"),
        ("poster", "a.png"),
    ],
)
def test_nothing_is_linked_or_loaded_from_elsewhere(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"outside itself|inside it"):
        element("img", {name: value})


def test_an_element_that_is_none_or_void_with_children_is_refused() -> None:
    with pytest.raises(ValueError, match="not a name"):
        element("p onclick=x")
    with pytest.raises(ValueError, match="no children"):
        element("img", None, "text")


def test_none_and_false_leave_an_attribute_out_and_true_writes_its_name() -> None:
    assert element("p", {"id": None, "hidden": False, "open": True, "x": 1.50}) == '<p open x="1.5"></p>'


def test_markup_is_not_escaped_twice_and_sequences_are_flattened() -> None:
    inner = element("b", None, "1 < 2")
    assert element("p", None, [inner, " & "], None, raw("<br>")) == "<p><b>1 &lt; 2</b> &amp; <br></p>"


def test_coordinates_are_short_and_finite() -> None:
    assert [coordinate(value) for value in (1.0, 0.1 + 0.2, -0.001, 1e-9, 12.345)] == ["1", "0.3", "0", "0", "12.35"]
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            coordinate(value)
