"""How much is looked at while a model is made smaller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lookalike.compress.recipe import CANDIDATES, QuantisationRecipe
from lookalike.errors import InvalidConfiguration

__all__ = ["ImitationOptions", "QuantiseOptions", "ShrinkOptions", "Told"]

Told: TypeAlias = Callable[[str], None]
"""Hears in a few words what is being done."""


@dataclass(frozen=True, slots=True)
class QuantiseOptions:
    """How much is looked at.

    Attributes:
        allowed_loss: of recall@1, as a share.
        n_calibration: pictures whose activations set ranges and rounding; half of them copies as a phone takes them.
        most_pictures: of the catalogue, in the exam.
        most_questions: of the exam.
        candidates: what to try.
        threads: of the runtimes; None for one a core.
        seed: of everything that is drawn.
    """

    allowed_loss: float = 0.005
    n_calibration: int = 64
    most_pictures: int = 4000
    most_questions: int = 4000
    candidates: tuple[QuantisationRecipe, ...] = CANDIDATES
    threads: int | None = None
    seed: int = 20_261_125


@dataclass(frozen=True, slots=True)
class ImitationOptions:
    """How long and how fast a smaller net learns to answer as the original does.

    Attributes:
        steps: batches, at most.
        minutes: wall time, at most; the learning rate is at zero when either is used up.
        batch: pictures in a batch.
        rate: of learning, at its highest.
        warm_up: steps until then.
        n_cuts: parts of each picture, cut at random, that are learned from beside the whole.
        catalogue_share: of each batch, pictures of the catalogue itself: photographs will be compared with just those.
        weight_decay: of weights, not of biases.
        similarity_weight: how much the similarities within a batch count beside the vectors themselves.
        largest_gradient: longer ones are shortened to this.
        mixed_precision: whether bfloat16 is computed in where that is safe and the machine gains by it: a GPU, or a
            processor that multiplies bfloat16 (AMX, or AVX-512 for it).
    """

    steps: int = 20_000
    minutes: float = 60.0
    batch: int = 32
    rate: float = 3e-5
    warm_up: int = 20
    n_cuts: int = 2
    catalogue_share: float = 0.25
    weight_decay: float = 1e-4
    similarity_weight: float = 4.0
    largest_gradient: float = 1.0
    mixed_precision: bool = True

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be {least} or more, received {getattr(self, name)}"
            for name, least in (
                ("steps", 0),
                ("batch", 2),
                ("warm_up", 1),
                ("n_cuts", 0),
                ("weight_decay", 0),
                ("similarity_weight", 0),
            )
            if getattr(self, name) < least
        ]
        problems += [
            f"{name} must be above 0, received {getattr(self, name)}"
            for name in ("minutes", "rate", "largest_gradient")
            if not getattr(self, name) > 0
        ]
        if not 0.0 <= self.catalogue_share <= 0.9:
            problems.append(f"catalogue_share must be 0 to 0.9, received {self.catalogue_share}")
        if problems:
            raise InvalidConfiguration("; ".join(problems))


@dataclass(frozen=True, slots=True)
class ShrinkOptions:
    """How a model is made narrower, and how it learns again.

    Attributes:
        macs_share: of the multiply-accumulates that may stay.
        side: of the pictures that the new model takes, in pixels; ``balanced`` where pictures and channels shall save
            as much as each other, None for those of the model.
        lower_rest: whether layers whose maps are finer than a sixteenth of the side stay as they are, where the others
            can save enough. What they give is then computed once for all of the learning.
        allowed_loss: of recall@1, as a share.
        imitation: how it learns; None for not at all, which needs no torch.
        n_calibration: pictures that channels are chosen by.
        n_fitted: pictures that the layers are fitted to, one after the other.
        most_pictures: of each catalogue.
        most_questions: of the exam.
        device: where it learns, as torch names it.
        threads: of the runtimes; None for one a core.
        seed: of everything that is drawn.
    """

    macs_share: float = 0.7
    side: int | Literal["balanced"] | None = None
    lower_rest: bool = True
    allowed_loss: float = 0.01
    imitation: ImitationOptions | None = field(default_factory=ImitationOptions)
    n_calibration: int = 512
    n_fitted: int = 2048
    most_pictures: int = 4000
    most_questions: int = 4000
    device: str = "cpu"
    threads: int | None = None
    seed: int = 20_261_125

    def __post_init__(self) -> None:
        if not 0.0 < self.macs_share <= 1.0:
            raise InvalidConfiguration(f"macs_share must be above 0 and at most 1, received {self.macs_share}")
        if (isinstance(self.side, int) and self.side < 8) or (isinstance(self.side, str) and self.side != "balanced"):
            raise InvalidConfiguration(f"side must be 8 pixels or more, balanced or None, received {self.side!r}")
