"""Where pictures of what words name lie."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.embed.concepts import Concepts
from lookalike.search.alignment import Alignment
from lookalike.search.words.depicted import Depicted, alignment_path, concept_direction

CONCEPTS = Concepts(("mug", "chair", "lamp"), np.eye(3, 4, dtype=np.float32), np.zeros(3, np.float32), "model")


def test_a_question_points_to_the_class_whose_name_is_near_it():
    names = np.eye(3, 5, dtype=np.float32)
    direction = concept_direction(names[1], names, CONCEPTS)
    assert float(np.linalg.norm(direction)) == pytest.approx(1, abs=1e-5)
    assert int(np.argmax(CONCEPTS.weights @ direction)) == 1
    between = concept_direction(((names[0] + names[2]) / np.sqrt(2)).astype(np.float32), names, CONCEPTS)
    assert between[0] == pytest.approx(between[2])
    assert between[0] > between[1]


def test_without_a_sentence_model_nothing_was_learned_and_another_model_has_no_classes(tmp_path):
    depicted = Depicted(lambda: None, tmp_path)
    assert depicted.alignment("f" * 64) is None
    assert depicted.direction(np.ones(5, np.float32), "f" * 64) is None


def test_an_alignment_is_kept_by_the_model_it_is_for(tmp_path):
    assert alignment_path(tmp_path, "a" * 64) != alignment_path(tmp_path, "b" * 64)
    learned = Alignment(
        np.zeros((5, 4), np.float32), np.zeros((4, 5), np.float32), np.zeros(5, np.float32), np.zeros(4, np.float32),
        "t", "f", 20, 0.0,
    )  # fmt: skip
    # A map that knows nothing points nowhere, and does not divide by nothing.
    assert not learned.direction(np.ones(5, np.float32)).any()
