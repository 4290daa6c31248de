"""Asks an engine on behalf of a measurement: as a shopper would, and without being taken for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from lookalike.evaluate.variant_names import VariantNames
from lookalike.search.answer import Answer
from lookalike.search.rank.ranking import Ranking
from lookalike.types import FoldBy, Pixels, VariantId

__all__ = ["Examined", "Examiner", "called"]

_DEFAULT_RANKING = Ranking()


@runtime_checkable
class Examined(Protocol):
    """What is asked: an engine."""

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
        parts: int | None = None,
        ranking: Ranking = ...,
        remember: bool = True,
    ) -> Answer:
        """Hits of the question."""
        ...


class Examiner:
    """Searches whose photographs do not get into the demand report.

    Args:
        engine: answers.
        variants: what the variants of its hits are called; None for their ids.
    """

    def __init__(self, engine: Examined, variants: VariantNames | None = None) -> None:
        self._engine = engine
        self._variants = variants

    def search(
        self,
        image: bytes | str | Path | Pixels | None = None,
        *,
        text: str | None = None,
        audio: bytes | str | Path | None = None,
        like: str | None = None,
        k: int = 10,
        offset: int = 0,
        by: FoldBy = "product",
        parts: int | None = None,
        ranking: Ranking = _DEFAULT_RANKING,
    ) -> Answer:
        """As `lookalike.engine.engine.Engine.search`, whatever it raises too."""
        answer = self._engine.search(
            image,
            text=text,
            audio=audio,
            like=like,
            k=k,
            offset=offset,
            by=by,
            parts=parts,
            ranking=ranking,
            remember=False,
        )
        return answer if self._variants is None else called(answer, self._variants)


def called(answer: Answer, variants: VariantNames) -> Answer:
    """The answer with the variants of its hits by their names."""
    hits = tuple(
        hit
        if hit.variant_id is None
        else replace(hit, variant_id=VariantId(variants.name(hit.product_id, hit.variant_id)))
        for hit in answer.hits
    )
    return replace(answer, hits=replace(answer.hits, items=hits))
