"""A model that fits one's own catalogue: examples, split, features, loop, early stopping, the model folder.

Needs the extra ``train``. Importing this package does not import torch, so that a missing extra is a sentence and not
a traceback. Feeds on what `sources` reads and `nets` opens; validates with the metrics and intervals of `evaluate`.
"""

from lookalike.train.config import TrainingConfig
from lookalike.train.recipe import recipe

__all__ = ["TrainingConfig", "recipe"]
