"""What a search has found, in order, before a page of it is described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lookalike.search.judge import Seen
from lookalike.search.rank.arranging import Told
from lookalike.search.words.ranker import WordRanked
from lookalike.types import FoldBy, Hit, Hits

__all__ = ["Pictures", "Ranked"]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Image rows of the view before folding.

    Attributes:
        rows: by falling similarity.
        similarities: of the rows.
        lanes: by name, what each brings to the similarities.
    """

    rows: Int64[np.ndarray, " n"]
    similarities: Float32[np.ndarray, " n"]
    lanes: Mapping[str, Float32[np.ndarray, " n"]]

    def at(self, rows: Int64[np.ndarray, " m"]) -> Int64[np.ndarray, " m"]:
        """The position of each row, -1 for one that is not among them."""
        order = np.argsort(self.rows)
        if not len(order):
            return np.full(len(rows), -1, dtype=np.int64)
        places = order[np.minimum(np.searchsorted(self.rows[order], rows), len(order) - 1)]
        return np.where(self.rows[places] == rows, places, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Image rows of the view, one a hit.

    Attributes:
        rows: by falling similarity, unless they were arranged.
        similarities: of the rows.
        exact: whether none can have been missed.
        complete: whether there can be no more.
        seen: by falling cosine, before folding; None where words found them.
        lanes: by name, what each brings to the similarities.
        words: what became of the words; None where a picture alone found them.
        pictures: the rows before folding; None where words found them.
        scores: what they were ordered by; None where that is the similarities.
        rules: names of the shop's rules that touched each; None where none were asked.
        told: what was done to the order.
    """

    rows: Int64[np.ndarray, " n"]
    similarities: Float32[np.ndarray, " n"]
    exact: bool
    complete: bool
    seen: Seen | None
    lanes: Mapping[str, Float32[np.ndarray, " n"]] = field(default_factory=dict[str, Float32[np.ndarray, " n"]])
    words: WordRanked | None = None
    pictures: Pictures | None = None
    scores: Float64[np.ndarray, " n"] | None = None
    rules: tuple[tuple[str, ...], ...] | None = None
    told: Told = field(default_factory=Told)

    def by_cosine(self) -> tuple[Int64[np.ndarray, " n"], Float32[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
        """The rows that a picture found, before folding.

        Returns:
            rows by falling cosine, their cosines, and what else (colours) adds to the similarity of each.
        """
        assert self.seen is not None
        assert self.pictures is not None
        places = self.pictures.at(self.seen.rows)
        rows, cosines = self.seen.rows[places >= 0], self.seen.similarities[places >= 0]
        whole = self.pictures.similarities[places[places >= 0]]
        return rows, cosines, (whole - cosines).astype(np.float64)

    def hits(self, described: Mapping[int, Hit], page: slice, by: FoldBy) -> Hits:
        """The hits of a page, with what they were ordered by and which rules moved them.

        Args:
            described: by their place on the page.
            page: which of the rows are on it.
            by: what counts as one hit.
        """
        if self.told.by == "similarity":
            return Hits(tuple(described.values()), by)
        scores = None if self.scores is None else self.scores[page]
        rules = () if self.rules is None else self.rules[page]
        items = [
            replace(
                hit,
                score=None if scores is None else round(float(scores[place]), 6),
                rules=rules[place] if rules else (),
            )
            for place, hit in described.items()
        ]
        return Hits(tuple(items), by, arranged=True)
