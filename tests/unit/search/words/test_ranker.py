"""Rows that words find, over a store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.index.vector_index import Neighbours
from lookalike.search.words.depicted import Shown
from lookalike.search.words.ranker import WordRanker


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty store."""
    with Catalog.create(tmp_path / "store") as made:
        yield made


@pytest.mark.parametrize("exact", [True, False])
def test_an_answer_is_as_exact_as_its_look_at_what_pictures_show(catalog: Catalog, *, exact: bool) -> None:
    near = Neighbours(np.full((1, 1), -1, np.int64), np.full((1, 1), -np.inf, np.float32), exact)
    shown = Shown(lambda _: None, lambda _: near)
    found = WordRanker(catalog, None).rank("red mug", catalog.view(()), None, None, 10, shown)
    assert found.exact == exact
