from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lookalike.errors import SourceError
from lookalike.sources import open_source
from lookalike.sources.record import Record
from lookalike.sources.rows import BadRow, FileBytes, MemoryBytes, Row
from lookalike.sources.xml_feed import XmlFeedRows, is_xml_feed
from lookalike.types import Rejection

Read = Callable[..., list[Record | Rejection]]
Shorten = Callable[[Iterable[Record | Rejection]], list[str]]

HEAD = (
    '<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n<channel><title>Shop</title>\n'
)
TAIL = "</channel>\n</rss>\n"


def item(number: int | str, inner: str = "") -> str:
    return f"<item><g:id>{number}</g:id><g:image_link>{number}.jpg</g:image_link>{inner}</item>\n"


def rows_of(content: str | bytes) -> list[Row | BadRow]:
    data = content if isinstance(content, bytes) else content.encode()
    return list(XmlFeedRows(MemoryBytes("feed.xml", data)).rows())


def test_a_merchant_feed_in_rss_is_read_as_its_tsv_is(read_table: Read) -> None:
    found = read_table(
        HEAD
        + """<item>
  <title>Plain &amp; simple</title><link>https://shop.example/a</link>
  <description><![CDATA[<p>A <b>red</b> shoe</p>]]></description>
  <g:id>A-1</g:id><g:item_group_id>A</g:item_group_id>
  <g:image_link>a.jpg</g:image_link>
  <g:additional_image_link>b.jpg</g:additional_image_link>
  <g:additional_image_link> c.jpg </g:additional_image_link>
  <g:price>1.299,00 EUR</g:price><g:sale_price>999,00 EUR</g:sale_price>
  <g:availability>out_of_stock</g:availability><g:product_type>Shoes &gt; Red</g:product_type>
  <g:shipping><g:country>DE</g:country> <g:price>4.95 EUR</g:price></g:shipping>
</item>"""
        + TAIL,
        "feed.xml",
    )
    (record,) = found
    assert isinstance(record, Record)
    assert (record.product_id, record.variant_id, record.line) == ("A", "A-1", 4)
    assert record.images == ("a.jpg", "b.jpg", "c.jpg")
    assert record.attributes == {
        "title": "Plain & simple",
        "description": "A red shoe",
        "category": "Shoes > Red",
        "price": 1299.0,
        "in_stock": False,
        "url": "https://shop.example/a",
        "sale_price": 999.0,
        "shipping": "DE:4.95 EUR",
    }


def test_an_atom_feed_is_read(read_table: Read) -> None:
    (record,) = read_table(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:goods="http://base.google.com/ns/1.0">\n'
        "<id>tag:shop</id><entry>\n<id>tag:shop.example,2026:a</id><title>Shoe</title>"
        '<link rel="self" href="https://x.example"/><link href="https://shop.example/a"/>'
        "<summary>Red &amp;amp; soft</summary><goods:id>A</goods:id><goods:image_link>a.jpg</goods:image_link>"
        "</entry></feed>",
        "feed.xml",
    )
    assert isinstance(record, Record)
    assert (record.product_id, record.variant_id, record.images) == ("A", None, ("a.jpg",))
    assert record.attributes == {"title": "Shoe", "url": "https://shop.example/a", "description": "Red & soft"}


def test_a_name_of_google_goes_before_a_plain_one(read_table: Read) -> None:
    (record,) = read_table(HEAD + item(1, "<g:title>Long title</g:title><title>Short</title>") + TAIL, "feed.xml")
    assert isinstance(record, Record)
    assert record.attributes["title"] == "Long title"


@pytest.mark.parametrize(
    "broken",
    [
        "<title>Tom & Jerry</title>",
        "<title>1 < 2</title>",
        "<title>open",
        "<title>A</titel>",
        "<title>a\0b</title>",
        "<title>a\x0bb</title>",
        "</channel>",
        "<a>" * 100,
    ],
)
def test_what_is_broken_costs_its_item_and_not_the_rest(broken: str, read_table: Read, products: Shorten) -> None:
    found = read_table(HEAD + item(1) + item(2, broken) + item(3) + item(4, broken) + item(5) + TAIL, "feed.xml")
    assert products(found) == ["1", "!5", "3", "!7", "5"]
    first, second = [one for one in found if isinstance(one, Rejection)]
    assert "the XML is broken at line 5" in first.detail
    assert "2" in first.hides
    assert "4" in second.hides


def test_bytes_that_are_no_text_cost_their_item(read_table: Read, products: Shorten) -> None:
    content = (HEAD + item(1) + item(2, "<title>?</title>") + item(3, "<title>Ä</title>") + TAIL).encode()
    assert products(read_table(content.replace(b"?</title", b"\xff</title"), "feed.xml")) == ["1", "!5", "3"]


@pytest.mark.parametrize("keep", ["<item><g:id>2</g:id>", "<item><g:i", ""])
def test_of_a_feed_that_ends_early_what_came_is_kept_and_the_end_is_told(
    keep: str, read_table: Read, products: Shorten
) -> None:
    found = read_table(HEAD + item(1) + keep, "feed.xml")
    assert products(found) == ["1", "!5"]
    assert isinstance(found[1], Rejection)
    assert "the file ends before it is complete" in found[1].detail
    assert found[1].breaks_off


BROKEN = "<item><g:id>bad</g:id><title>salt & pepper</title></item>"


@pytest.mark.parametrize(
    ("content", "breaks_off"),
    [
        (item(1) + BROKEN + item(2) + TAIL, False),
        (item(1) + BROKEN + TAIL, False),
        (item(1) + TAIL + "Warning: a script had more & more to say", False),
        (item(1) + BROKEN, True),
        (item(1) + BROKEN + item(2), True),
        (item(1) + BROKEN + item(2) + "<item><g:i", True),
        (item(1) + TAIL.removesuffix("s>\n"), True),
        (item(1) + "</channel>", True),
    ],
)
def test_a_feed_breaks_off_where_its_first_element_is_not_closed(content: str, breaks_off: bool) -> None:
    rows = rows_of(HEAD + content)
    assert [row.line for row in rows if isinstance(row, Row)]
    assert any(isinstance(row, BadRow) and row.breaks_off for row in rows) is breaks_off


def test_lines_are_those_of_the_file_after_what_is_broken_too() -> None:
    for end in ("\n", "\r\n", "\r"):
        lines = ["", "<rss><channel>", "<item><id>1</id>", "&", "</item>", "", "<item>", "<id>2</id></item>"]
        found = rows_of(end.join([*lines, "</channel></rss>"]))
        assert [(row.line, isinstance(row, Row)) for row in found] == [(3, False), (7, True)]


def test_entities_of_html_that_nobody_declared_are_their_characters(read_table: Read) -> None:
    (record,) = read_table(HEAD + item(1, "<title>Caf&eacute;&nbsp;&amp; bar</title>") + TAIL, "feed.xml")
    assert isinstance(record, Record)
    assert record.attributes["title"] == "Café\xa0& bar"


BOMB = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://x.example/a.dtd">',
    ],
)
def test_a_document_type_is_refused_with_what_to_do(doctype: str, read_table: Read) -> None:
    with pytest.raises(SourceError, match=r"declares a document type or entities.*export it without"):
        read_table(f"{doctype}<rss><channel>" + item(1, "<title>&a;</title>") + TAIL, "feed.xml")


@pytest.mark.parametrize("content", ["<rss><channel></channel></rss>", "<shop><product><id>1</id></product></shop>"])
def test_xml_without_items_is_an_error_that_says_what_is_expected(content: str, read_table: Read) -> None:
    with pytest.raises(SourceError, match=r"holds no item and no entry; expected a product feed in RSS 2\.0 or Atom"):
        read_table(content, "feed.xml")


@pytest.mark.parametrize(
    ("encoding", "title"), [("windows-1251", "Платье"), ("ISO-8859-1", "Größe"), ("gbk", "红色"), ("utf-16", "Größe")]
)
def test_the_encoding_is_the_declared_one(encoding: str, title: str, read_table: Read) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>\n<rss>{item(1, f"<title>{title}</title>")}</rss>'
    (record,) = read_table(content.encode(encoding), "feed.xml")
    assert isinstance(record, Record)
    assert record.attributes["title"] == title


@pytest.mark.parametrize("encoding", ["klingon", "hex", "utf-16", "zip"])
def test_an_encoding_that_it_cannot_be_in_is_an_error(encoding: str, read_table: Read) -> None:
    with pytest.raises(SourceError, match="save it as UTF-8"):
        read_table(f'<?xml version="1.0" encoding="{encoding}"?><rss>{item(1)}</rss>', "feed.xml")


def test_an_item_or_tag_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.sources.xml_feed.MAX_LINE_CHARACTERS", 2**18)
    long = "x" * 2**19
    found = rows_of(HEAD + item(1, f"<title>{long}</title>") + item(2, f"<!-- {long} -->") + item(3) + TAIL)
    assert [isinstance(row, Row) for row in found] == [False, False, True]
    assert "the item is too long" in str(found[0])
    assert "too long" in str(found[1])


def test_reading_after_what_is_broken_is_not_quadratic() -> None:
    found = rows_of("<rss><!--" + "<item x " * 100_000)
    assert all(isinstance(row, BadRow) for row in found)
    assert len(found) < 10_000


def test_a_web_page_is_no_feed() -> None:
    assert not is_xml_feed(b"<!DOCTYPE html><html><body><rss>")
    assert not is_xml_feed(b"product_id,image\n<rss>")
    assert is_xml_feed(b'\xef\xbb\xbf<?xml version="1.0"?><rdf:RDF xmlns="x">')


def test_what_stands_before_the_first_element_is_read_in_one_way_alone() -> None:
    """Of thousands of comments two could be read as one, in more ways than there is time for."""
    assert is_xml_feed(b"<?xml version='1.0'?>\n" + b"<!-- a > b --> <?x y?>" * 100 + b"<rss>")
    for piece in (b"<!---->", b"<??>", b"<!DOCTYPE a>", b" "):
        assert not is_xml_feed(piece * (4096 // len(piece)) + b"x")


def test_a_large_feed_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    with path.open("w") as file:
        file.write(HEAD)
        file.writelines(item(number, f"<description>{'long ' * 2000}</description>") for number in range(1500))
        file.write(TAIL)
    tracemalloc.start()
    assert sum(1 for _ in XmlFeedRows(FileBytes(path)).rows()) == 1500
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20 < path.stat().st_size


_TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=12)


@example(items=[(":", [":", "a&:&b"])], cdata=False)
@given(st.lists(st.tuples(_TEXT, st.lists(_TEXT, max_size=3)), min_size=1, max_size=6), st.booleans())
def test_whatever_is_escaped_comes_back(items: list[tuple[str, list[str]]], cdata: bool) -> None:
    def written(text: str) -> str:
        return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>" if cdata else escape(text)

    parts = [
        f"<item><g:title>{written(title)}</g:title>"
        + "".join(f"<g:additional_image_link>{written(text)}</g:additional_image_link>" for text in images)
        + "</item>"
        for title, images in items
    ]
    found = rows_of(HEAD + "".join(parts) + TAIL)
    assert len(found) == len(items)
    for row, (title, images) in zip(found, items, strict=True):
        assert isinstance(row, Row)
        assert row.cells.get("title", "") == title.strip()
        kept = [text.strip() for text in images if text.strip()]
        cell = row.cells.get("additional_image_link", ())
        assert list(cell if isinstance(cell, tuple) else (cell,)) == kept


_PIECES = st.sampled_from(
    ["<", ">", "&", "</item>", "</title>", "<b>", "x", "\n", "]]>", "'", '"', "/>", "&#0;", "</a>"]
)


@given(st.lists(st.one_of(st.none(), st.lists(_PIECES, max_size=4)), min_size=1, max_size=8), st.integers(20, 200))
def test_no_sound_item_is_lost_beside_broken_ones(junk: list[list[str] | None], size: int) -> None:
    content = HEAD
    for number, pieces in enumerate(junk):
        content += item(number, "" if pieces is None else f"<title>{''.join(pieces)}")
    reader = XmlFeedRows(MemoryBytes("feed.xml", (content + TAIL).encode()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lookalike.sources.xml_feed._CHUNK_CHARACTERS", size)
        found = list(reader.rows())
    told = {str(row.cells.get("id")) for row in found if isinstance(row, Row)}
    assert {str(number) for number, pieces in enumerate(junk) if pieces is None} <= told
    sure = [row.line for row in found]
    assert sure == sorted(sure)


def test_a_feed_may_be_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "feed.rss"
    path.write_text(HEAD + item(1) + TAIL)
    source = open_source(path)
    assert list(source.records()) == list(source.records())
