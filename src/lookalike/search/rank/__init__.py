"""What happens to an answer's order after the neighbours are known: re-ranking, diversity, the shop's rules, sorting.

Every step is a small pure object. Re-ranking is off unless `lookalike.evaluate.reranking` measured that it helps on
this catalogue; a hit's similarity stays the cosine of the query whatever the order.
"""

from lookalike.search.rank.ranking import Ranking

__all__ = ["Ranking"]
