"""Logs in the forms in which shops and public data sets have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lookalike.errors import SourceError
from lookalike.sources.event import Event
from lookalike.sources.event_log import event_of, read_events, read_time
from lookalike.types import Rejection


def read(path: Path, text: str) -> list[Event | Rejection]:
    path.write_text(text, encoding="utf-8")
    return list(read_events(path))


def test_names_of_public_logs_are_understood(tmp_path: Path) -> None:
    (one,) = read(
        tmp_path / "log.csv", "timestamp,visitorid,event,itemid,transactionid\n1433221332117,257597,addtocart,355908,\n"
    )
    assert isinstance(one, Event)
    assert (one.shopper, one.product_id, one.kind, one.at) == ("257597", "355908", "cart", 1433221332.117)
    (two,) = read(tmp_path / "log.tsv", "user_id\titem_id\ttime\n7\t9\t2020-05-01\n")
    assert isinstance(two, Event)
    assert (two.kind, two.at) == ("view", 1588291200.0)


def test_json_lines_carry_their_own_types(tmp_path: Path) -> None:
    rows = [
        {"shopper": 5, "product_id": 17, "kind": "PURCHASE", "time": 1.5e9, "session": 3, "query": "q", "position": 4},
        {"shopper": "x", "product_id": "y", "time": "2026-03-01T10:00:00+01:00"},
    ]
    one, two = read(tmp_path / "log.jsonl", "\n".join(json.dumps(row) for row in rows))
    assert isinstance(one, Event)
    assert one == Event("5", one.product_id, "purchase", 1.5e9, "3", "q", 4)
    assert isinstance(two, Event)
    assert two.at == 1772355600.0


def test_a_bad_row_costs_only_itself_and_says_its_line(tmp_path: Path) -> None:
    found = read(
        tmp_path / "log.csv",
        "shopper,product_id,kind,time,position\na,b,view,1\na,b,view,1e9,\na,,view,soon,x\na,b,view,-5,\na,b,eaten,9,0\n",
    )
    assert [isinstance(one, Event) for one in found] == [False, True, False, False, False]
    lines = {one.line: one.detail for one in found if isinstance(one, Rejection)}
    assert "product_id is missing" in lines[4]
    assert "time must be ISO 8601" in lines[4]
    assert "position must be a whole number" in lines[4]
    assert "1970 to 9999" in lines[5]
    assert "kind must be" in lines[6]


def test_a_log_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no column time"):
        read(tmp_path / "log.csv", "shopper,product_id,kind\na,b,view\n")
    with pytest.raises(SourceError, match="is no file"):
        list(read_events(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("1", 1.0),
        (1433221332, 1433221332.0),
        ("1433221332117", 1433221332.117),
        ("1433221332117000", 1433221332.117),
        ("2014-04-07T10:51:09.277Z", 1396867869.277),
        ("2019-10-01 00:00:00 UTC", 1569888000.0),
        ("20191001", 1569888000.0),
        (20191001, 1569888000.0),
        ("20191001000010", 1569888010.0),
        ("20199901", 20199901.0),
    ],
)
def test_times_in_several_forms(cell, seconds: float) -> None:
    assert read_time(cell) == pytest.approx(seconds)


def test_an_event_without_a_time_is_of_now_where_there_is_a_now() -> None:
    assert event_of({"shopper": "a", "product_id": "b"}, now=5.0).at == 5.0
    with pytest.raises(ValueError, match="time is missing"):
        event_of({"shopper": "a", "product_id": "b"})
