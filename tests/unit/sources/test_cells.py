from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.sources.cells import as_boolean, as_number, as_text, cell_of


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("-3", -3), ("0", 0), ("0.5", 0.5), (".5", 0.5), ("7.", 7.0), ("1e-05", 1e-05), ("1.5e3", 1500.0)],
)
def test_plain_numbers_are_numbers(text: str, number: float) -> None:
    assert as_number(f" {text} ") == number


@pytest.mark.parametrize(
    "text",
    ["00123", "+49123", "12E4", "3e10", "1,299", "0x10", "١٢", "1_000", "inf", "-inf", "1.0e999", "12 cm", "--1", "."],
)
def test_codes_and_other_notations_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|digits"):
        as_number(text)


@pytest.mark.parametrize("text", ["9007199254740993", "-9007199254740993", "1" * 5000, 2**53 + 1])
def test_whole_numbers_that_would_lose_digits_are_no_numbers(text: str | int) -> None:
    with pytest.raises(ValueError, match=r"2\*\*53"):
        as_number(text)


@pytest.mark.parametrize("cell", ["", "  ", "NA", "n/a", "NaN", "null", "None", "-", None, ()])
def test_words_for_nothing_are_missing_numbers(cell: str | None) -> None:
    assert as_number(cell) is None


@pytest.mark.parametrize(("cell", "text"), [("None", "None"), ("NA", "NA"), ("-", "-"), ("N/A", None), ("NULL", None)])
def test_text_keeps_words_that_can_mean_something(cell: str, text: str | None) -> None:
    assert as_text(cell) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [(7.0, "7"), (7.5, "7.5"), (True, "true"), (("a", "b", ""), "a, b"), (12, "12"), (1e300, "1e+300")],
)
def test_other_types_have_a_text(cell: float | tuple[str, ...], text: str) -> None:
    assert as_text(cell) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_python_prints_it_is_read_back_exactly(number: float) -> None:
    if abs(number) < 1e16:
        assert as_number(repr(number)) == number


@given(st.integers(min_value=-(2**53), max_value=2**53))
def test_whole_numbers_are_read_back_exactly(number: int) -> None:
    assert as_number(str(number)) == number


@pytest.mark.parametrize(
    "word",
    [
        "true",
        "YES",
        "1",
        "1.0",
        "12",
        "in stock",
        "In_Stock",
        "https://schema.org/InStock",
        "https://schema.org/LimitedAvailability",
        "https://schema.org/OnlineOnly",
        "https://schema.org/InStoreOnly",
        "schema.org/InStock",
        "low stock",
        "available",
        "有货",
        True,
        3,
    ],
)
def test_what_can_be_had_is_in_stock(word: str | bool | int) -> None:
    assert as_boolean(word) is True


@pytest.mark.parametrize(
    "word",
    [
        "false",
        "No",
        "0",
        "out of stock",
        "out-of-stock",
        "http://schema.org/OutOfStock",
        "https://schema.org/PreSale",
        "https://schema.org/MadeToOrder",
        "https://schema.org/BackOrder",
        "sold out",
        "onbackorder",
        "available for order",
        "preorder",
        False,
        0.0,
        "-3",
        -1.0,
    ],
)
def test_what_cannot_be_had_now_is_not_in_stock(word: str | bool | float) -> None:
    assert as_boolean(word) is False


@pytest.mark.parametrize("word", ["maybe", "2 or 3", ("yes",), "--1"])
def test_other_words_for_availability_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="expected true, false"):
        as_boolean(word)


def test_json_and_parquet_values_become_cells() -> None:
    assert cell_of(math.nan) is None
    assert cell_of(math.inf) is None
    assert cell_of(Decimal("12.50")) == 12.5
    assert cell_of(Decimal(12)) == 12
    assert cell_of(Decimal("NaN")) is None
    assert cell_of(date(2024, 2, 29)) == "2024-02-29"
    assert cell_of(datetime(2024, 2, 29, 12, tzinfo=UTC)) == "2024-02-29T12:00:00+00:00"
    assert cell_of(["a", None, ["b", "c"]]) == ("a", "b, c")
    assert cell_of({"a": [1, "é"]}) == '{"a": [1, "é"]}'
    with pytest.raises(ValueError, match="bytes"):
        cell_of(b"x")
