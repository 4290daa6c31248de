"""Tokens: what is stored and what is asked meet in one spelling."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.analysis import folded, squeezed, stem, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mugs", "mug"),
        ("berries", "Berry"),
        ("boxes", "box"),
        ("CAFÉ CRÈME", "cafe creme"),
        ("Straße", "strasse"),
        ("1,5 L", "1500ml"),
        ("1.5 litres", "1,5l"),
        ("2 kg", "2000 g"),
        ("30cm", "300 mm"),
        ("１２", "12"),
    ],
)
def test_different_spellings_of_one_thing_are_one_token(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


def test_what_is_not_the_same_stays_apart() -> None:
    assert tokens("glass") == ["glass"]
    assert tokens("bus") == ["bus"]
    assert tokens("1.5l") != tokens("15l")
    assert tokens("a1.2.3") == ["a123", "a1", "2", "3"]


def test_hyphenated_words_are_kept_whole_and_in_parts() -> None:
    assert tokens("WH-1000XM4") == ["wh1000xm4", "wh", "1000xm4"]
    assert tokens("T-shirts") == ["tshirt", "t", "shirt"]


@pytest.mark.parametrize(
    ("title", "word"),
    [("华为手机壳", "手机"), ("华为手机壳", "手机壳"), ("ถั่วเขียว", "เขียว"), ("デジタルカメラ", "カメラ")],
)
def test_a_word_inside_a_text_without_blanks_is_among_its_tokens(title: str, word: str) -> None:
    pairs = [token for token in tokens(word) if len(token) > 1]
    assert pairs
    assert set(pairs) <= set(tokens(title))


@given(st.text())
def test_tokens_hold_no_blank_and_folding_twice_is_folding_once(text: str) -> None:
    assert all(token and not any(character.isspace() for character in token) for token in tokens(text))
    assert folded(folded(text)) == folded(text) or not text.isascii()


@given(st.text(alphabet="abcdefs", min_size=1, max_size=12))
def test_a_stem_is_a_beginning_with_at_most_one_letter_changed(word: str) -> None:
    found = stem(word)
    assert word.startswith(found[:-1])
    assert 0 < len(found) <= len(word)


def test_codes_are_letters_and_digits_alone() -> None:
    assert squeezed(" WH-1000/xm4 ") == "wh1000xm4"


@pytest.mark.parametrize("text", ["27″", "27''", "27′′", '27"', "27 ″", "27 inch", "27-inch"])
def test_inches_are_one_token_by_whichever_sign(text: str) -> None:
    assert tokens(text) == ["68.58cm"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ('1/2"', "1.27cm"),
        ("½″", "1.27cm"),
        ("½ inch", "1.27cm"),
        ('1 1/2"', "3.81cm"),
        ("1½ in", "3.81cm"),
        ('1-1/2"', "3.81cm"),
        ("1/4 l", "0.25l"),
        ("6'", "182.88cm"),
        ("6′", "182.88cm"),
        ("6 ft", "182.88cm"),
        ("5'10\"", "177.8cm"),
        ("5′ 10½″", "179.07cm"),
    ],
)
def test_feet_and_fractions_with_a_unit_are_amounts(text: str, amount: str) -> None:
    assert tokens(text)[0] == amount
    assert tokens(f"a {text} pipe")[1] == amount


@pytest.mark.parametrize(
    "text", ["24/7", "1/2 price", "6's", "the '90s", "1'200", "it's '6'", "Poster 'Route 66'", 'Poster "Route 66"']
)
def test_what_may_be_something_else_is_no_amount(text: str) -> None:
    assert not any(token.endswith("cm") for token in tokens(text))


def test_sizes_that_a_slash_parts_are_no_fraction() -> None:
    assert tokens("55/65 inch") == ["55", "165.1cm"]
    assert tokens("3/4/8 inch") == ["3", "4", "20.32cm"]


@pytest.mark.parametrize(
    ("text", "amount"), [("1.5L水壶", "1.5l"), ("0.5m线", "50cm"), ('27"显示器', "68.58cm"), ("100%棉", "100%")]
)
def test_an_amount_is_one_right_before_chinese(text: str, amount: str) -> None:
    assert tokens(text)[0] == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("50厘米", "50cm"),
        ("50 公分", "50cm"),
        ("５００毫米", "50cm"),
        ("27英寸显示器", "68.58cm"),
        ("1/2英寸", "1.27cm"),
        ("10公斤", "10000g"),
        ("1,500克装", "1500g"),
        ("1.5升", "1.5l"),
        ("250毫升水杯", "0.25l"),
        ("1.8米长", "180cm"),
    ],
)
def test_an_amount_in_a_chinese_unit_is_that_in_any_other(text: str, amount: str) -> None:
    assert tokens(text)[0] == amount
    assert amount in tokens(f"花瓶 高{text}")


@pytest.mark.parametrize("text", ["5米色", "3克拉", "200升级", "1.2.3厘米"])
def test_a_sign_that_begins_another_word_is_no_unit(text: str) -> None:
    assert not any(token.endswith(("cm", "g", "l")) for token in tokens(text))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2米桌布", "200cm"),
        ("3米白色网线", "300cm"),
        ("100克茶叶", "100g"),
        ("5升油", "5l"),
        ("60*90厘米", "60cm"),
        ("1.8×2米床", "180cm"),
        ("30-50厘米", "30cm"),
    ],
)
def test_what_may_be_an_amount_is_found_as_one_and_as_it_is_written(text: str, amount: str) -> None:
    found = tokens(text)
    assert found[0] == amount
    assert found[1] == text[: len(found[1])]
    before_the_word = {"100克茶叶": "茶叶", "5升油": "油", "2米桌布": "米桌"}.get(text)
    assert before_the_word is None or before_the_word in found


@pytest.mark.parametrize("text", ["1*" * 50_000, "1," * 50_000, "1" * 100_000, "1 - 1,1" * 20_000])
def test_many_numbers_are_read_in_no_time_beyond_their_number(text: str) -> None:
    began = time.process_time()
    tokens(f"{text} 米")
    assert time.process_time() - began < 5.0
