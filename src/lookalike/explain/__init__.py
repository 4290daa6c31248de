"""Why two pictures are alike to a model: the similarity as a sum over pairs of places, drawn and scored.

Feeds on embedders and on pictures prepared as searches prepare them; imports no torch, and needs no gradients.
"""

from lookalike.explain.explanation import Explanation, MatchedPair, explain_match
from lookalike.explain.match import HeatMap, MatchMatrix, match
from lookalike.explain.overlay import Overlay, overlay_pictures
from lookalike.explain.split import Split, split_pictures

__all__ = [
    "Explanation",
    "HeatMap",
    "MatchMatrix",
    "MatchedPair",
    "Overlay",
    "Split",
    "explain_match",
    "match",
    "overlay_pictures",
    "split_pictures",
]
