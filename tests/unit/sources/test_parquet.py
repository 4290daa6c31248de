from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import SourceError
from lookalike.sources import Record, open_source
from lookalike.sources.parquet import ParquetRows
from lookalike.sources.rows import MemoryBytes
from lookalike.types import Rejection


def write(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_rows_are_numbered_and_keep_their_types(tmp_path: Path) -> None:
    when = dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.UTC)
    path = write(
        tmp_path / "a.parquet",
        product_id=[1, 2],
        image=[["a.jpg", "b.jpg"], ["c.jpg"]],
        price=pa.array([Decimal("12.50"), None], pa.decimal128(8, 2)),
        in_stock=[True, False],
        size=[4.5, float("nan")],
        code=["007", "8"],
        kind=pa.array(["x", "y"]).dictionary_encode(),
        day=[dt.date(2024, 2, 29), None],
        moment=pa.array([when.replace(tzinfo=None), None], pa.timestamp("ns")),
        zoned=pa.array([when, None], pa.timestamp("ms", "UTC")),
        local=pa.array([when, None], pa.timestamp("ns", "Europe/Berlin")),
    )
    source = open_source(path)
    assert source.column_types() == {
        "size": "number", "code": "text", "kind": "text", "day": "text", "moment": "text", "zoned": "text",
        "local": "text",
    }  # fmt: skip
    first, second = source.records()
    assert first == Record(
        "1",
        None,
        ("a.jpg", "b.jpg"),
        {
            "price": 12.5, "in_stock": True, "size": 4.5, "code": "007", "kind": "x", "day": "2024-02-29",
            "moment": "2024-02-29T12:30:00", "zoned": "2024-02-29T12:30:00Z",
            "local": "2024-02-29T13:30:00+01:00",
        },
        1,
    )  # fmt: skip
    assert second == Record("2", None, ("c.jpg",), {"in_stock": False, "code": "8", "kind": "y"}, 2)


def test_a_row_without_a_picture_is_rejected_with_its_number(tmp_path: Path) -> None:
    found = list(open_source(write(tmp_path / "a.parquet", product_id=["1", "2"], image=["a", None])).records())
    assert isinstance(found[1], Rejection)
    assert (found[1].line, found[1].image) == (2, "a.parquet:2")


def test_numbers_are_the_same_across_batches(tmp_path: Path) -> None:
    n = 10_000
    path = write(tmp_path / "a.parquet", product_id=list(range(n)), image=["x"] * n)
    assert [item.line for item in open_source(path).records()] == list(range(1, n + 1))


def test_embedded_bytes_are_left_out_and_refused_as_pictures(tmp_path: Path) -> None:
    source = open_source(write(tmp_path / "a.parquet", product_id=["1"], image=["a"], blob=[b"x"], deep=[[b"y"]]))
    assert source.column_types() == {}
    with pytest.raises(SourceError, match="holds bytes"):
        open_source(write(tmp_path / "b.parquet", product_id=["1"], image=[{"bytes": b"x"}])).column_types()


def test_a_value_that_python_cannot_hold_costs_no_other(tmp_path: Path) -> None:
    days = pa.array([1, 10**8], pa.int32()).cast(pa.date32())
    first, second = open_source(
        write(tmp_path / "a.parquet", product_id=["1", "2"], image=["a", "b"], day=days)
    ).records()
    assert isinstance(first, Record)
    assert first.attributes == {"day": "1970-01-02"}
    assert isinstance(second, Rejection)
    assert "cannot be read" in second.detail


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_broken_files_raise_a_source_error(junk: bytes, place: int) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"product_id": ["1"] * 20, "image": ["a"] * 20}), sink)
    good = sink.getvalue().to_pybytes()
    for content in (junk, good[:place] + junk + good[place + len(junk) :], good[:place]):
        try:
            list(ParquetRows(MemoryBytes("a.parquet", content)).rows())
        except SourceError:
            continue
