"""An evaluation's numbers, from made-up answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.evaluate.evaluation import evaluate
from lookalike.evaluate.questions import Question, Questions
from lookalike.search.answer import Answer
from lookalike.types import FoldBy, Hit, Hits, ImageKey, Pixels, ProductId, ReleaseId


class _Knowing:
    """Answers with the product that the picture is called by."""

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | None = None,
        k: int = 10,
        by: FoldBy = "product",
    ) -> Answer:
        assert isinstance(image, Path)
        hit = Hit(ProductId(image.stem), None, image.name, ImageKey(1), None, 0.9, {})
        return Answer(Hits((hit,)), True, None, ReleaseId("r1"), {}, 0, None, None)


def test_with_one_right_answer_a_query_precision_at_five_is_a_fifth_at_most() -> None:
    items = [Question(Path(f"{i}.jpg"), None, frozenset([str(i)]), str(i), i + 2) for i in range(12)]
    found = evaluate(_Knowing(), Questions(tuple(items), ()))
    precision, recall = found.metrics["precision@5"], found.metrics["recall@1"]
    assert (precision.value, precision.low, precision.high) == pytest.approx((0.2, recall.low / 5, 0.2))
