"""Findings come worst first, the same way on every run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.evaluate.health.finding import Finding, FindingKind, ImageReference, worst_first
from lookalike.evaluate.health.report import finding_document

facts = st.tuples(
    st.sampled_from(FindingKind), st.sampled_from(["high", "medium", "low"]), st.sampled_from("abc"), st.floats(0, 1)
)


@given(st.lists(facts, max_size=12), st.data())
def test_the_order_does_not_depend_on_how_they_came(drawn_facts: list, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(drawn_facts))))
    found = [
        Finding(kind, severity, ImageReference(image), "…", score=score) for kind, severity, image, score in drawn_facts
    ]
    ordered = worst_first(tuple(found))
    again = worst_first(tuple(found[place] for place in order))
    ranks = ["high", "medium", "low"]
    assert [ranks.index(one.severity) for one in ordered] == sorted(ranks.index(one.severity) for one in found)
    key = [(one.severity, one.kind, one.score, one.about.image) for one in ordered]
    assert key == [(one.severity, one.kind, one.score, one.about.image) for one in again]


def test_no_finding_tells_the_password_of_an_address() -> None:
    shown = ImageReference("https://me:secret@shop.example/a.png")
    told = finding_document(Finding(FindingKind.BLURRED, "low", shown, "…", others=(shown,)))
    assert told["image"] == "https://shop.example/a.png"
    assert "secret" not in str(told)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_is_a_share(score: float) -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        Finding(FindingKind.BLURRED, "low", ImageReference("a"), "…", score=score)
