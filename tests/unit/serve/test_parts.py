"""Claims about answers in parts over HTTP, as `lookalike.serve.document` and `search_request` put them."""

from __future__ import annotations

import pytest

from lookalike.errors import InvalidQuery
from lookalike.search.answer import Answer
from lookalike.search.part import Part
from lookalike.serve.document import answer_document
from lookalike.serve.search_request import search_from_json
from lookalike.types import Box, Hit, Hits, ImageKey, ProductId, ReleaseId


def test_parts_are_told_with_box_score_and_hits():
    hits = Hits((Hit(ProductId("mug"), None, "mug.jpg", ImageKey(1), "Mug", 0.5, {}),))
    part = Part(Box(1.0, 2.0, 3.0, 4.0), 0.87654, hits)
    answer = Answer(hits, True, None, ReleaseId("r1"), {}, 0, None, None, parts=(part,))
    (told,) = answer_document(answer, None)["parts"]  # type: ignore[misc]
    assert told["box"] == [1.0, 2.0, 3.0, 4.0]
    assert told["score"] == 0.8765
    assert told["hits"] == answer_document(answer, None)["hits"]


def test_an_answer_that_was_not_taken_apart_has_none():
    answer = Answer(Hits(), True, None, ReleaseId("r1"), {}, 0, None, None)
    assert "parts" not in answer_document(answer, None)


def test_a_request_names_how_many():
    assert search_from_json(b'{"image": "AAAA", "parts": 4}', max_hits=100).parts == 4
    with pytest.raises(InvalidQuery, match="parts"):
        search_from_json(b'{"image": "AAAA", "parts": "many"}', max_hits=100)
