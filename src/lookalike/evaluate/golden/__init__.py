"""Golden sets: held-out queries with their right products, from the catalogue itself or from photographs.

Made once, saved with the hash of their data, asked of any release. A picture that is on both sides is found and
removed. Feeds on the catalogue's inventory and kept copies; knows nothing of how searches are served.
"""

from lookalike.evaluate.golden.golden_set import SCHEMA, GoldenQuery, GoldenSet, Leakage
from lookalike.evaluate.golden.shelf import GoldenShelf

__all__ = ["SCHEMA", "GoldenQuery", "GoldenSet", "GoldenShelf", "Leakage"]
