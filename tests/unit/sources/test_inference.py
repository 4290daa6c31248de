from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.sources.cells import Cell
from lookalike.sources.inference import Column, TypeInference


def inferred(cells: list[Cell], *, typed: bool = False) -> Column:
    inference = TypeInference(typed=typed)
    for cell in cells:
        inference.observe(cell)
    return inference.column()


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (["1", "2", ""], Column("number", whole=True)),
        (["1", "2.5"], Column("number")),
        (["1", "0"], Column("number", whole=True)),
        (["true", "No", "n/a"], Column("boolean")),
        (["true", "1"], Column("text")),
        (["00123", "5"], Column("text")),
        (["1", "inf"], Column("text")),
        (["1", "nan"], Column("number", whole=True)),
        (["red", "none"], Column("text")),
        (["5", "none"], Column("number", whole=True)),
        ([], Column("text")),
        (["", "NULL"], Column("text")),
        (["9007199254740993"], Column("text")),
    ],
)
def test_text_columns_get_the_narrowest_type_that_fits_every_value(cells: list[Cell], column: Column) -> None:
    assert inferred(cells) == column


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ([1, 2.5, None], Column("number")),
        ([True, False], Column("boolean")),
        ([True, 1], Column("text")),
        (["5", "6"], Column("text")),
        (["true"], Column("text")),
        ([("a", "b")], Column("text")),
        ([2**60], Column("text")),
        ([None], Column("text")),
    ],
)
def test_typed_cells_keep_their_types(cells: list[Cell], column: Column) -> None:
    assert inferred(cells, typed=True) == column


_CELLS = st.one_of(
    st.none(), st.sampled_from(["1", "2.5", "true", "no", "", "NA", "00", "x", "1e5", "1e-5"]), st.text()
)


@given(st.lists(_CELLS), st.randoms())
def test_the_type_does_not_depend_on_the_order(cells: list[Cell], random: object) -> None:
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert inferred(cells) == inferred(shuffled)


@given(st.lists(st.one_of(_CELLS, st.integers(), st.floats(), st.booleans())), st.booleans())
def test_every_observed_value_has_a_value_of_the_inferred_type(cells: list[Cell], typed: bool) -> None:
    column = inferred(cells, typed=typed)
    kinds = {"text": str, "boolean": bool, "number": int if column.whole else float}
    for cell in cells:
        value = column.value_of(cell)
        assert value is None or type(value) is kinds[column.type]
