"""How an answer shall be ordered, checked once at the door."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.errors import InvalidQuery
from lookalike.search.rank.methods import METHODS

__all__ = ["AUTO", "OFF", "RERANK_CHOICES", "Ranking"]

AUTO, OFF = "auto", "off"
RERANK_CHOICES = (AUTO, OFF, *METHODS)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a search does with the order of what it found; the defaults change it only where that was measured to help.

    Attributes:
        rerank: a name of `METHODS`; ``auto`` for what the live release was measured to gain by, ``off`` for none.
        diverse: 0 (by similarity) to 1 (as different from each other as possible), among what is similar enough.
        sort: a column to sort by, within what is similar enough: ``price``, or ``-price`` for the highest first.
        floor: least similarity of what is sorted; None for `FLOOR_SHARE` of the first hit's.
        rules: whether the shop's rules (pin, bury, boost) apply; they never do where `sort` is given.
        instead: whether a sold-out hit brings the nearest product that is available.

    Raises:
        InvalidQuery: naming all that cannot be used.
    """

    rerank: str = AUTO
    diverse: float = 0.0
    sort: str | None = None
    floor: float | None = None
    rules: bool = True
    instead: bool = True

    def __post_init__(self) -> None:
        problems: list[str] = []
        if self.rerank not in RERANK_CHOICES:
            problems.append(f"rerank must be one of {', '.join(RERANK_CHOICES)}, received {self.rerank!r}")
        if not 0.0 <= self.diverse <= 1.0:
            problems.append(f"diverse must be 0 to 1, received {self.diverse}")
        if self.sort is not None and not self.sort.lstrip("-"):
            problems.append(f"sort must be a column, or a column behind a minus, received {self.sort!r}")
        if self.sort is not None and self.diverse:
            problems.append("an answer is either sorted or diverse: give one of sort and diverse")
        if self.floor is not None and self.sort is None:
            problems.append("a floor says what is similar enough to be sorted: give sort too")
        if self.floor is not None and not -1.0 <= self.floor <= 1.0:
            problems.append(f"floor must be -1 to 1, received {self.floor}")
        if problems:
            raise InvalidQuery("; ".join(problems))
