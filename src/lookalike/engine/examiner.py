"""Asks an engine on behalf of a measurement: as a shopper would, and without being taken for one."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from lookalike.search.answer import Answer
from lookalike.search.rank.ranking import Ranking
from lookalike.types import FoldBy, Pixels

__all__ = ["Examined", "Examiner"]

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
    """

    def __init__(self, engine: Examined) -> None:
        self._engine = engine

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
        return self._engine.search(
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
