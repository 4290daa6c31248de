"""Claims about `lookalike.search.words.denials`: what Chinese denies is left out, and nothing else is."""

from __future__ import annotations

import pytest

from lookalike.search.words.understanding import Shelf, read

SHELF = Shelf.of(
    {"color": ["红色", "白色", "米白色", "蓝", "red"], "category": ["厨房/杯子", "外套"], "material": ["陶瓷"]},
    frozenset({"price"}),
)


def denied(text: str) -> tuple[list[str], str]:
    """Values that are filtered out, and the words that are left."""
    reading = read(text, SHELF, beside_picture=False)
    values = [str(value) for one in reading.conditions if one.operator == "!=" for value in one.values]
    assert all(one.effect == "filter" for one in reading.conditions if one.operator == "!=")
    return values, reading.rest


@pytest.mark.parametrize(
    ("text", "values", "rest"),
    [
        ("不要红色", ["红色"], ""),
        ("不要红色的杯子", ["红色"], "杯子"),
        ("杯子，不想要红色", ["红色"], "杯子"),
        ("不要 红色 杯子", ["红色"], "杯子"),
        ("不要红的杯子", ["红色"], "杯子"),
        ("不要蓝色", ["蓝"], ""),
        ("不要米白色", ["米白色"], ""),
        ("不要红色外套", ["红色"], "外套"),
        ("不要红色和白色的杯子", ["红色", "白色"], "杯子"),
        ("不要红色或陶瓷", ["红色"], "或陶瓷"),
        ("不要红色，白色的杯子", ["红色"], "白色的杯子"),
        ("不是陶瓷杯子", ["陶瓷"], "杯子"),
        ("非红色", ["红色"], ""),
        ("除了红色都可以", ["红色"], "都可以"),
        ("除红色外", ["红色"], ""),
        ("红色以外的杯子", ["红色"], "杯子"),
        ("红色和白色以外的杯子", ["红色", "白色"], "杯子"),
        ("红色、白色或蓝色以外", ["红色", "白色", "蓝"], ""),
        ("我要红色或白色之外的杯子", ["红色", "白色"], "我要 杯子"),
        ("我想要不是红色的", ["红色"], "我想要"),
        ("不要red", ["red"], ""),
        ("不要 red 的杯子", ["red"], "的杯子"),
        ("red以外的杯子", ["red"], "杯子"),
        ("red 和红色 以外的杯子", ["red", "红色"], "杯子"),
        ("除了Red、红色都可以", ["red", "红色"], "都可以"),
        ("非red杯子", ["red"], "杯子"),
        ("不要红色的 不要 白色的", ["红色", "白色"], ""),
    ],
)
def test_a_value_that_is_denied_is_filtered_out(text: str, values: list[str], rest: str) -> None:
    assert denied(text) == (values, rest)


@pytest.mark.parametrize(
    "text",
    [
        "红色",
        "不要",
        "不要红酒杯",
        "不要深红色",
        "深红色以外",
        "要不要红色",
        "是不是红色",
        "非常红色",
        "除红色",
        "除了红色还要白色",
        "没有红色的吗",
        "不要redwood",
        "要不要red",
        "redwood以外",
        "想不想要红色",
        "不是红色就是白色",
        "非红色不要",
        "不是红色的不要，谢谢",
        "不要红色以外的颜色",
        "不要不是红色的",
        "除了红色都不要",
        "除了红色其他颜色不考虑",
        "红色以外的都不要",
        "红色和白色以外的都不要",
        "杯子和白色以外",
    ],
)
def test_what_asks_adds_or_means_something_else_denies_nothing(text: str) -> None:
    assert denied(text)[0] == []


def test_what_is_denied_ends_with_its_value() -> None:
    found = read("杯子，不要红色，不要red。", SHELF, beside_picture=False).conditions
    assert [one.text for one in found if one.operator == "!="] == ["红色", "red"]


def test_what_is_denied_goes_together_with_a_price() -> None:
    reading = read("白色杯子不要红色，预算50元", SHELF, beside_picture=True)
    assert [(one.column, one.operator) for one in reading.conditions] == [("price", "<="), ("color", "!=")]
    assert reading.names_colour
