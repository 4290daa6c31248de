"""What is done so that a model which fits one catalogue does not forget the rest."""

# The extra is not installed everywhere where the types are checked.
# pyright: reportMissingImports=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

if TYPE_CHECKING:
    import torch

__all__ = ["DRAWN", "GeneralConfig", "beside", "mixed_weights"]

DRAWN = "drawn"
"""Stands for a catalogue that the project draws: products of nobody's shop."""


@dataclass(frozen=True, slots=True)
class GeneralConfig:
    """The switch against forgetting.

    Attributes:
        share: of the initial model's similarity in the finished one's, 0 to below 1: its vector is kept in dimensions
            of its own beside the head's (`lookalike.nets.side_by_side`), so that a cosine mixes both. 0 keeps nothing,
            0.3 is a good start for a head. Where layers learn, those of the initial model are computed beside them, so
            that a picture costs up to twice as much. What is held out is measured with it while a run goes.
        measured_on: catalogue that is not learned from, on which it is measured what the finished model keeps of the
            initial one's score: a source as `lookalike index` takes it, ``drawn`` for one that the project draws, or
            empty for none.
        interpolation: share of the weights that the run began with in those that are saved, 0 to below 1; any mode.
            While a run goes, what has learned is measured without it; what is reported is measured with it.

    Reference:
        `interpolation`: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models" (arXiv 2109.01903), eq. 2.
    """

    share: float = 0.0
    interpolation: float = 0.0
    measured_on: str = ""

    def __post_init__(self) -> None:
        if not (0.0 <= self.share < 1.0 and 0.0 <= self.interpolation < 1.0):
            raise ValueError(
                f"share and interpolation must be 0 to below 1, received {self.share} and {self.interpolation}"
            )


def beside(
    learned: Float32[np.ndarray, "n dimension"], initial: Float32[np.ndarray, "n own"], share: float
) -> Float32[np.ndarray, "n both"]:
    """The finished model's unit vectors of pictures, from those of the head and those of the initial model.

    Args:
        learned: unit vectors of the head.
        initial: those of the initial model, of the same pictures; not looked at where `share` is 0.
        share: `GeneralConfig.share`.
    """
    if share == 0.0:
        return learned
    return np.hstack([(1 - share) ** 0.5 * learned, share**0.5 * initial]).astype(np.float32)


def mixed_weights(
    learned: Mapping[str, torch.Tensor], begun: Mapping[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """(1 - share) learned + share begun, tensor by tensor; counters and the like are those learned.

    Args:
        learned: weights by name.
        begun: those that the run began with, by the same names.
        share: 0 to below 1.
    """
    if share == 0.0:
        return dict(learned)
    return {
        name: value.lerp(begun[name].to(value), share) if value.is_floating_point() else value
        for name, value in learned.items()
    }
