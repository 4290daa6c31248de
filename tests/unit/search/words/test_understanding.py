"""What words set as conditions, and what they do not."""

from __future__ import annotations

import pytest

from lookalike.catalog.parsing import parse
from lookalike.search.words.understanding import Reading, Shelf, read, where_of

SHELF = Shelf.of(
    {
        "color": ["cream", "White", "Matte Black", "Dark Blue"],
        "brand": ["Halden & Moss", "Oslet"],
        "category": ["Kitchen/Coffee Machines", "Mugs"],
    },
    frozenset({"price", "width_cm", "height_cm"}),
)


def told(text: str, *, beside_picture: bool = True) -> list[tuple[str, str, tuple[object, ...]]]:
    return [
        (one.column, one.operator, one.values) for one in read(text, SHELF, beside_picture=beside_picture).conditions
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this in cream, under 80", [("price", "<", (80.0,)), ("color", "=", ("cream",))]),
        (
            "in matte black between 20 and 50 euros",
            [("price", "between", (20.0, 50.0)), ("color", "=", ("Matte Black",))],
        ),
        ("up to $15", [("price", "<=", (15.0,))]),
        ("mehr als 20 €", [("price", ">", (20.0,))]),
        ("80元以内", [("price", "<=", (80.0,))]),
        ("less than 30cm wide", [("width_cm", "<", (30.0,))]),
        ("at least 0.4 m high", [("height_cm", ">=", (40.0,))]),
        ("not white", [("color", "!=", ("White",))]),
        ("in blue", [("color", "=", ("Dark Blue",))]),
        (
            "a coffee machine from halden & moss",
            [("category", "=", ("Kitchen/Coffee Machines",)), ("brand", "=", ("Halden & Moss",))],
        ),
        ("under 600 in cream", [("price", "<", (600.0,)), ("color", "=", ("cream",))]),
        ("not more than 80, in white", [("price", "<=", (80.0,)), ("color", "=", ("White",))]),
        ("anything but white", [("color", "!=", ("White",))]),
        ("up to 80 € coffee machines", [("price", "<=", (80.0,)), ("category", "=", ("Kitchen/Coffee Machines",))]),
        ("less than 300 mm in width", [("width_cm", "<", (30.0,))]),
        ("not taller than 40 cm", [("height_cm", "<=", (40.0,))]),
        ("with a handle", []),
    ],
)
def test_conditions_are_values_of_the_catalogue(text: str, expected: list[object]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize("beside_picture", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "not white or cream",
        "not in white, nor in the cream",
        "ohne white oder cream",
        "neither white nor cream",
        "anything but white and cream",
        "other than white and cream",
        "no white, no cream",
        "don't want white or cream",
        "excluding white and cream",
    ],
)
def test_one_not_is_about_both_values_that_an_or_joins(text: str, *, beside_picture: bool) -> None:
    assert told(text, beside_picture=beside_picture) == [("color", "!=", ("White",)), ("color", "!=", ("cream",))]
    assert read(text, SHELF, beside_picture=beside_picture).rest == ""


@pytest.mark.parametrize(
    "text",
    [
        "anything but white, cream or matte black",
        "no white, cream, or matte black",
        "without white, cream and matte black",
        "no white, cream, matte black",
    ],
)
def test_one_not_is_about_all_of_a_list_with_a_last_one(text: str) -> None:
    assert told(text) == [("color", "!=", (value,)) for value in ("White", "cream", "Matte Black")]


def test_what_follows_a_list_that_an_or_has_ended_is_wanted() -> None:
    assert told("not white or cream, matte black mug")[:3] == [
        ("color", "!=", ("White",)),
        ("color", "!=", ("cream",)),
        ("color", "=", ("Matte Black",)),
    ]


def test_the_last_colour_of_a_list_need_not_be_there() -> None:
    assert told("no white, cream or purple mugs")[:2] == [("color", "!=", ("White",)), ("color", "!=", ("cream",))]
    assert told("no white, cream, purple mugs")[:2] == [("color", "!=", ("White",)), ("color", "!=", ("cream",))]
    assert told("no white, cream") == [("color", "!=", ("White",)), ("color", "=", ("cream",))]


def test_a_comma_parts_two_values_even_where_a_third_is_called_both() -> None:
    shelf = Shelf.of({"color": ["Red", "White", "Red/White", "Blue"]}, frozenset())
    found = read("not red, white or blue", shelf, beside_picture=True).conditions
    assert [(one.operator, *one.values) for one in found] == [("!=", "Red"), ("!=", "White"), ("!=", "Blue")]
    assert [one.values for one in read("red/white", shelf, beside_picture=True).conditions] == [("Red/White",)]


def test_a_value_that_has_a_comma_is_one_where_it_ends_no_list() -> None:
    shelf = Shelf.of({"color": ["Red", "White", "Red, White", "Blue"]}, frozenset())

    def values(text: str) -> list[tuple[object, ...]]:
        return [one.values for one in read(text, shelf, beside_picture=True).conditions]

    assert values("a cup in red, white") == [("Red, White",)]
    assert values("not red, white or blue") == [("Red",), ("White",), ("Blue",)]


def test_an_and_before_an_article_joins_nothing_to_what_is_not_wanted() -> None:
    assert told("not white and a cream mug")[:2] == [("color", "!=", ("White",)), ("color", "=", ("cream",))]
    assert told("nothing white, no white and the cream")[-1] == ("color", "!=", ("cream",))


def test_a_value_that_no_or_joins_to_what_is_not_wanted_is_wanted() -> None:
    assert told("cream, not white") == [("color", "=", ("cream",)), ("color", "!=", ("White",))]
    assert told("not white, or cream") == [("color", "!=", ("White",)), ("color", "=", ("cream",))]
    assert told("not white or mugs") == [("color", "!=", ("White",)), ("category", "=", ("Mugs",))]
    assert told("not white, cream") == [("color", "!=", ("White",)), ("color", "=", ("cream",))]
    assert told("not white but cream") == [("color", "!=", ("White",)), ("color", "=", ("cream",))]


def test_what_cannot_be_had_is_told() -> None:
    assert read("in teal, under 2 kg", SHELF, beside_picture=True).unmapped == ("under 2 kg", "teal")


def test_a_comparison_that_no_column_knows_is_told() -> None:
    assert read("quieter than 60 db", SHELF, beside_picture=True).unmapped == ("quieter than 60 db",)


def test_a_number_of_things_is_about_the_column_that_counts_them() -> None:
    shelf = Shelf.of({}, frozenset({"price", "seats"}))
    found = read("sofa with at least 3 seats under 500", shelf, beside_picture=False)
    assert where_of(found.conditions) == "`seats` >= 3 and `price` < 500"
    assert read("at least 3 drawers", shelf, beside_picture=False).unmapped == ("at least 3 drawers",)


def test_words_alone_keep_their_values_and_only_tell_them() -> None:
    found = read("cream mug under 20", SHELF, beside_picture=False)
    assert found.rest == "cream mug"
    assert where_of(found.conditions) == "`price` < 20"
    assert {one.effect for one in found.conditions} == {"filter", "weight"}


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("under 12345678", "`price` < 12345678"),
        ("under 1234567.89", "`price` < 1234567.89"),
        ("under 1000000", "`price` < 1000000"),
    ],
)
def test_a_price_is_filtered_by_as_it_was_said_however_many_digits_it_has(words: str, where: str) -> None:
    assert where_of(read(words, SHELF, beside_picture=False).conditions) == where


def test_a_brand_that_is_called_as_a_sum_of_money_is_no_price() -> None:
    shelf = Shelf.of({"brand": ["三元"], "category": ["Under $50"]}, frozenset({"price"}))
    reading = read("三元的牛奶 50元以内", shelf, beside_picture=False)
    assert [(one.column, one.operator) for one in reading.conditions] == [("price", "<=")]
    assert reading.rest == "三元的牛奶"
    assert [one.column for one in read("under $50", shelf, beside_picture=False).conditions] == ["price"]
    assert [one.column for one in read("三元", SHELF, beside_picture=False).conditions] == ["price"]


def test_nothing_is_read_into_nothing() -> None:
    assert read("", SHELF, beside_picture=True) == Reading()


def test_every_filter_can_be_parsed_and_quotes_are_escaped() -> None:
    shelf = Shelf.of({"brand": ['Say "Ah"']}, frozenset({"price"}))
    where = where_of(read('say "ah" between 3 and 9', shelf, beside_picture=True).conditions)
    assert where is not None
    parse(where)


@pytest.mark.parametrize("beside_picture", [True, False])
@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("1,5 L kettle.", "1,5 l kettle"),
        ("kettle (1.5l), steel", "kettle 1.5l steel"),
        ("size 7,8 or No.7!", "size 7,8 or no.7"),
        ("kettle,lid...", "kettle lid"),
    ],
)
def test_amounts_and_names_keep_their_points(text: str, rest: str, *, beside_picture: bool) -> None:
    words = [word for word in rest.split() if not (beside_picture and word in ("size", "or"))]
    assert read(text, SHELF, beside_picture=beside_picture).rest == " ".join(words)


@pytest.mark.parametrize("text", ["under " + "9" * 400, "less than " + "9" * 307 + " m wide"])
def test_a_number_that_no_column_can_hold_is_no_condition(text: str) -> None:
    reading = read(text, SHELF, beside_picture=False)
    assert reading.conditions == ()
    assert reading.unmapped == (text,)


@pytest.mark.parametrize("beside_picture", [True, False])
@pytest.mark.parametrize(
    ("text", "unmapped"),
    [
        ("no purple mug", ("not purple",)),
        ("a mug, not purple or pink", ("not purple", "not pink")),
        ("neither purple nor pink mug", ("not purple", "not pink")),
        ("no white, purple or pink mug", ("not purple", "not pink")),
    ],
)
def test_a_colour_that_nothing_has_and_nobody_wants_is_told_and_not_looked_for(
    text: str, unmapped: tuple[str, ...], *, beside_picture: bool
) -> None:
    found = read(text, SHELF, beside_picture=beside_picture)
    assert found.unmapped == unmapped
    assert found.names_colour
    assert "purple" not in found.rest
    assert "pink" not in found.rest


def test_a_colour_that_nothing_has_and_somebody_wants_is_looked_for() -> None:
    assert read("a purple mug", SHELF, beside_picture=False).rest == "a purple mug"
    assert read("no purple, white mug", SHELF, beside_picture=False).rest == "white mug"
