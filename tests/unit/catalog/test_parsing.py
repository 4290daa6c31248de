"""The filter language: what is written is what is meant, and what cannot be read says where and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.parsing import parse, render
from lookalike.catalog.selection import (
    And,
    Comparison,
    Membership,
    Missing,
    Not,
    Or,
    Selection,
    TextMatch,
    check,
    columns_of,
)
from lookalike.errors import SelectionError, SelectionSyntaxError, SelectionTypeError, UnknownColumn

NAMES = st.one_of(
    st.sampled_from(["price", "color", "größe", "_x", "in", "NOT", "starts", "heel height", "50%", "Ärmel-Länge"]),
    st.text(st.characters(blacklist_characters="`", blacklist_categories=["Cs"]), min_size=1, max_size=8),
)
VALUES = st.one_of(
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=10),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)
# Described, and built inside the tests: the run-time type checks draw random numbers, which strategies must not.
LEAVES = st.one_of(
    st.tuples(st.just(Comparison), NAMES, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), VALUES),
    st.tuples(st.just(Membership), NAMES, st.lists(VALUES, min_size=1, max_size=4).map(tuple), st.booleans()),
    st.tuples(
        st.just(TextMatch),
        NAMES,
        st.sampled_from(["contains", "starts with", "ends with"]),
        st.text(max_size=6),
        st.booleans(),
    ),
    st.tuples(st.just(Missing), NAMES, st.booleans()),
)
TREES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.tuples(st.just(Not), parts),
        st.tuples(st.sampled_from([And, Or]), st.lists(parts, min_size=2, max_size=3)),
    ),
    max_leaves=12,
)


def grown(described) -> Selection:
    """The tree that a drawn description stands for."""
    kind, *rest = described
    if kind is Not:
        return Not(grown(rest[0]))
    if kind in (And, Or):
        return kind(tuple(map(grown, rest[0])))
    return kind(*rest)


@given(TREES)
def test_what_is_rendered_parses_to_the_same_tree(tree) -> None:
    tree = grown(tree)
    # Text of the tree, not the trees alone: 1, 1.0 and True are equal in Python.
    assert parse(render(tree)) == tree
    assert render(parse(render(tree))) == render(tree)


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused_with_a_sentence(text: str) -> None:
    try:
        parse(text)
    except SelectionSyntaxError as error:
        refused = error
    else:
        return
    assert refused.position is None or 0 <= refused.position <= len(text)
    assert len(str(refused)) > 10


@given(
    st.lists(
        st.sampled_from(["a", "and", "or", "not", "(", ")", "=", "1", '"x"', "in", ",", "is", "null"]), max_size=12
    )
)
def test_any_words_parse_or_are_refused(words: list[str]) -> None:
    try:
        tree = parse(" ".join(words))
    except SelectionSyntaxError:
        return
    assert parse(render(tree)) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (
            'category = "Shoes" and price < 50 and color in ("red", "cream")',
            And(
                (
                    Comparison("category", "=", "Shoes"),
                    Comparison("price", "<", 50),
                    Membership("color", ("red", "cream")),
                )
            ),
        ),
        (
            "a=1 or b=2 and not c=3",
            Or((Comparison("a", "=", 1), And((Comparison("b", "=", 2), Not(Comparison("c", "=", 3)))))),
        ),
        (
            "(a == 1 OR b <> 2) And c",
            And((Or((Comparison("a", "=", 1), Comparison("b", "!=", 2))), Comparison("c", "=", True))),
        ),
        ("in_stock", Comparison("in_stock", "=", True)),
        ("not in_stock", Not(Comparison("in_stock", "=", True))),
        ("x is null and y IS NOT NULL", And((Missing("x"), Missing("y", negated=True)))),
        ("`heel height` >= -1.5e2", Comparison("heel height", ">=", -150.0)),
        ("a not in (1)", Membership("a", (1,), negated=True)),
        ("t contains 'it\\'s'", TextMatch("t", "contains", "it's")),
        ('t not starts with "a\\n\\\\"', TextMatch("t", "starts with", "a\n\\", negated=True)),
        ("t ends with '\"'", TextMatch("t", "ends with", '"')),
        ("t like '%a%'", TextMatch("t", "contains", "a")),
        ("t like 'a%'", TextMatch("t", "starts with", "a")),
        ("t not like '%a'", TextMatch("t", "ends with", "a", negated=True)),
        ("t like 'a'", Comparison("t", "=", "a")),
        ("p between 1 and 2", And((Comparison("p", ">=", 1), Comparison("p", "<=", 2)))),
        (
            "p not between 1 and 2",
            And((Missing("p", negated=True), Not(And((Comparison("p", ">=", 1), Comparison("p", "<=", 2)))))),
        ),
        (
            "p between 1 and 2 and q",
            And((And((Comparison("p", ">=", 1), Comparison("p", "<=", 2))), Comparison("q", "=", True))),
        ),
        ("颜色 = '红'", Comparison("颜色", "=", "红")),
    ],
)
def test_expressions_mean_what_they_say(text: str, tree: Selection) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        ("", 0, "empty"),
        ("   ", 0, "empty"),
        ("price <", 7, "the filter ends"),
        ("price < < 3", 8, "a number, true, false or text in quotes"),
        ("price < fifty", 8, "text in quotes"),
        ("color = 'red", 8, "never closed"),
        ("heel-height > 5", 4, "signs goes in backticks"),
        ("a.b = 5", 1, "signs goes in backticks"),
        ("price = 5x", 8, "not a number"),
        ("price ; drop", 6, "means nothing here"),
        ("(a = 1", 6, "closing parenthesis"),
        ("a = 1)", 5, "and, or, or the end"),
        ("a in 1", 5, "opening parenthesis"),
        ("a in ()", 6, "a number"),
        ("a = null", 4, "is null"),
        ("a b", 2, "a comparison"),
        ("a 'b'", 2, "a comparison"),
        ("a not 3", 6, "in, between, contains"),
        ("a starts 'x'", 9, "with"),
        ("t like '%a%b'", 7, "beginning or end only"),
        ("in = 3", 0, "`in`"),
        ("5 = price", 0, "a column"),
        ("a = 1e999", 4, "ordinary size"),
        ("a between 1 or 2", 12, "between 10 and 20"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_was_expected(text: str, position: int, sentence: str) -> None:
    with pytest.raises(SelectionSyntaxError) as caught:
        parse(text)
    assert caught.value.position == position
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "text", ["(" * 5000 + "a", "not " * 5000 + "a", "a or " * 30_000 + "a", "a in (" + "1," * 20_000]
)
def test_monsters_are_refused_rather_than_endured(text: str) -> None:
    with pytest.raises(SelectionSyntaxError):
        parse(text)


COLUMNS = {"category": "text", "price": "number", "in_stock": "boolean", "Size": "text"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('price = "50"', "without quotes"),
        ('price < "cheap"', "compare it with a number"),
        ("category = 5", 'in quotes: "5"'),
        ("category = true", 'in quotes: "true"'),
        ("in_stock = 1", "true or false"),
        ("in_stock < true", "= and != only"),
        ('price contains "5"', "works on text"),
        ('price in (1, "2")', "without quotes"),
        ("category", 'in quotes: "true"'),
        ("price = true", "compare it with a number"),
    ],
)
def test_values_of_another_type_are_refused_with_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(SelectionTypeError) as caught:
        check(parse(text), COLUMNS)  # type: ignore[arg-type]
    assert sentence in str(caught.value)


def test_an_unknown_column_names_the_nearest_and_lists_all() -> None:
    with pytest.raises(UnknownColumn, match="did you mean 'price'") as caught:
        check(parse("not (prize < 3)"), COLUMNS)  # type: ignore[arg-type]
    assert "Size, category, in_stock, price" in str(caught.value)


def test_columns_may_be_written_in_another_case() -> None:
    tree = check(parse("PRICE < 3 and (size is null or IN_STOCK)"), COLUMNS)  # type: ignore[arg-type]
    assert columns_of(tree) == {"price", "Size", "in_stock"}
    with pytest.raises(UnknownColumn):
        check(parse("size = 'm'"), {"Size": "text", "SIZE": "text"})


def test_trees_that_are_built_too_deep_are_refused() -> None:
    tree: Selection = Missing("price")
    for _ in range(100):
        tree = Not(tree)
    with pytest.raises(SelectionError, match="50 levels"):
        check(tree, COLUMNS)  # type: ignore[arg-type]
