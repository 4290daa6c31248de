"""How often the right product comes first: questions, metrics, intervals.

Asks whatever can search; knows nothing of how it does.
"""

from lookalike.evaluate.evaluation import Asked, Evaluation
from lookalike.evaluate.intervals import Interval

__all__ = ["Asked", "Evaluation", "Interval"]
