"""At which share of its rate a step is taken."""

from __future__ import annotations

import math

from lookalike.train.config import ScheduleConfig

__all__ = ["rate_share"]


def rate_share(step: int, n_steps: int, config: ScheduleConfig) -> float:
    """Share of the rates for step `step` of `n_steps`, both counted from 0: a linear rise, then half a cosine.

    With w = ceil(warm_up n_steps): (step + 1) / w while step < w, then f + (1 - f) (1 + cos(pi t)) / 2, where t goes
    from 0 at step w to 1 at the last step and f is `final_share`. Steps beyond the last are as the last.
    """
    rising = math.ceil(config.warm_up * n_steps)
    if step < rising:
        return (step + 1) / rising
    left = max(1, n_steps - 1 - rising)
    progress = min(1.0, (step - rising) / left)
    return config.final_share + (1 - config.final_share) * (1 + math.cos(math.pi * progress)) / 2
