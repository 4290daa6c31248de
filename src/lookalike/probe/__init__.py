"""Questions that only a model with gradients can answer: what it looked at, and how little it takes to fool it.

Needs the extra ``train``. Importing this package does not import torch.
"""

from lookalike.probe.gradients import gradient_map

__all__ = ["gradient_map"]
