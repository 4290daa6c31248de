"""Bounds on numbers, as people say them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.analysis import folded
from lookalike.search.words.bounds import take_bounds
from lookalike.search.words.numerals import has_figure

Told = tuple[str, tuple[float, ...], str, str]


def told(text: str) -> list[Told]:
    return [(one.direction, one.values, one.unit, one.dimension) for one in take_bounds(folded(text))[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("under 80", ("<", (80.0,), "", "")),
        ("not more than 80", ("<=", (80.0,), "", "")),
        ("no more than $80", ("<=", (80.0,), "", "")),
        ("not under 80", (">=", (80.0,), "", "")),
        ("nicht mehr als 80 €", ("<=", (80.0,), "", "")),
        ("within 80 euros", ("<=", (80.0,), "", "")),
        ("my budget is 1,500 euros", ("<=", (1500.0,), "", "")),
        ("unter 1.500 €", ("<", (1500.0,), "", "")),
        ("79,99 € or less", ("<=", (79.99,), "", "")),
        ("80 euros and up", (">=", (80.0,), "", "")),
        ("around 100 dollars", ("between", (80.0, 120.0), "", "")),
        ("from 20 to 50", ("between", (20.0, 50.0), "", "")),
        ("50-20 €", ("between", (20.0, 50.0), "", "")),
        ("below 31 cm in height", ("<", (31.0,), "cm", "height")),
        ("width under 40 cm", ("<", (40.0,), "cm", "width")),
        ("not taller than 93 cm", ("<=", (93.0,), "cm", "height")),
        ("narrower than 39 cm", ("<", (39.0,), "cm", "width")),
        ("between 30 and 40cm wide", ("between", (30.0, 40.0), "cm", "width")),
        ("louder than 60 db", ("<", (60.0,), "db", "louder")),
        ("under 30 watts", ("<", (30.0,), "watts", "")),
        ("under 10in wide", ("<", (10.0,), "in", "width")),
        ("price<100", ("<", (100.0,), "", "price")),
        ("toaster<=80€", ("<=", (80.0,), "", "")),
        ("preis≤100", ("<=", (100.0,), "", "price")),
        ("≥ 40 cm wide", (">=", (40.0,), "cm", "width")),
    ],
)
def test_a_bound_is_read_as_it_is_said(text: str, expected: Told) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("红色沙发低于500元", ("<", (500.0,), "", "")),
        ("沙发500元以下", ("<=", (500.0,), "", "")),
        ("沙发不超过500元", ("<=", (500.0,), "", "")),
        ("沙发不低于500元的", (">=", (500.0,), "", "")),
        ("低于100cm的桌子", ("<", (100.0,), "cm", "")),
        ("低于500沙发", ("<", (500.0,), "", "")),
        ("不超过500左右的沙发", ("<=", (500.0,), "", "")),
        ("预算是500的沙发", ("<=", (500.0,), "", "")),
        ("沙发预算为500元", ("<=", (500.0,), "", "")),
        ("500元的预算买沙发", ("<=", (500.0,), "", "")),
        ("预算在500元左右的沙发", ("between", (400.0, 600.0), "", "")),
        ("沙发500元左右", ("between", (400.0, 600.0), "", "")),
        ("500上下的沙发", ("between", (400.0, 600.0), "", "")),
        ("100元 卡通杯", ("between", (80.0, 120.0), "", "")),
        ("i can't spend more than 80", ("<=", (80.0,), "", "")),
        ("cannot pay over $80", ("<=", (80.0,), "", "")),
        ("do not spend more than 80", ("<=", (80.0,), "", "")),
        ("不要50元以上的", ("<", (50.0,), "", "")),
        ("under 80aud", ("<", (80.0,), "", "")),
        ("500块钱的沙发", ("between", (400.0, 600.0), "", "")),
        ("沙发100元到200元", ("between", (100.0, 200.0), "", "")),
        ("预算100至200的沙发", ("between", (100.0, 200.0), "", "")),
        ("宽度100到200cm的沙发", ("between", (100.0, 200.0), "cm", "width")),
    ],
)
def test_a_bound_is_read_where_no_blank_parts_it_from_its_neighbours(text: str, expected: Told) -> None:
    assert told(text) == [expected]


def test_a_number_of_things_that_are_no_unit_is_no_price() -> None:
    assert told("至少3人的沙发") == told("低于5个抽屉") == []
    assert told("a sofa with at least 3 seats") == [(">=", (3.0,), "", "seats")]
    assert told("between 2 and 4 drawers") == [("between", (2.0, 4.0), "", "drawers")]
    assert told("under 80 bed linen") == [("<", (80.0,), "", "")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("unter 1.500,50 €", 1500.5),
        ("under 1,500.50 dollars", 1500.5),
        ("moins de 1 500,50 €", 1500.5),
        ("unter 1.234.567 €", 1234567.0),
        ("under 1,234,567.89", 1234567.89),
    ],
)
def test_figures_are_grouped_by_points_commas_or_blanks_and_keep_their_cents(text: str, value: float) -> None:
    (bound,) = take_bounds(folded(text))[0]
    assert bound.values == (value,)
    assert bound.text.endswith(text[-4:])


def test_a_currency_and_a_sign_whose_folded_form_is_another_are_read() -> None:
    (price,) = take_bounds(folded("20-50 zł"))[0]
    assert (price.values, price.money) == ((20.0, 50.0), True)
    assert told("less than 27″") == [("<", (27.0,), "′′", "")]


@pytest.mark.parametrize(
    "text", ["", "size 38-40", "beard trimmer 7000", "a 2-slice toaster", "canon eos 80d", "5 stars"]
)
def test_numbers_without_a_bound_are_left_alone(text: str) -> None:
    assert told(text) == []


def test_two_bounds_side_by_side_keep_their_own_words() -> None:
    assert told("under 24 cm high at most $46") == [("<", (24.0,), "cm", "height"), ("<=", (46.0,), "", "")]
    assert take_bounds("up to 1180 € coffee machines")[1].split() == ["coffee", "machines"]


@given(
    st.lists(
        st.sampled_from(
            [
                "under",
                "between",
                "and",
                "€",
                "cm",
                "½",
                "⅓",
                "八",
                "两万",
                "٣",
                "元",
                "预算",
                "以下",
                "x",
                "-",
                '"',
                "十",
                "零",
            ]
        )
        | st.text(max_size=3),
        max_size=8,
    )
)
def test_where_nothing_may_be_a_number_there_is_no_bound(words: list[str]) -> None:
    plain = folded(" ".join(words))
    assert has_figure(plain) or take_bounds(plain)[0] == ()


@given(
    st.lists(
        st.sampled_from(
            [
                "not",
                "more than",
                "under",
                "between",
                "and",
                "80",
                "20,5",
                "€",
                "cm",
                "wide",
                "red",
                "-",
                "from",
                "max.",
                "in",
            ]
        ),
        max_size=12,
    )
)
def test_whatever_is_said_blanks_take_the_place_of_what_was_understood(words: list[str]) -> None:
    plain = " ".join(words)
    bounds, rest = take_bounds(plain)
    assert len(rest) == len(plain)
    assert all(plain[place] == letter for place, letter in enumerate(rest) if letter != " ")
    assert [bound.start for bound in bounds] == sorted(bound.start for bound in bounds)
    assert all(list(bound.values) == sorted(bound.values) for bound in bounds)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("$50 to spend on mugs", "on mugs"),
        ("a $50 budget", "a"),
        ("50 euro budget", ""),
        ("i can only spend 50", "i"),
        ("budget de 50 euros", ""),
        ("budget ist: 50 €", ""),
    ],
)
def test_what_somebody_has_to_spend_is_the_most_that_it_may_cost(text: str, rest: str) -> None:
    (bound,), left = take_bounds(folded(text))
    assert (bound.direction, bound.values) == ("<=", (50.0,))
    assert left.split() == rest.split()


def test_a_budget_from_one_sum_to_another_has_both_ends() -> None:
    assert told("budget 20-50") == told("my budget is 20 to 50 euros") == [("between", (20.0, 50.0), "", "")]
    assert told("budget under 50") == [("<", (50.0,), "", "")]


@pytest.mark.parametrize(
    "text",
    [
        "under 2k",
        "budget 50k",
        "under $1k",
        "over 4k",
        "from 80x60",
        "around 5th",
        "2 budget phones",
        "1.8米上下铺",
        "100上下装",
        "80左右宽的桌子",
    ],
)
def test_a_figure_that_is_part_of_something_longer_bounds_nothing(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("mug €50", "mug"),
        ("50€ mug", "mug"),
        ("mug 50 euros", "mug"),
        ("EUR 50", ""),
        ("50元 杯子", "杯子"),
    ],
)
def test_a_sum_of_money_alone_is_about_that_much(text: str, rest: str) -> None:
    (bound,), left = take_bounds(folded(text))
    assert (bound.direction, bound.values, bound.money) == ("between", (40.0, 60.0), True)
    assert left.split() == rest.split()


@pytest.mark.parametrize(
    "text", ["5 pounds", "50 mugs", "not €50", "10% off €50", "€50-voucher", "$5k", "x$50", "rated 4+", "50 european"]
)
def test_what_may_be_something_else_is_no_sum_of_money(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "€50 gift card",
        "gift card of €50",
        "$50 off mugs",
        "save $50",
        "50元的优惠券",
        "50元购物卡",
        "menos de 50 euros",
        "hasta 50 €",
        "meno di 50 euro",
        "minder dan 50 euro",
        "tot 50 euro",
        "$50 mug $60",
    ],
)
def test_a_sum_that_is_no_price_or_one_of_several_sets_no_condition(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize("text", ["'mugs under 20'", "‘mugs under 20’", "“mugs under 20”", '"mugs under 20"'])
def test_what_closes_a_quotation_is_no_unit(text: str) -> None:
    assert told(text) == [("<", (20.0,), "", "")]


@pytest.mark.parametrize(
    ("text", "unit"), [("'under 6' tall'", "'"), ("“under 12” wide”", '"'), ('the "big" rug under 20"', '"')]
)
def test_a_sign_within_a_quotation_is_a_unit(text: str, unit: str) -> None:
    assert [bound[2] for bound in told(text)] == [unit]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("under EUR 50", ("<", (50.0,), "", "")),
        ("€50+", (">=", (50.0,), "", "")),
        ("under 6' tall", ("<", (6.0,), "'", "height")),
        ("under 6’ tall", ("<", (6.0,), "'", "height")),
        ("under 5′6″ tall", ("<", (5.5,), "'", "height")),
        ("under 12” wide", ("<", (12.0,), '"', "width")),
        ("under 12 in wide", ("<", (12.0,), "in", "width")),
        ("under 12 in width", ("<", (12.0,), "", "width")),
        ("under 3 yards wide", ("<", (3.0,), "yards", "width")),
        ("under 2 lb", ("<", (2.0,), "lb", "")),
        ("at most 8 oz", ("<=", (8.0,), "oz", "")),
    ],
)
def test_units_are_no_prices(text: str, expected: Told) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('under 1/2"', ("<", (0.5,), '"', "")),
        ("at least 1/2 inch wide", (">=", (0.5,), "inch", "width")),
        ('under 1½" wide', ("<", (1.5,), '"', "width")),
        ("1/2-3/4 inch", ("between", (0.5, 0.75), "inch", "")),
        ("under 5'10 1/2\" tall", ("<", (5.875,), "'", "height")),
    ],
)
def test_a_fraction_is_one_number(text: str, expected: Told) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize("text", ["under 1/2", "from 1/2 price", "at most 24/7"])
def test_a_fraction_without_unit_is_no_price(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("预算50以上", (">=", (50.0,), "", "")),
        ("预算50以内", ("<=", (50.0,), "", "")),
        ("50元起", (">=", (50.0,), "", "")),
        ("不到50元", ("<", (50.0,), "", "")),
        ("不足50元的沙发", ("<", (50.0,), "", "")),
        ("大于50元", (">", (50.0,), "", "")),
        ("最高80元", ("<=", (80.0,), "", "")),
        ("最高价80元", ("<=", (80.0,), "", "")),
        ("最低价格80元", (">=", (80.0,), "", "")),
        ("50元内的杯子", ("<=", (50.0,), "", "")),
        ("家长不超过50元的礼物", ("<=", (50.0,), "", "")),
        ("价格50-100", ("between", (50.0, 100.0), "", "price")),
        ("宽不超过80", ("<=", (80.0,), "", "width")),
        ("宽80左右", ("between", (64.0, 96.0), "", "width")),
        ("宽80到100", ("between", (80.0, 100.0), "", "width")),
        ("高度在80以内", ("<=", (80.0,), "", "height")),
        ("长宽不超过80", ("<=", (80.0,), "", "长宽")),
        ("重量不超过5公斤", ("<=", (5.0,), "公斤", "weight")),
    ],
)
def test_a_chinese_bound_is_about_what_stands_before_it(text: str, expected: Told) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    "text", ["满100元", "满50减10元", "满200元以上包邮", "减10元", "100元减20元", "50元起送", "50元内衣"]
)
def test_what_a_shop_takes_off_or_asks_for_is_no_price(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一百元以下", ("<=", (100.0,), "", "")),
        ("百元以下的杯子", ("<=", (100.0,), "", "")),
        ("五十块以内", ("<=", (50.0,), "", "")),
        ("三百五以内", ("<=", (350.0,), "", "")),
        ("一千零五十元以下", ("<=", (1050.0,), "", "")),
        ("两万三千元以上", (">=", (23_000.0,), "", "")),
        ("两万三以上", (">=", (23_000.0,), "", "")),
        ("一万零五百元起", (">=", (10_500.0,), "", "")),
        ("不超过1万元", ("<=", (10_000.0,), "", "")),
        ("最高1.5万", ("<=", (15_000.0,), "", "")),
        ("1万5以下", ("<=", (15_000.0,), "", "")),
        ("最多3百块", ("<=", (300.0,), "", "")),
        ("预算一百元左右", ("between", (80.0, 120.0), "", "")),
        ("二十到三十元", ("between", (20.0, 30.0), "", "")),
        ("三到五元", ("between", (3.0, 5.0), "", "")),
        ("宽不超过八十厘米", ("<=", (80.0,), "厘米", "width")),
        ("不超过五千克", ("<=", (5.0,), "千克", "")),
    ],
)
def test_a_number_in_chinese_characters_is_read(text: str, expected: Told) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "几百元以内",
        "十几块以内",
        "五六十块以内",
        "上千元以上",
        "三五百元",
        "一百多元以下",
        "一起的杯子",
        "两块以上的地毯",
        "百分之五十以上棉",
        "百分之50以上棉",
        "三元牛奶",
        "满一百元减二十",
        "不到一百件",
        "不超过1万步",
        "第一百元",
        "千零元以下",
    ],
)
def test_characters_of_numbers_that_say_no_number_bound_nothing(text: str) -> None:
    bounds, plain = take_bounds(folded(text))
    assert (bounds, plain) == ((), text)


def test_two_bounds_in_characters_side_by_side_are_both_read() -> None:
    assert [(one[0], one[1]) for one in told("五百以上一千以下")] == [(">=", (500.0,)), ("<=", (1000.0,))]


def test_what_is_together_is_no_lower_bound() -> None:
    assert told("一起50元") == [("between", (40.0, 60.0), "", "")]
    assert told("一起买") == told("50元一起") == []


@pytest.mark.parametrize(
    "text",
    [
        "under ₹500", "under Rs. 500", "under 500 rupees", "under ₩500", "under HK$500", "under A$ 500", "under R$500",
        "under 500 yen", "under 500 AUD", "under INR 500", "under 500 руб", "under 500 francs",
    ],
)  # fmt: skip
def test_sums_are_read_in_whatever_currency(text: str) -> None:
    (bound,) = take_bounds(folded(text))[0]
    assert (bound.direction, bound.values, bound.money) == ("<", (500.0,), True)
    assert take_bounds(folded(text))[1].strip() == ""


@pytest.mark.parametrize("text", ["50美金以下", "五十美金以下", "50港币以下", "50円以下", "50원以下"])
def test_sums_are_read_in_whatever_currency_in_chinese(text: str) -> None:
    assert told(text) == [("<=", (50.0,), "", "")]


@pytest.mark.parametrize("text", ["A$50", "R$ 50", "S$50", "HK$50", "Rs 50", "Rs. 50", "₹50"])
def test_a_sum_alone_is_about_that_much_in_whatever_currency(text: str) -> None:
    assert told(text) == [("between", (40.0, 60.0), "", "")]


@pytest.mark.parametrize(
    "text", ["ron 12 years", "cad 2024", "1 won", "audi rs 3 model", "911 gt3 rs 4.0", "100 yen coin", "一元 硬币"]
)
def test_what_is_also_a_word_is_no_currency(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("三到五百元", (300.0, 500.0)),
        ("一到两百块", (100.0, 200.0)),
        ("3-5百元", (300.0, 500.0)),
        ("1.5-2万元", (15_000.0, 20_000.0)),
        ("八到十万元", (80_000.0, 100_000.0)),
        ("三元到五百元", (3.0, 500.0)),
        ("五到二百元", (5.0, 200.0)),
        ("一百到两百元", (100.0, 200.0)),
        ("三到十元", (3.0, 10.0)),
    ],
)
def test_the_lower_end_of_a_range_leaves_its_hundreds_to_the_upper_one(text: str, ends: tuple[float, float]) -> None:
    assert told(text) == [("between", ends, "", "")]


@pytest.mark.parametrize("text", ["一" * 1_000, "一万" * 500, "1万" * 500])
def test_a_question_of_nothing_but_numbers_is_read_in_no_time(text: str) -> None:
    take_bounds("under 10")
    started = time.process_time()
    take_bounds(text)
    assert time.process_time() - started < 0.3
