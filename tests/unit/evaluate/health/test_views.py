"""What a view is worth agrees with running the search for every choice of views."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.product import ImageSource
from lookalike.evaluate.health.neighbours import Neighbours
from lookalike.evaluate.health.shelf import Shelf
from lookalike.evaluate.health.views import chance_of_first, judge_views
from lookalike.types import ImageKey, PictureKey, ProductId


@given(st.integers(1, 7), st.data())
def test_the_chance_is_the_share_of_choices_that_hold_a_better_view(n_views: int, data: st.DataObject) -> None:
    n_better = data.draw(st.integers(0, n_views))
    chosen = data.draw(st.integers(1, n_views))
    choices = list(combinations(range(n_views), chosen))
    right = sum(any(view < n_better for view in choice) for choice in choices)
    assert chance_of_first(n_views, n_better, chosen) == pytest.approx(right / len(choices))


@pytest.mark.parametrize(("n_views", "n_better", "chosen"), [(2, 3, 1), (2, 1, 0), (2, 1, 3), (2, -1, 1)])
def test_what_cannot_be_chosen_is_refused(n_views: int, n_better: int, chosen: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        chance_of_first(n_views, n_better, chosen)


def shelf_of(*views: int) -> Shelf:
    """Products with so many different pictures each."""
    owners = [product for product, count in enumerate(views) for _ in range(count)]
    n = len(owners)
    rows = np.arange(n, dtype=np.int64)
    images = tuple(
        ImageSource(
            ImageKey(row),
            PictureKey(row),
            f"{row}.jpg",
            f"sha {row}",
            ProductId(f"p{owner}"),
            None,
            True,
            64,
            64,
            "jpeg",
        )
        for row, owner in enumerate(owners)
    )
    ids = tuple(ProductId(f"p{product}") for product in range(len(views)))
    nothing = ("",) * len(views)
    return Shelf(
        images, np.asarray(owners, dtype=np.int64), rows, rows, rows, (None,) * n, ids, nothing, nothing, sequence=1
    )


def lonely(shelf: Shelf) -> list[tuple[str, object]]:
    rows = np.arange(len(shelf.images), dtype=np.int64)
    nobody = np.full((len(rows), 1), -1, dtype=np.int64)
    neighbours = Neighbours(rows, nobody, nobody, np.full((len(rows), 1), np.nan, dtype=np.float32))
    found = judge_views(shelf, neighbours, {}, None)
    return [(str(one.about.product_id), one.evidence["typical_views"]) for one in found]


def test_one_view_is_told_of_only_where_most_products_have_several() -> None:
    assert lonely(shelf_of(1, 3, 3, 3)) == [("p0", 3)]
    assert lonely(shelf_of(1, 1, 2, 2)) == []
    assert lonely(shelf_of(1, 1, 1, 2)) == []
