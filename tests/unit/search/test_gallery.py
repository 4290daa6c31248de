"""Claims about `lookalike.search.gallery`: a filter has one form for the index, and rows keep their order."""

from __future__ import annotations

import gc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.catalog.release import Release
from lookalike.catalog.view import Selected, View
from lookalike.index.exact import ExactIndex
from lookalike.search.gallery import Gallery, Subsets
from lookalike.types import ReleaseId

RELEASE = Release(ReleaseId("r1"), 1, "abc", "tiny", 3, {}, "ready", "2026-01-01T00:00:00+00:00")


def gallery(n_images: int, selected: Selected | None) -> Gallery:
    keys = np.arange(n_images, dtype=np.int64)
    view = View(
        sequence=1,
        image_keys=keys,
        picture_keys=keys,
        variant_keys=keys,
        all_variant_keys=keys,
        all_product_keys=keys,
        columns={},
    )
    return Gallery(RELEASE, ExactIndex(3), view, selected, None if selected is None else Subsets().of(selected))


def test_a_filter_has_one_form_for_the_index_while_somebody_remembers_it() -> None:
    subsets = Subsets()
    filtered = Selected(np.array([2, 5], np.int64), np.array([True, False]))
    assert subsets.of(filtered) is subsets.of(filtered)
    assert subsets.of(filtered).keys.tolist() == [2, 5]
    del filtered
    gc.collect()
    assert len(subsets._held) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_rows_within_a_filter_keep_their_order(allowed: list[bool], random) -> None:
    rows = random.sample(range(len(allowed)), random.randint(0, len(allowed)))
    mask = np.asarray(allowed)
    filtered = gallery(len(allowed), Selected(np.flatnonzero(mask).astype(np.int64), mask))
    asked = np.asarray(rows, dtype=np.int64)
    assert filtered.within(asked).tolist() == [row for row in rows if allowed[row]]
    assert filtered.n_pictures == sum(allowed)
    assert gallery(len(allowed), None).within(asked).tolist() == rows
