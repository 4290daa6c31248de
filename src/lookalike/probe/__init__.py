"""Questions that only a model with gradients can answer: what it looked at, and how little it takes to fool it.

Needs the extra ``train``. Importing this package does not import torch.
"""

from lookalike.probe.attack import Attackable, measure_attacks
from lookalike.probe.gradients import gradient_map
from lookalike.probe.report import Attack, AttackOptions, AttackReport

__all__ = ["Attack", "AttackOptions", "AttackReport", "Attackable", "gradient_map", "measure_attacks"]
