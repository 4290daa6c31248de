from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lookalike.errors import SourceError
from lookalike.sources.delimited import DelimitedRows
from lookalike.sources.record import Record
from lookalike.sources.rows import BadRow, FileBytes, MemoryBytes, Row
from lookalike.sources.table import TableSource
from lookalike.types import Reason, Rejection

Read = Callable[..., list[Record | Rejection]]
Shorten = Callable[[Iterable[Record | Rejection]], list[str]]

HEADER = "product_id,image,title\n"


def rows_of(content: bytes, name: str = "catalog.csv") -> list[Row | BadRow]:
    return list(DelimitedRows(MemoryBytes(name, content)).rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_encoding_is_told_by_itself(encoding: str, read_table: Read) -> None:
    (record,) = read_table((HEADER + "1,a.jpg,Grüner Stuhl 椅子\n").encode(encoding))
    assert isinstance(record, Record)
    assert record.attributes["title"] == "Grüner Stuhl 椅子"


def test_what_is_not_utf_8_is_windows_1252(read_table: Read) -> None:
    (record,) = read_table((HEADER + "1,a.jpg,Grüner Stuhl für 12 €\n").encode("cp1252"))
    assert isinstance(record, Record)
    assert record.attributes["title"] == "Grüner Stuhl für 12 €"


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
@pytest.mark.parametrize("title", ["红色连衣裙", "Apple 手机壳（黑色）", "沙发，布艺 L 型 1.5 米"])
def test_chinese_as_spreadsheets_save_it_is_told_from_western_text(
    title: str, encoding: str, read_table: Read, caplog: pytest.LogCaptureFixture
) -> None:
    (record,) = read_table((HEADER + f"1,a.jpg,{title}\n").encode(encoding))
    assert isinstance(record, Record)
    assert record.attributes["title"] == title
    assert caplog.text == ""


@pytest.mark.parametrize(
    "title",
    [
        "Größe",
        "ÄÖÜ",
        "Crème brûlée à l’été",
        "Año 12 °C",
        "“Straße”",
        "Ångström",
        "PÃO DE AÇÚCAR",
        "Žluťák".replace("ť", "t"),
    ],
)
def test_western_text_is_not_taken_for_chinese(title: str, read_table: Read) -> None:
    (record,) = read_table((HEADER + f"1,a.jpg,{title}\n").encode("cp1252"))
    assert isinstance(record, Record)
    assert record.attributes["title"] == title


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("cp1251", "Красное платье"),
        ("shift_jis", "赤いドレス"),
        ("big5", "紅色連衣裙"),
        ("euc_kr", "빨간색 가죽 운동화 남성용 신제품 무료배송"),
    ],
)
def test_an_encoding_that_is_not_known_is_warned_of(
    encoding: str, title: str, read_table: Read, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(read_table((HEADER + f"1,a.jpg,{title}\n").encode(encoding))) == 1
    assert "save it as UTF-8" in caplog.text


def test_a_broken_byte_among_proper_utf_8_costs_its_row_only(read_table: Read, products: Shorten) -> None:
    found = read_table((HEADER + "1,a.jpg,ä ö\n").encode() + b"2,b.jpg,\xff\n" + "3,c.jpg,ü\n".encode())
    assert products(found) == ["1", "!3", "3"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_shows_known_columns(delimiter: str, read_table: Read, products: Shorten) -> None:
    for name in ("a.csv", "a.tsv"):
        content = (HEADER + "1,a.jpg,x\n").replace(",", delimiter)
        assert products(read_table(content, name)) == ["1"]


def test_a_header_in_which_nothing_is_known_is_told_column_by_column(read_table: Read) -> None:
    with pytest.raises(
        SourceError, match="columns are 'Artikel', 'Preis', 'Bild, gross'; rename the columns that mean"
    ):
        read_table("Artikel;Preis;Bild, gross\n1;12,50;a.jpg\n")


def test_commas_in_values_do_not_hide_a_semicolon(read_table: Read) -> None:
    (record,) = read_table("product_id;image;title, long\n1;a.jpg|b.jpg;x, y, z\n")
    assert isinstance(record, Record)
    assert record.images == ("a.jpg", "b.jpg")
    assert record.attributes["title, long"] == "x, y, z"


def test_the_first_line_of_a_spreadsheet_may_name_the_delimiter(read_table: Read) -> None:
    (record,) = read_table("sep=;\r\nproduct_id;image\r\n1;a.jpg\r\n")
    assert isinstance(record, Record)
    assert record.line == 3


def test_rows_are_numbered_by_the_physical_line_they_begin_in(read_table: Read) -> None:
    found = read_table(HEADER + '1,a.jpg,"two\nlines"\n\n2,b.jpg,x\n3,c.jpg\n4,d.jpg,y\n')
    assert [(item.line, isinstance(item, Record)) for item in found] == [(2, True), (5, True), (6, False), (7, True)]
    assert isinstance(found[2], Rejection)
    assert found[2].reason is Reason.BAD_ROW
    assert found[2].image == "catalog.csv:6"
    assert "has 2 cells; the header has 3" in found[2].detail


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_as_one_line(end: str, read_table: Read) -> None:
    found = read_table(end.join(["product_id,image", "1,a.jpg", "2", "3,c.jpg"]))
    assert [item.line for item in found] == [2, 3, 4]


def test_an_unclosed_quote_costs_its_line_and_not_the_rest(read_table: Read, products: Shorten) -> None:
    assert products(read_table(HEADER + '1,a.jpg,"open\n2,b.jpg,x\n3,c.jpg,y\n')) == ["!2", "2", "3"]
    assert products(read_table(HEADER + '1,a.jpg,"open\n2,b.jpg,"x"\n3,c.jpg,y\n')) == ["!2", "2", "3"]
    assert products(read_table(HEADER + '1,a.jpg,"open\n' + '2,b.jpg,"x\n' * 5 + "3,c.jpg,y\n"))[-1] == "3"


def test_a_quote_inside_one_line_is_read_as_spreadsheets_do(read_table: Read) -> None:
    found = read_table(HEADER + '1,a.jpg,6" pipe\n2,b.jpg,"6" pipe"\n')
    assert [item.attributes["title"] for item in found if isinstance(item, Record)] == ['6" pipe', '6 pipe"']


def test_trailing_empty_cells_and_unnamed_columns_are_nothing(read_table: Read) -> None:
    found = read_table("product_id,image,,\n1,a.jpg,,\n2,b.jpg\n3,c.jpg,,,,\n")
    assert all(isinstance(item, Record) and not item.attributes for item in found)
    assert len(found) == 3


def test_nul_bytes_and_enormous_fields_are_bad_rows(read_table: Read, products: Shorten) -> None:
    found = read_table(HEADER + "1,a.jpg,x\0y\n2,b.jpg," + "x" * 1_200_000 + "\n3,c.jpg," + "z" * 900_000 + "\n")
    assert products(found) == ["!2", "!3", "3"]
    assert isinstance(found[1], Rejection)
    assert "a cell has more than 1,048,576 characters" in found[1].detail


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x1f\x8b\x08rest", "packed with gzip: call it 'catalog.csv.gz'"),
        (b"PK\x03\x04rest", "a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a workbook"),
        (b"PAR1rest", "is Parquet"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "a web page"),
    ],
)
def test_what_is_no_csv_although_it_is_called_so_says_what_to_do(content: bytes, words: str, read_table: Read) -> None:
    with pytest.raises(SourceError, match=words):
        read_table(content)


def test_a_column_named_twice_is_an_error_that_names_it(read_table: Read) -> None:
    with pytest.raises(SourceError, match="'size'"):
        read_table("product_id,image,size,size\n")


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xff\xfe"])
def test_an_empty_file_is_an_error(content: bytes, read_table: Read) -> None:
    with pytest.raises(SourceError, match="is empty"):
        read_table(content)


def test_a_broken_header_is_an_error(read_table: Read) -> None:
    with pytest.raises(SourceError, match="no text in its encoding"):
        read_table("product_id,image,\u00e4\u00e4".encode() + b"\xff\n")


def test_utf_16_without_a_mark_is_recognised(read_table: Read) -> None:
    with pytest.raises(SourceError, match="UTF-16 without"):
        read_table(HEADER.encode("utf-16-le"))


def test_reading_after_unclosed_quotes_is_not_quadratic(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + '1,a.jpg,"x\n' * 20_001)
    rows = list(DelimitedRows(FileBytes(path)).rows())
    assert len(rows) > 10


def test_lines_that_are_not_read_again_are_each_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.sources.delimited._REREAD_CHARACTERS", 0)
    path = tmp_path / "a.csv"
    path.write_text(HEADER + '1,a.jpg,"x\n2,b.jpg,y\n3,c.jpg,z\n')
    rows = list(DelimitedRows(FileBytes(path)).rows())
    assert [row.line for row in rows if isinstance(row, BadRow)] == [2, 3, 4]
    assert all(str(number) in row.words for number, row in enumerate(rows, 1) if isinstance(row, BadRow))


_CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0").filter(lambda c: c.isprintable() or c in "\n\t"), max_size=12
)


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), max_size=8), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_whatever_the_csv_module_writes_comes_back(rows: list[tuple[str, str, str]], delimiter: str, end: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerows([("product_id", "image", "title"), *rows])
    found = rows_of(text.getvalue().encode())
    expected = [row for row in rows if any(cell.strip() for cell in row)]
    assert [tuple(row.cells.values()) for row in found if isinstance(row, Row)] == expected
    assert len(found) == len(expected)


_FRAGMENTS = st.sampled_from(
    [b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"1", b"a.jpg", b"product_id", b"image",
     b"price", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\xa4", b"NaN", b"sep=", b" ", b"\xe2\x82\xac"]
)  # fmt: skip
_JUNK = st.one_of(st.binary(max_size=200), st.lists(_FRAGMENTS, max_size=60).map(b"".join))


@given(_JUNK, st.booleans(), st.sampled_from(["a.csv", "a.tsv"]))
@example(b'1,a.jpg,"', True, "a.csv")
@example(b"sep=\n", False, "a.csv")
def test_no_bytes_raise_anything_but_a_source_error(junk: bytes, with_header: bool, name: str) -> None:
    content = (HEADER.encode() if with_header else b"") + junk
    table = MemoryBytes(name, content)
    source = TableSource(name, table, DelimitedRows(table), lambda: pytest.fail("no picture is read"))
    try:
        found = list(source.records())
    except SourceError:
        return
    for item in found:
        # Everything can be stored, and printed.
        str(item.detail if isinstance(item, Rejection) else (item.images, *item.attributes)).encode()
        "".join(item.attributes if isinstance(item, Record) else (item.image, item.detail)).encode()
    lines = [item.line or 0 for item in found]
    assert lines == sorted(set(lines))


@given(_JUNK)
def test_a_broken_line_never_costs_the_rows_before_it(junk: bytes) -> None:
    found = rows_of(HEADER.encode() + b"1,a.jpg,x\n2,b.jpg,y\n" + junk)
    assert [row.line for row in found[:2]] == [2, 3]
    assert all(isinstance(row, Row) for row in found[:2])


@pytest.mark.parametrize(
    ("end", "breaks_off"),
    [
        ("3,c.jpg", True),
        ('3,c.jpg,"so wa', True),
        ('3,"c.j', True),
        ('3,c.jpg,"so warm\nand so dr', True),
        ('3,c.jpg,"so warm\r\nand so dr', True),
        ('3,c.jpg,"so\nwarm"', False),
        ("3,c.jpg,warm", False),
        ("3,c.jpg,", False),
        ("3,c.jpg\n", False),
        ("3,c.jpg\n4,d.jpg,dry", False),
        ('3,c.jpg,"so wa\n', False),
        ('3,c.jpg,"so wa\n4,d.jpg,dry', False),
        ("3,c.jpg,warm,5", False),
        ("3,c.jpg,wa\0rm", False),
        (",,", False),
    ],
)
def test_a_last_line_that_is_half_a_row_and_has_no_end_breaks_off(end: str, breaks_off: bool, read_table: Read) -> None:
    found = read_table(f"product_id,image,text\n1,a.jpg,x\n2,b.jpg\n{end}")
    told = [item for item in found if isinstance(item, Rejection) and item.breaks_off]
    assert [item is found[-1] for item in told] == [True] * breaks_off
    assert all("the line has no end" in item.detail for item in told)
