"""Claims about `lookalike.explain.scoring`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.explain.match import match
from lookalike.explain.scoring import faithfulness, highest, map_likeness, object_share
from lookalike.explain.split import split_pictures


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6), st.floats(0, 1))
def test_the_highest_share_holds_as_many_pixels_as_asked_and_no_lower_one(seed: int, rows: int, columns: int, share):
    from lookalike.images.tinting import spread_map

    values = np.random.default_rng(seed).normal(size=(rows, columns))
    chosen = highest(values, 12, share)
    spread = spread_map(values, (0.0, 0.0, 12.0, 12.0), width=12, height=12)
    assert chosen.sum() == round(share * 144)
    if 0 < chosen.sum() < 144:
        assert spread[chosen].min() >= spread[~chosen].max()


def test_deleting_nothing_leaves_the_similarity_and_inserting_all_restores_it(make_embedder, make_picture):
    embedder, generator = make_embedder(), np.random.default_rng(1)
    square, vector = make_picture(generator), embedder.embed(make_picture(generator)[np.newaxis])[0]
    for baseline in ("blur", "mean"):
        found = faithfulness(embedder, square, vector, generator.normal(size=(3, 3)), baseline=baseline)
        similarity = float(embedder.embed(square[np.newaxis])[0] @ vector)
        assert found.deleted[0] == pytest.approx(similarity, abs=1e-6)
        assert found.inserted[-1] == pytest.approx(similarity, abs=1e-6)
        assert found.deleted[-1] == pytest.approx(found.inserted[0], abs=1e-6)
        assert found.drop(0.0) == 0.0
        assert found.drop(0.2) == pytest.approx(found.deleted[0] - found.deleted[2])
    with pytest.raises(ValueError, match="share must be one of"):
        found.drop(0.25)


def test_the_areas_are_those_of_the_curves_by_hand(make_embedder, make_picture):
    embedder, generator = make_embedder(), np.random.default_rng(2)
    vector = embedder.embed(make_picture(generator)[np.newaxis])[0]
    found = faithfulness(embedder, make_picture(generator), vector, np.eye(3), shares=(0.0, 0.5, 1.0))
    by_hand = 0.25 * found.deleted[0] + 0.5 * found.deleted[1] + 0.25 * found.deleted[2]
    assert found.deletion_area == pytest.approx(by_hand)
    by_hand = 0.25 * found.inserted[0] + 0.5 * found.inserted[1] + 0.25 * found.inserted[2]
    assert found.insertion_area == pytest.approx(by_hand)


def test_deleting_what_the_exact_map_names_costs_more_than_deleting_anything_else(make_embedder):
    embedder = make_embedder()
    embedder.matrix[:], embedder.offset[:] = np.eye(6, 3), 0.0
    square = np.zeros((32, 32, 3), np.uint8)
    square[..., 2] = 200
    square[:11, 11:22] = (250, 0, 0)
    product = np.zeros((32, 32, 3), np.uint8)
    product[..., 0] = 220
    query, image = split_pictures(embedder, [square, product])
    exact = match(query, image).query_map
    assert np.unravel_index(np.argmax(exact), exact.shape) == (0, 1)
    drops = []
    for cell in range(9):
        values = np.zeros(9)
        values[cell] = 1.0
        vector = image.whole.astype(np.float32)
        found = faithfulness(embedder, square, vector, values.reshape(3, 3), shares=(0.0, 0.1), baseline="mean")
        drops.append(found.drop(0.1))
    assert int(np.argmax(drops)) == int(np.argmax(exact))


def test_the_share_on_an_object_counts_what_is_positive_alone():
    values = np.asarray([[1.0, -5.0], [0.0, 0.0]])
    mask = np.zeros((8, 8), bool)
    mask[:4, :4] = True
    share = object_share(values, mask)
    assert share.area == 0.25
    assert share.attribution > 0.85
    assert share.ratio == pytest.approx(share.attribution / 0.25)
    assert object_share(np.full((2, 2), -1.0), mask).attribution == 0.0
    assert object_share(np.ones((2, 2)), mask).ratio == pytest.approx(1.0, abs=1e-6)
    assert np.isnan(object_share(values, np.zeros((8, 8), bool)).ratio)


@given(st.integers(0, 2**32 - 1))
def test_likeness_of_maps_is_the_correlation_of_their_ranks(seed: int):
    generator = np.random.default_rng(seed)
    first, second = generator.integers(0, 5, size=(4, 4)).astype(float), generator.normal(size=(4, 4))

    def ranks(values: np.ndarray) -> list[float]:
        flat = values.ravel().tolist()
        return [sum(v < x for v in flat) + (sum(v == x for v in flat) - 1) / 2 for x in flat]

    if np.ptp(first) > 0:
        expected = np.corrcoef(ranks(first), ranks(second))[0, 1]
        assert map_likeness(first, second) == pytest.approx(expected, abs=1e-9)
    assert map_likeness(second, 3 * second + 1) == pytest.approx(1.0)
    assert map_likeness(second, -second) == pytest.approx(-1.0)
    assert map_likeness(second, np.ones((4, 4))) == 0.0


def test_other_weights_give_another_map(make_embedder, make_picture):
    generator = np.random.default_rng(6)
    alike = []
    for seed in range(20):
        square, other = make_picture(generator), make_picture(generator)
        maps = [
            match(*split_pictures(make_embedder(seed=weights), [square, other])).query_map
            for weights in (5, 100 + seed)
        ]
        alike.append(map_likeness(*maps))
    assert abs(np.mean(alike)) < 0.6
