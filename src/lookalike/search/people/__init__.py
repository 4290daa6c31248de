"""What shoppers did, turned into an order of products: taste, what goes with what, and a mix learned from the past.

Feeds on events of the catalogue room (or of a log) and on the vectors of the live release. Knows shoppers by numbers
only.
"""

from lookalike.search.people.log import Log
from lookalike.search.people.recommender import Recommender

__all__ = ["Log", "Recommender"]
