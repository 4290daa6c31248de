"""Claims about `lookalike.search.words.meaning`: the nearest sentences, of what may be found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lookalike.catalog.catalog import Catalog
from lookalike.index.graph import GraphIndex, GraphPolicy
from lookalike.search.words.meaning import Meaning

N = 500


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty store."""
    with Catalog.create(tmp_path / "store") as made:
        yield made


@pytest.fixture
def meaning(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Meaning:
    """500 sentences whose cosine to (1, 0) falls with their number; variant 1000 + i says sentence i."""
    found = Meaning(catalog, lambda: None, tmp_path, exact_up_to=10_000)
    angles = np.linspace(0.0, 1.5, N)
    index = GraphIndex(2, GraphPolicy(smallest=10_000))
    index.add(np.arange(N), np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))
    monkeypatch.setattr(found, "_current", lambda: index)
    monkeypatch.setattr(found, "_vector_of", {1000 + number: number for number in range(N)})
    monkeypatch.setattr(found, "_variants_of", {number: [1000 + number] for number in range(N)})
    return found


ASKED = np.asarray([1.0, 0.0], dtype=np.float32)


def test_the_nearest_of_all_come_first(meaning: Meaning) -> None:
    variants, cosines, exact = meaning.near(ASKED, 3)
    assert variants.tolist() == [1000, 1001, 1002]
    assert np.all(np.diff(cosines) <= 0)
    assert exact


def test_a_filter_is_looked_within_and_not_behind_the_nearest_of_all(meaning: Meaning) -> None:
    within = np.asarray([1490, 1300, 1450, 77])
    variants, _, _ = meaning.near(ASKED, 100, within)
    assert variants.tolist() == [1300, 1450, 1490]
    assert meaning.near(ASKED, 2, within)[0].tolist() == [1300, 1450]
    assert meaning.near(ASKED, 2, np.asarray([77]))[0].tolist() == []
