"""Pictures of which nobody said what they show, beside pictures that have labels: how their labels are guessed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RestConfig", "RestReport"]


@dataclass(frozen=True, slots=True)
class RestConfig:
    """How what pictures without a label (`--rest`) show is guessed from those that have one.

    Attributes:
        neighbours: pictures that each is joined to, the most similar ones.
        spread: share of what a picture shows that it has from its neighbours, at each step of going on to them.
        certainty: share of all that reaches a picture which one label must have for the picture to be learned from as
            one of it.

    Reference:
        Zhou et al. 2004, "Learning with local and global consistency"; Iscen et al. 2019, "Label propagation for deep
        semi-supervised learning" (arXiv 1904.04717), section 3.3. Deviations: labels have equal weight however many
        pictures show them; a picture counts in full or not at all; guessed once, with the vectors of a model that has
        learned from the labels alone.
    """

    neighbours: int = 10
    spread: float = 0.8
    certainty: float = 0.5

    def __post_init__(self) -> None:
        if not 1 <= self.neighbours <= 1000:
            raise ValueError(f"neighbours must be 1 to 1000, received {self.neighbours}")
        if not 0 < self.spread < 1:
            raise ValueError(f"spread must be above 0 and below 1, received {self.spread}")
        if not 0 <= self.certainty <= 1:
            raise ValueError(f"certainty must be 0 to 1, received {self.certainty}")


@dataclass(frozen=True, slots=True)
class RestReport:
    """What came of pictures without a label.

    Attributes:
        pictures: that could be used, without those that lie among the labelled ones as well.
        learned: those whose label could be guessed with enough certainty, and that were learned from.
    """

    pictures: int
    learned: int
