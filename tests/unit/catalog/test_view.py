"""Filters in memory agree with reading one row after another, and a refreshed view with a fresh one."""

from __future__ import annotations

import operator
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.catalog.catalog import Catalog
from lookalike.catalog.evaluation import evaluate
from lookalike.catalog.facets import FacetValue
from lookalike.catalog.memory import BooleanColumn, NumberColumn, TextColumn
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
from lookalike.types import AttributeValue

TEXTS = st.sampled_from(["Red", "red", "RED", "cream", "Straße", "STRASSE", "", "é", "ÉCRU", "x\ny"])
NUMBERS = st.sampled_from([0, 1, -1, 2.5, 19.99, 1e12, 50])
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "color": TEXTS,
            "price": NUMBERS,
            "in_stock": st.booleans(),
            "own text": TEXTS,
            "own": NUMBERS,
            "flag": st.booleans(),
        },
    ),
    min_size=1,
    max_size=12,
)
TYPES = {
    "color": "text",
    "price": "number",
    "in_stock": "boolean",
    "own text": "text",
    "own": "number",
    "flag": "boolean",
}


TESTED = st.sampled_from(["contains", "starts with", "ends with"])
TEXT_COLUMNS = st.sampled_from(["color", "own text"])
NUMBER_COLUMNS = st.sampled_from(["price", "own"])
FLAGS = st.sampled_from(["in_stock", "flag"])
ORDER = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
# Described, and built inside the tests: the run-time type checks draw random numbers, which strategies must not.
LEAVES = st.one_of(
    st.tuples(st.just(Comparison), TEXT_COLUMNS, ORDER, TEXTS),
    st.tuples(st.just(Comparison), NUMBER_COLUMNS, ORDER, NUMBERS),
    st.tuples(st.just(Comparison), FLAGS, st.sampled_from(["=", "!="]), st.booleans()),
    st.tuples(st.just(Membership), TEXT_COLUMNS, st.lists(TEXTS, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.tuples(st.just(Membership), NUMBER_COLUMNS, st.lists(NUMBERS, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.tuples(st.just(Membership), FLAGS, st.lists(st.booleans(), min_size=1, max_size=2).map(tuple), st.booleans()),
    st.tuples(
        st.just(TextMatch),
        TEXT_COLUMNS,
        st.sampled_from(["contains", "starts with", "ends with"]),
        TEXTS,
        st.booleans(),
    ),
    st.tuples(st.just(Missing), st.sampled_from(sorted(TYPES)), st.booleans()),
)
TREES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.tuples(st.just(Not), parts),
        st.tuples(st.sampled_from([And, Or]), st.lists(parts, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)


def grown(described) -> Selection:
    """The tree that a drawn description stands for."""
    kind, *rest = described
    if kind is Not:
        return Not(grown(rest[0]))
    if kind in (And, Or):
        return kind(tuple(map(grown, rest[0])))
    return kind(*rest)


SIGNS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
TESTS = {"contains": operator.contains, "starts with": str.startswith, "ends with": str.endswith}


def folded(value: AttributeValue) -> AttributeValue:
    return value.casefold() if isinstance(value, str) else value


def holds(selection: Selection, row: dict[str, AttributeValue]) -> bool:
    """The oracle: one row, by the book."""
    match selection:
        case Not(part):
            return not holds(part, row)
        case And(parts):
            return all(holds(part, row) for part in parts)
        case Or(parts):
            return any(holds(part, row) for part in parts)
        case Missing(column, negated):
            return (column in row) == negated
    if selection.column not in row:
        return False
    value = folded(row[selection.column])
    match selection:
        case Comparison(_, sign, other):
            return bool(SIGNS[sign](value, folded(other)))
        case Membership(_, values, negated):
            return (value in [folded(one) for one in values]) != negated
        case TextMatch(_, test, part, negated):
            return bool(TESTS[test](value, part.casefold())) != negated


@given(rows=ROWS, trees=st.lists(TREES, min_size=1, max_size=8))
def test_a_filter_agrees_with_reading_row_by_row(rows, trees) -> None:
    kinds = {"text": TextColumn, "number": NumberColumn, "boolean": BooleanColumn}
    columns = {name: kinds[kind].of([row.get(name) for row in rows]) for name, kind in TYPES.items()}
    for tree in map(grown, trees):
        tree = check(tree, TYPES)
        found = evaluate(tree, columns)
        assert found.tolist() == [holds(tree, row) for row in rows]
        some = np.arange(len(rows))[::-2]
        assert (
            evaluate(tree, {name: column.at(some) for name, column in columns.items()}).tolist() == found[some].tolist()
        )


def test_filters_reach_images_and_pictures(catalog: Catalog, words) -> None:
    rows = [{"color": "Red", "price": 3}, {"color": "red", "own text": "x"}, {"price": 50, "in_stock": True}, {}]
    variants = [words.variant(f"p{n}", None, {"x": "shared", "y": f"{n}"}, **row) for n, row in enumerate(rows)]
    applied = catalog.apply(words.batch(*variants, contents=["shared", *"0123"]), "r1")
    for where in ("color = 'RED'", "price > 3 or color is null", "not price < 10", "in_stock", "product_id = 'p3'"):
        tree = catalog.parse(where)
        view = catalog.view(columns_of(tree))
        true = [holds(tree, {**row, "product_id": f"p{n}"}) for n, row in enumerate(rows)]
        assert view.select(tree).tolist() == [one for one in true for _ in "xy"]
        subset = view.subset(tree)
        assert view.subset(tree) is subset
        backwards = np.arange(len(view.image_keys))[::-1].astype(np.int64)
        alone = evaluate(tree, view.columns_at(backwards, columns_of(tree)))
        assert alone.tolist() == subset.rows[backwards].tolist()
        contents = {"shared", *(f"{n}" for n, one in enumerate(true) if one)}
        assert subset.keys.tolist() == sorted(applied.picture_keys[words.sha256(c)] for c in contents)


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 5), st.sampled_from(["a", "b", "c"]), TEXTS, NUMBERS),
        st.tuples(st.just("patch"), st.integers(0, 5), st.just(""), TEXTS, NUMBERS),
        st.tuples(st.just("delete"), st.integers(0, 5), st.just(""), st.just(""), st.just(0)),
        st.tuples(st.just("replace"), st.integers(0, 5), st.sampled_from(["a", "d"]), TEXTS, NUMBERS),
        st.tuples(st.just("text"), st.integers(0, 5), st.just(""), st.just("wide"), st.just(0)),
    ),
    min_size=1,
    max_size=10,
)


def described(catalog: Catalog, columns: set[str]) -> dict[str, object]:
    view = catalog.view(columns)
    shown: dict[str, object] = {
        name: np.asarray(getattr(view, name)).tolist()
        for name in ("sequence", "image_keys", "picture_keys", "variant_keys", "product_keys", "all_variant_keys")
    }
    for text in ("color = 'red'", "price >= 1", "color is null", "product_id = 'p1'", "variant_id = 'a'"):
        shown[text] = view.select(catalog.parse(text)).tolist()
    # Of texts that differ in case only, the one met first is shown, and that depends on what a view lived through.
    shown["facets"] = {
        (facet.column, facet.low, facet.high, frozenset((folded(v.value), v.count) for v in facet.values))
        for facet in view.facets()
    }
    shown["images"] = [view.images_of(np.unique(view.picture_keys)).rows.tolist()]
    return shown


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one release, to copy: making one costs more than all that an example does with it."""
    with Catalog.create(tmp_path_factory.mktemp("template")) as made:
        made.begin_release(fingerprint="f" * 64, model="test", dimension=8, description={})
    return made.folder / "catalog.sqlite"


@settings(max_examples=20)
@given(edits=EDITS)
def test_a_view_that_was_refreshed_equals_one_that_was_loaded(words, template: Path, edits) -> None:
    columns = {"color", "price", "own", "product_id", "variant_id"}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, folder)
        _refresh_equals_load(Path(folder), words, columns, edits)


def _refresh_equals_load(folder: Path, words, columns: set[str], edits) -> None:
    with Catalog.open(folder) as catalog:
        catalog.apply(words.batch(words.variant("p0", "a", {"x": "a"}, own=1), contents=["a"]), "r1")
        catalog.view(columns)
        for verb, n, word, text, number in edits:
            there = catalog.product(f"p{n}") is not None
            if verb in ("put", "replace"):
                variant = words.variant(f"p{n}", word, {"x": word, "y": f"{n}"}, color=text, price=number)
                catalog.apply(words.batch(variant, contents=[word, f"{n}"], replace=verb == "replace"), "r1")
            elif verb == "patch" and there:
                catalog.patch_product(f"p{n}", {"color": text, "price": None})
            elif verb == "delete" and there:
                catalog.delete_product(f"p{n}")
            elif verb == "text":
                catalog.apply(words.batch(words.variant(f"p{n}", "a", own="wide")), "r1")
            catalog.view(columns)
        with Catalog.open(catalog.folder, read_only=True) as fresh:
            assert described(catalog, columns) == described(fresh, columns)
            assert catalog.view().has_several_variants == fresh.has_several_variants()


@pytest.fixture
def shop(catalog: Catalog, words) -> Catalog:
    """Three shoes in four variants, one of them without images."""
    catalog.apply(
        words.batch(
            words.variant("p1", "red", {"a": "one", "b": "two"}, color="Red", price=10, in_stock=True, title="T1"),
            words.variant("p1", "blue", {"a": "two"}, color="blue", price=12, in_stock=False, title="T2"),
            words.variant("p2", None, {"a": "three"}, color="red", price=30, title="T3"),
            words.variant("p3", None, color="RED", in_stock=True, title="T4"),
            contents=["one", "two", "three"],
        ),
        "r1",
    )
    return catalog


def test_an_accent_is_the_same_as_one_sign_and_as_two(catalog: Catalog, words) -> None:
    catalog.apply(
        words.batch(words.variant("p1", None, color="Cr\u00e8me"), words.variant("p2", None, color="cre\u0300me")), None
    )
    view = catalog.view(("color",))
    for written in ("cr\u00e8me", "CRE\u0300ME"):
        assert (
            view.facets(catalog.parse(f'color = "{written}" and color contains "{written[2:4]}"'))[0].values[0].count
            == 2
        )
    assert [value.count for value in view.facets()[0].values] == [2]
    assert not view.facets(catalog.parse('color = "creme"'))


def test_titles_in_other_languages_are_no_facet(catalog: Catalog, words) -> None:
    for number in range(3):
        catalog.apply(words.batch(words.variant(f"p{number}", None, title_de=f"Titel {number}", fit="loose")), None)
    names = tuple(catalog.columns())
    assert [facet.column for facet in catalog.view(names).facets()] == ["fit"]


def test_facets_count_products(shop: Catalog) -> None:
    facets = {facet.column: facet for facet in shop.facets()}
    assert set(facets) == {"color", "price", "in_stock"}
    assert facets["color"].values == (FacetValue("Red", 3), FacetValue("blue", 1))
    assert facets["in_stock"].values == (FacetValue(True, 2), FacetValue(False, 1))
    assert (facets["price"].low, facets["price"].high) == (10.0, 30.0)
    assert facets["price"].values == (FacetValue(10.0, 1), FacetValue(12.0, 1), FacetValue(30.0, 1))
    blue = {facet.column: facet for facet in shop.facets(shop.parse("title = 't2'"))}
    assert blue["color"].values == (FacetValue("blue", 1),)


def test_columns_as_good_as_unique_are_no_facets(shop: Catalog, words) -> None:
    shop.apply(words.batch(*(words.variant(f"q{n}", None, code=f"c{n}", kind=f"k{n % 3}") for n in range(30))), "r1")
    assert {facet.column for facet in shop.facets()} == {"color", "price", "in_stock", "kind"}


def test_a_view_does_not_change_under_a_search(shop: Catalog) -> None:
    tree = shop.parse("price < 20")
    view = shop.view(columns_of(tree))
    before = view.subset(tree)
    assert shop.view(columns_of(tree)) is view
    shop.delete_product("p1")
    assert view.subset(tree) is before
    assert len(before.keys) == 2
    after = shop.view(columns_of(tree))
    assert after is not view
    assert len(after.subset(tree).keys) == 0
    with pytest.raises(ValueError, match="read-only"):
        before.rows[0] = True


def test_a_change_that_touches_no_image_keeps_what_was_prepared(shop: Catalog) -> None:
    tree = shop.parse("price < 20")
    before = shop.view(columns_of(tree)).subset(tree)
    shop.set_live("r1")
    view = shop.view(["color"])
    assert view.sequence == shop.sequence()
    assert view.subset(tree) is before


def test_pictures_lead_to_all_images_that_show_them(shop: Catalog, words) -> None:
    view = shop.view()
    known = shop.picture_keys([words.sha256(c) for c in ("one", "two", "three")])
    keys = np.array([known[words.sha256(c)].picture_key for c in ("two", "one")] + [999], dtype=np.int64)
    found = view.images_of(keys)
    assert found.offsets.tolist() == [0, 2, 3, 3]
    for n, key in enumerate(keys.tolist()):
        rows = found.rows[found.offsets[n] : found.offsets[n + 1]]
        assert rows.tolist() == np.flatnonzero(view.picture_keys == key).tolist()
    rows = view.rows_of_images(np.append(view.image_keys[::-1], 999))
    assert rows.tolist() == [*range(len(view.image_keys) - 1, -1, -1), -1]


def test_an_empty_catalogue_has_an_empty_view(catalog: Catalog) -> None:
    tree = catalog.parse("price < 3 or title is null")
    view = catalog.view(columns_of(tree))
    assert view.select(tree).shape == (0,)
    assert view.subset(tree).keys.shape == (0,)
    assert view.images_of(np.array([1], dtype=np.int64)).offsets.tolist() == [0, 0]
    assert view.rows_of_images(np.array([1], dtype=np.int64)).tolist() == [-1]
    assert catalog.facets() == ()
    with pytest.raises(KeyError, match="title"):
        catalog.view().later(view.sequence, {}).select(catalog.parse("title = 'x'"))
