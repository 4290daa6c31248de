"""Claims about `lookalike.train.classification`, against plain loops."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.train.classification import classify, nearest_labels, write_classification

NAMES = ["apple", "pear", "plum", "kiwi"]
CATEGORIES = ["pome", "pome", "stone", None]


def drawn(seed: int, n: int = 20) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(n, 4)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), generator.integers(0, 4, n)


@settings(max_examples=40)
@given(st.integers(0, 2**20), st.integers(2, 24))
def test_every_number_is_that_of_plain_loops(seed: int, n: int) -> None:
    vectors, labels = drawn(seed, n)
    taken = []
    for i in range(n):
        best = max((j for j in range(n) if j != i), key=lambda j: float(vectors[i] @ vectors[j]))
        taken.append(int(labels[best]))
    assert nearest_labels(vectors, labels).tolist() == taken
    asked = [i for i in range(n) if labels.tolist().count(labels[i]) > 1]
    found = classify(vectors, labels, NAMES, CATEGORIES)
    assert found.n_pictures == len(asked)
    if not asked:
        return
    assert found.accuracy == pytest.approx(np.mean([taken[i] == labels[i] for i in asked]))
    for score in found.products:
        number = NAMES.index(score.name)
        right = sum(taken[i] == labels[i] == number for i in asked)
        named = sum(taken[i] == number for i in asked)
        shown = sum(labels[i] == number for i in asked)
        assert score.n_pictures == shown
        assert score.recall == pytest.approx(right / shown)
        assert score.precision == pytest.approx(right / named if named else 0.0)
        assert score.f1 == pytest.approx(2 * right / (named + shown))
    assert sum(confusion.n_pictures for confusion in found.confusions) == sum(taken[i] != labels[i] for i in asked)
    assert {score.name for score in found.categories} <= {"pome", "stone"}


def test_categories_forgive_what_products_do_not() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 1]]
    found = classify(vectors, np.array([0, 1, 0, 1]), NAMES, CATEGORIES)
    assert found.accuracy == 0.0
    assert [(score.name, score.f1) for score in found.categories] == [("pome", 1.0)]
    assert [(c.shown, c.taken_for, c.n_pictures) for c in found.confusions] == [
        ("apple", "pear", 2),
        ("pear", "apple", 2),
    ]


def test_products_with_one_picture_are_not_asked() -> None:
    vectors, _ = drawn(1, 3)
    assert classify(vectors, np.array([0, 1, 2]), NAMES).n_pictures == 0


def test_the_report_is_written_for_machines_and_people(tmp_path: Path) -> None:
    vectors, labels = drawn(4)
    found = classify(vectors, labels, ["a|b", *NAMES[1:]], CATEGORIES)
    write_classification(found, tmp_path, before=found)
    record = json.loads((tmp_path / "classification.json").read_text())
    assert record["accuracy"] == record["before"]["accuracy"] == found.accuracy
    text = (tmp_path / "classification.md").read_text()
    assert f"accuracy {found.accuracy:.3f} (before {found.accuracy:.3f})" in text
    assert "a\\|b" in text
    assert "## Categories" in text


def test_a_product_that_is_called_as_a_category_keeps_its_own_number_of_before(tmp_path: Path) -> None:
    names, categories = ["pear", "plum"], ["pear", "pear"]
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 1]]
    mixed = classify(vectors, np.array([0, 1, 0, 1]), names, categories)
    write_classification(mixed, tmp_path, before=mixed)
    rows = [line for line in (tmp_path / "classification.md").read_text().splitlines() if line.startswith("| pear |")]
    assert [row.split("|")[5].strip() for row in rows[:2]] == [
        "1.000 (before 1.000)",
        "0.000 (before 0.000)",
    ]
