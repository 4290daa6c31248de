"""From a query to hits: neighbours, filter, folding into products.

Feeds on vectors of the embed room, neighbours of the index room and attributes of the catalogue.
"""

from lookalike.search.answer import Answer
from lookalike.search.query import Query

__all__ = ["Answer", "Query"]
