"""A rule survives the store, decides by its thresholds, and knows when it no longer holds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import StoreDamaged
from lookalike.search.evidence import FEATURES, Evidence, gather, mean_length, toward_centroid
from lookalike.search.rule import Rule, Thresholds, Weights, decide


def rule(same: float = 2.0, absent: float = -2.0, **categories: Thresholds) -> Rule:
    return Rule(
        weights=Weights(0.0, (10.0, *(0.0,) * (len(FEATURES) - 1))),
        pooled=Thresholds(same, absent, 40),
        categories=categories,
        error=0.05,
        absent_error=0.05,
        n_products=100,
        last_product=100,
        fingerprint="f" * 64,
        calibrated_on="2026-01-01T00:00:00+00:00",
        golden="queries.csv",
    )


def evidence(similarity: float) -> Evidence:
    return Evidence(1, np.asarray([similarity, -1.0]), np.asarray([similarity]))


@pytest.mark.parametrize(
    ("similarity", "label"), [(0.9, "same"), (0.2, "same"), (0.19, "similar"), (-0.19, "similar"), (-0.2, "absent")]
)
def test_the_label_follows_the_thresholds(similarity: float, label: str) -> None:
    verdict = decide(rule(), evidence(similarity), None)
    assert verdict.label == label
    assert verdict.p_same == pytest.approx(1 / (1 + math.exp(-10 * similarity)))
    assert (verdict.per, verdict.n) == ("all", 40)


def test_a_category_with_thresholds_of_its_own_uses_them() -> None:
    own = rule(Shoes=Thresholds(5.0, -5.0, 21))
    assert decide(own, evidence(0.3), "Shoes").label == "similar"
    assert decide(own, evidence(0.3), "Shoes").details()["per"] == "Shoes"
    assert decide(own, evidence(0.3), "Hats").label == "same"


def test_same_wins_where_both_thresholds_hold() -> None:
    assert decide(rule(same=-3.0, absent=3.0), evidence(0.0), None).label == "same"


def test_infinite_thresholds_say_nothing_and_survive_the_store() -> None:
    mute = rule(same=math.inf, absent=-math.inf, Shoes=Thresholds(1.0, -math.inf, 20))
    assert decide(mute, evidence(1.0), None).label == "similar"
    assert Rule.from_dict(mute.as_dict()) == mute


def test_a_rule_of_other_features_is_not_used() -> None:
    assert Rule.from_dict({**rule().as_dict(), "features": [*FEATURES, "smell"]}) is None


def test_a_rule_from_before_centroids_still_counts() -> None:
    earlier = {
        **rule().as_dict(),
        "features": ["similarity", "gap", "relief", "views"],
        "coefficients": [1.0, 2.0, 0.0, 3.0],
    }
    read = Rule.from_dict(earlier)
    assert read is not None
    assert read.weights.coefficients == (1.0, 2.0, 0.0, 3.0, 0.0, 0.0, 0.0)
    assert not read.weights.looks_at_centroids


def test_a_rule_that_judged_by_colours_of_another_fit_is_not_used() -> None:
    coloured = replace(rule(), colours=True)
    assert Rule.from_dict(coloured.as_dict()) == coloured
    assert Rule.from_dict({**coloured.as_dict(), "colours": True}) is None
    assert Rule.from_dict({**rule().as_dict(), "colours": False}) == rule()


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"features": list(FEATURES)},
        {**rule().as_dict(), "coefficients": "x"},
        {**rule().as_dict(), "coefficients": [1.0]},
    ],
)
def test_a_document_that_is_no_rule_is_damage(broken: dict[str, object]) -> None:
    with pytest.raises(StoreDamaged, match="lookalike calibrate"):
        Rule.from_dict(broken)


def test_products_that_came_and_went_both_count_as_change() -> None:
    assert rule().change(100, 0) == 0.0
    assert rule().change(90, 10) == pytest.approx(0.2)


@given(st.lists(st.tuples(st.integers(0, 6), st.floats(-1, 1, width=32)), min_size=1, max_size=30), st.integers(1, 8))
def test_the_nearest_products_are_those_of_a_loop(images: list[tuple[int, float]], depth: int) -> None:
    images = sorted(images, key=lambda image: -image[1])
    products = np.asarray([p for p, _ in images], dtype=np.int64)
    similarities = np.asarray([s for _, s in images], dtype=np.float32)
    best: dict[int, float] = {}
    for product, similarity in images:
        best.setdefault(product, similarity)
    expected = list(best.items())[:depth]
    found, values = gather(products, similarities, depth)
    assert found.tolist() == [product for product, _ in expected]
    np.testing.assert_array_equal(values.astype(np.float32), np.asarray([s for _, s in expected], dtype=np.float32))


def test_features_are_what_their_names_say() -> None:
    whole = Evidence(1, np.asarray([0.9, 0.6, 0.4, 0.2]), np.asarray([0.9, 0.7]))
    assert whole.features() == pytest.approx([0.9, 0.3, 0.5, 0.1, 0.0, 0.0, 0.0])
    alone = Evidence(1, np.asarray([0.9]), np.asarray([0.9]), np.asarray([0.8]))
    assert alone.features() == pytest.approx([0.9, 0.9, 0.9, 0.0, 0.8, 0.8, 0.8])
    overtaken = Evidence(1, np.asarray([0.9, 0.6, 0.4]), np.asarray([0.9]), np.asarray([0.5, 0.6, 0.2]))
    assert overtaken.features()[4:] == pytest.approx([0.5, -0.1, 0.1])


@given(st.integers(1, 12), st.integers(0, 999))
def test_the_similarity_to_a_centroid_is_that_to_the_normalised_mean(n: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(n + 1, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    query, own = vectors[0].astype(np.float32), vectors[1:].astype(np.float32)
    mean = own.astype(np.float64).mean(0)
    expected = float(query @ mean) / float(np.linalg.norm(mean))
    cosines = own @ query
    assert toward_centroid(cosines, cosines, mean_length(own)) == pytest.approx(expected, abs=1e-5)


def test_views_that_cancel_out_have_no_centroid() -> None:
    vectors = np.asarray([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)
    cosines = vectors @ np.asarray([0.6, 0.8], dtype=np.float32)
    assert toward_centroid(cosines, cosines, mean_length(vectors)) == 0.0
