from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import SourceError
from lookalike.sources.jsonl import JsonArrayRows, JsonLinesRows
from lookalike.sources.record import Record
from lookalike.sources.rows import MemoryBytes
from lookalike.sources.table import TableSource
from lookalike.types import Rejection

Read = Callable[..., list[Record | Rejection]]
Shorten = Callable[[Iterable[Record | Rejection]], list[str]]


def test_values_keep_the_types_that_json_gives_them(read_table: Read) -> None:
    row = {"product_id": 7, "image": ["a.jpg", "b.jpg"], "code": "12", "size": 4.5, "new": True, "tags": ["x", "y"]}
    (record,) = read_table(json.dumps(row), "a.jsonl")
    assert isinstance(record, Record)
    assert record.product_id == "7"
    assert record.images == ("a.jpg", "b.jpg")
    assert record.attributes == {"code": "12", "size": 4.5, "new": True, "tags": "x, y"}


def test_a_location_in_a_list_may_hold_a_bar(read_table: Read) -> None:
    (record,) = read_table('{"product_id": 1, "image": ["a|b.jpg"]}', "a.jsonl")
    assert isinstance(record, Record)
    assert record.images == ("a|b.jpg",)


def test_lines_that_are_no_objects_are_rejected_and_blank_ones_passed_over(read_table: Read, products: Shorten) -> None:
    deep = "[" * 100_000
    lines = ['{"product_id":1,"image":"a"}', "", "[1]", "{", "nonsense", deep, '{"product_id":2,"image":"b"}']
    assert products(read_table("\n".join(lines), "a.ndjson")) == ["1", "!3", "!4", "!5", "!6", "2"]


@pytest.mark.parametrize(
    ("last", "breaks_off"),
    [
        ('{"product_id":2,"ima', True),
        ('{"product_id":2,"image":"b', True),
        ('{"product_id":2,"ima\n', False),
        ('{"product_id":2,"image":b}', False),
        ("# the end", False),
        ('{"product_id":2,"image":"b"}', False),
    ],
)
def test_a_file_breaks_off_where_its_last_object_is_cut_short(last: str, breaks_off: bool, read_table: Read) -> None:
    first, second = read_table('{"product_id":1,"image":"a"}\n' + last, "a.jsonl")
    assert isinstance(first, Record)
    assert getattr(second, "breaks_off", False) is breaks_off


def test_columns_may_differ_from_line_to_line(read_table: Read) -> None:
    found = read_table('{"product_id":1,"image":"a","x":1}\n{"image":"b","product_id":2,"y":"z"}\n', "a.jsonl")
    assert [item.attributes for item in found if isinstance(item, Record)] == [{"x": 1}, {"y": "z"}]


def test_half_characters_cost_their_row(read_table: Read, products: Shorten) -> None:
    found = read_table('{"product_id":"1","image":"a","title":"\\ud800"}\n{"product_id":"2","image":"b"}', "a.jsonl")
    assert products(found) == ["!1", "2"]
    found = read_table('{"product_id":"1","image":"a","\\ud800":1}\n{"product_id":"2","image":"b"}', "b.jsonl")
    assert products(found) == ["!1", "2"]


def test_not_finite_numbers_are_missing(read_table: Read) -> None:
    (record,) = read_table('{"product_id":1,"image":"a","x":NaN,"y":Infinity,"price":NaN}', "a.jsonl")
    assert isinstance(record, Record)
    assert record.attributes == {}


def test_a_file_without_any_object_is_an_error(read_table: Read) -> None:
    with pytest.raises(SourceError, match="line 1: the line is not JSON"):
        read_table("nonsense\n", "a.jsonl")
    with pytest.raises(SourceError, match="no column 'product_id'"):
        read_table("", "a.jsonl")


def test_an_array_is_read_by_its_places(read_table: Read, products: Shorten) -> None:
    found = read_table('[{"product_id":1,"image":"a"}, 3, {"product_id":2,"image":"b"}]', "a.json")
    assert products(found) == ["1", "!2", "2"]
    assert found[2].line == 3


@pytest.mark.parametrize("content", ["{}", "1", "[", "", "\0"])
def test_a_json_file_that_is_no_array_is_an_error(content: str, read_table: Read) -> None:
    with pytest.raises(SourceError, match=r"a\.json"):
        read_table(content, "a.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(["product_id", "image", "price", "in_stock", "title", "x", "variant_id", "Product ID", ""])
_VALUES = st.lists(st.dictionaries(_NAMES, _JSON), max_size=5)


@given(st.one_of(st.binary(max_size=200), _VALUES.map(lambda rows: "\n".join(map(json.dumps, rows)).encode())))
def test_no_bytes_raise_anything_but_a_source_error(content: bytes) -> None:
    for name, kind in (("a.jsonl", JsonLinesRows), ("a.json", JsonArrayRows)):
        table = MemoryBytes(name, content)
        source = TableSource(name, table, kind(table), lambda: pytest.fail("no picture is read"))
        try:
            for item in source.records():
                if isinstance(item, Record):
                    json.dumps(dict(item.attributes)).encode()
                    "".join(item.images).encode()
        except SourceError:
            continue
