"""Settings found by trying: a study that is resumed, stopped early and never worse than what it began with.

The one door to Optuna. Importing this package imports neither it nor torch.
"""

from lookalike.train.tuning.report import Trial, TuningReport
from lookalike.train.tuning.space import Dimension, default_space, read_space

__all__ = ["Dimension", "Trial", "TuningReport", "default_space", "read_space"]
