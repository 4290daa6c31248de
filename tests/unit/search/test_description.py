"""What a picture may be called."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.embed.concepts import Concepts
from lookalike.search.description import agreed, described
from lookalike.types import Hit, ImageKey, ProductId, ReleaseId, VariantId


def hit(name: str, similarity: float, color: str | None, title: str | None = None) -> Hit:
    attributes = {} if color is None else {"color": color, "description": f"about {name}", "price": 3.0}
    return Hit(ProductId(name), VariantId(name), f"{name}.jpg", ImageKey(1), title, similarity, attributes)


HITS = [hit("a", 0.9, "red", "Red mug"), hit("b", 0.88, None, "Mug"), hit("c", 0.85, "blue"), hit("d", 0.5, "green")]


def test_the_nearest_count_most_and_the_far_are_not_heard():
    found = agreed(HITS, lambda one: one.attributes.get("color"))
    assert [one.text for one in found] == ["red", "blue"]
    weights = np.exp([0.0, -0.05 / 0.05, -0.4 / 0.05])
    assert found[0].share == pytest.approx(weights[0] / weights.sum())


def test_nothing_said_suggests_nothing():
    assert agreed([hit("a", 0.9, None)], lambda one: one.title) == ()
    assert agreed([], lambda one: one.title) == ()


def test_columns_of_values_are_suggested_and_classes_told_by_falling_probability():
    concepts = Concepts(
        ("mug", "cup, tea cup"), np.array([[2.0, 0.0], [0.0, 1.0]], np.float32), np.zeros(2, np.float32), "f"
    )
    found = described(HITS, np.array([1.0, 0.0], np.float32), concepts, ReleaseId("r1"))
    assert list(found.attributes) == ["color"]
    assert [one.text for one in found.concepts] == ["mug", "cup, tea cup"]
    assert sum(one.share for one in found.concepts) == pytest.approx(1)
    document = found.as_dict()
    assert document["titles"][0]["title"] == "Red mug"
    assert described(HITS, np.zeros(2, np.float32), None, ReleaseId("r1")).concepts == ()
