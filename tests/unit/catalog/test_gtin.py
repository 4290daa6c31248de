"""One trade item has one number, however a feed or a package writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.gtin import is_gtin, spellings


def with_check(digits: str) -> str:
    """The digits and the one that makes their weighted sum, from the right 3, 1, 3, …, a multiple of ten."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(digits[::-1]))
    return digits + str(-total % 10)


@pytest.mark.parametrize("code", ["4006381333931", "036000291452", "96385074", "09506000134352"])
def test_published_numbers_are_valid(code: str) -> None:
    assert is_gtin(code)


@given(st.sampled_from([7, 11, 12, 13]).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n)))
def test_exactly_one_check_digit_is_right(digits: str) -> None:
    valid = [digits + digit for digit in "0123456789" if is_gtin(digits + digit)]
    assert valid == [with_check(digits)]


@given(st.text("0123456789", min_size=11, max_size=11))
def test_a_upc_is_its_ean_with_or_without_zeros(digits: str) -> None:
    upc = with_check(digits)
    assert {upc, "0" + upc, "00" + upc} <= set(spellings(upc))
    assert {upc, "0" + upc} <= set(spellings("0" + upc))
    assert spellings(upc)[0] == upc


@pytest.mark.parametrize(
    "text",
    ["https://id.gs1.org/01/09506000134352", "https://a.b/01/09506000134352?x=1", "(01)09506000134352",
     "9506000134352"],
)  # fmt: skip
def test_addresses_and_element_strings_hold_a_number(text: str) -> None:
    assert {"9506000134352", "09506000134352"} <= set(spellings(text))


@pytest.mark.parametrize("text", ["SKU-1042", "4006381333932", "１２３４５６７０", "12345", ""])
def test_other_texts_are_themselves_alone(text: str) -> None:
    assert spellings(text) == ((text,) if text else ())
