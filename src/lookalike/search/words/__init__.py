"""Questions in words: what they find, and how that is joined with looks."""

from lookalike.search.words.ranker import WordRanker

__all__ = ["WordRanker"]
