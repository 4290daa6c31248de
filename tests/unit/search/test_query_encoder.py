"""Claims about `lookalike.search.query_encoder`: what a vector is turned away from, it is less like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tiny_model import described

from lookalike.catalog.catalog import Catalog
from lookalike.embed.description import ModelDescription
from lookalike.errors import ImageRejected, InvalidQuery, NoVector
from lookalike.images.limits import ImageLimits
from lookalike.search.clock import Clock
from lookalike.search.query import Query
from lookalike.search.query_encoder import QueryEncoder, turned_away
from lookalike.types import Reason


def unit(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).normal(size=6).astype(np.float32)
    return vector / np.linalg.norm(vector)


@given(st.integers(0, 999), st.integers(1000, 1999))
def test_what_it_is_turned_away_from_it_is_less_like(seed: int, other: int) -> None:
    vector, unlike = unit(seed), unit(other)
    turned = turned_away(vector, unlike)
    assert np.linalg.norm(turned) == pytest.approx(1.0, abs=1e-5)
    assert turned @ unlike < vector @ unlike
    loop = [one - 0.5 * two for one, two in zip(vector.tolist(), unlike.tolist(), strict=True)]
    np.testing.assert_allclose(turned, np.asarray(loop) / np.linalg.norm(loop), atol=1e-5)


def test_nothing_to_avoid_leaves_it_as_it_is() -> None:
    vector = unit(1)
    assert turned_away(vector, None) is vector


def test_a_vector_that_points_nowhere_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="all zeros"):
        turned_away(np.zeros(6, np.float32), np.zeros(6, np.float32))


@pytest.mark.parametrize("length", [1e-30, 1e30])
def test_a_vector_of_any_length_is_a_direction(length: float) -> None:
    vector = unit(3)
    np.testing.assert_allclose(turned_away(vector * np.float32(length), np.zeros(6, np.float32)), vector, atol=1e-6)


class Blind:
    """Has no vector of anything."""

    description: ModelDescription = described(b"blind", dimension=4)

    def embed(self, batch: np.ndarray) -> np.ndarray:
        raise NoVector("nothing comes of it", places=tuple(range(len(batch))))


def test_a_photograph_without_a_vector_is_refused_as_such(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "store") as catalog:
        release = catalog.begin_release(fingerprint="f" * 64, model="blind", dimension=4, description={})
        encoder = QueryEncoder(catalog, lambda _: Blind(), ImageLimits())
        with pytest.raises(ImageRejected) as refused:
            encoder.look(Query(image=np.zeros((40, 40, 3), np.uint8)), release, Clock())
    assert refused.value.reason is Reason.NO_VECTOR
