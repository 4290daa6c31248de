from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.sources.price import decimal_mark, price_of


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.50", 12.5),
        ("12", 12.0),
        ("0", 0.0),
        (".99", 0.99),
        ("12,5", 12.5),
        ("1,299.00", 1299.0),
        ("1.299,00", 1299.0),
        ("1,299,000", 1_299_000.0),
        ("1.299.000", 1_299_000.0),
        ("1,00,000.50", 100_000.5),
        ("€ 12,50", 12.5),
        ("12,50€", 12.5),
        ("12.50 EUR", 12.5),
        ("usd 12.50", 12.5),
        ("US$ 1,299", 1299.0),
        ("R$ 1.299,90", 1299.9),
        ("¥1299", 1299.0),
        ("￥１２９９", 1299.0),
        ("1299元", 1299.0),
        ("199 kr.", 199.0),
        ("kr.499", 499.0),
        ("kr. 499", 499.0),
        ("Rs.499", 499.0),
        ("Rs. 1,299", 1299.0),
        ("Rs.1,00,000.50", 100_000.5),
        ("EUR.99", 0.99),
        ("$.99", 0.99),
        ("CHF 1'299.-", 1299.0),
        ("1’299.50 CHF", 1299.5),
        ("1 299,00 €", 1299.0),
        ("1\u00a0299,00\u202f€", 1299.0),
        ("12,–", 12.0),
        ("1e3", 1000.0),
        (12, 12.0),
        (12.5, 12.5),
        ("1,299", 1299.0),
        ("1.299", 1.299),
        ("0,125", 0.125),
        ("1299,000", 1299.0),
    ],
)
def test_amounts_are_read_as_shops_write_them(text: str | float, amount: float) -> None:
    assert price_of(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "free", "12-15", "12.50 - 15.00", "12.50/kg", "from 12", "12 pcs", "1,2,3", "1,29,9.00", "1.299,00.00",
        "12..5", "1,2.3,4", "€", "EUR", "12 13", "1 29 900", "EUR 12 USD", "$€12", "12%",
        True, ("12",), "1e999", "9" * 400, "..", "1'29", "1.5 000",
    ],
)  # fmt: skip
def test_what_is_not_one_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="price"):
        price_of(text)


@pytest.mark.parametrize("text", ["-1", "- 12.50", "€ -3", -0.5, "-12 EUR"])
def test_negative_prices_are_refused_as_such(text: str | float) -> None:
    with pytest.raises(ValueError, match="negative"):
        price_of(text)


@pytest.mark.parametrize("cell", ["", "N/A", "none", "-", None])
def test_no_price_is_missing(cell: str | None) -> None:
    assert price_of(cell) is None


def test_the_rest_of_the_column_decides_what_could_be_read_both_ways() -> None:
    assert price_of("1.299", mark=",") == 1299.0
    assert price_of("1.299", mark=".") == 1.299
    assert price_of("1,299", mark=",") == 1.299
    assert price_of("1,299", mark=".") == 1299.0
    assert price_of("12.5", mark=",") == 12.5


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("12.50", "."), ("12,50", ","), ("1,299.00", "."), ("1.299,00", ","), ("1,299", None), ("1.299", None),
        ("12", None), ("1.299.000", ","), ("1,299,000", "."), ("free", None), ("0.125", "."), (12.5, None),
    ],
)  # fmt: skip
def test_only_unambiguous_prices_tell_the_decimal_mark(text: str | float, mark: str | None) -> None:
    assert decimal_mark(text) == mark


@given(
    cents=st.integers(0, 10**12),
    style=st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", "."), ("", ",")]),
    frame=st.sampled_from(["{}", "€ {}", "{} EUR", "${}", "{}€", "CHF {}"]),
)
def test_an_amount_with_two_decimals_survives_every_way_of_writing(
    cents: int, style: tuple[str, str], frame: str
) -> None:
    thousands, decimals = style
    whole = f"{cents // 100:,}".replace(",", thousands)
    text = frame.format(f"{whole}{decimals}{cents % 100:02d}")
    assert price_of(text) == pytest.approx(cents / 100, abs=0.001)
    assert decimal_mark(text) == decimals


@given(st.text())
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    try:
        amount = price_of(text)
    except ValueError:
        return
    assert amount is None or amount >= 0
