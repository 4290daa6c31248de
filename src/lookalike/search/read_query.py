"""A query, with all that is known of it before anything is looked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lookalike.catalog.selection import Selection
from lookalike.search.gallery import Gallery
from lookalike.search.query import Query
from lookalike.search.query_encoder import Look
from lookalike.search.rank.arranging import Plan
from lookalike.search.words.understanding import Reading

__all__ = ["ReadQuery"]


@dataclass(frozen=True, slots=True, eq=False)
class ReadQuery:
    """What every stage of a search goes by.

    Attributes:
        query: as it was asked.
        reading: what its words mean; None where it has none.
        selection: its filter, with the conditions that the words set; None for all.
        plan: how the hits shall be ordered.
        look: its picture as the model sees it, without its colours where it alone finds and the words have named one;
            None for words alone.
        gallery: what it is asked of.
    """

    query: Query
    reading: Reading | None
    selection: Selection | None
    plan: Plan
    look: Look | None
    gallery: Gallery

    @property
    def deep(self) -> Query:
        """What is looked for: an order of one's own is made of the same hits whatever page of it is asked for.

        What follows behind them is looked for afterwards by a picture alone, and here by words.
        """
        depth, query = self.plan.depth, self.query
        behind = self.words is not None and self.plan.ranking.sort is None
        if depth is None or (behind and query.offset + query.k > depth):
            return query
        return replace(query, k=depth, offset=0)

    @property
    def wishes(self) -> bool:
        """Whether a filter, or words that are about one, say what is wanted; a mere question mark says nothing."""
        return self.selection is not None or (self.reading is not None and bool(self.reading.unmapped))

    @property
    def words(self) -> str | None:
        """What words shall find, beside the picture if there is one; None where the picture alone finds."""
        if self.reading is None or (self.look is not None and not self.reading.rest):
            return None
        return self.reading.rest
