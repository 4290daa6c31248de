"""What training minimises, as plain words and numbers that a file can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from lookalike.errors import InvalidConfiguration

__all__ = ["LossName", "MinerName", "ObjectiveConfig", "Similarity", "absent_of"]

LossName: TypeAlias = Literal[
    "proxy_anchor", "subcentre_arcface", "normalised_softmax", "triplet", "contrastive", "multi_similarity"
]
MinerName: TypeAlias = Literal["none", "hard", "semi_hard", "batch_all", "multi_similarity"]
Similarity: TypeAlias = Literal["cosine", "euclidean"]

_MARGINS: Mapping[tuple[LossName, Similarity], float] = {
    ("proxy_anchor", "cosine"): 0.1,
    ("triplet", "cosine"): 0.1,
    ("triplet", "euclidean"): 0.2,
    ("contrastive", "cosine"): 0.5,
    ("contrastive", "euclidean"): 1.0,
    ("multi_similarity", "cosine"): 0.5,
    ("subcentre_arcface", "cosine"): 0.5,
}
_SCALES: Mapping[LossName, float] = {
    "proxy_anchor": 32.0,
    "subcentre_arcface": 64.0,
    "normalised_softmax": 20.0,
    "multi_similarity": 50.0,
}
_OF_PAIRS = ("triplet", "contrastive", "multi_similarity")
_SOFTMAX = ("normalised_softmax", "subcentre_arcface")


def absent_of(loss: object) -> tuple[str, ...]:
    """Which of ``margin`` and ``scale`` the loss of that name does not have; none of what is no loss."""
    if loss not in get_args(LossName):
        return ()
    having = (("margin", {name for name, _ in _MARGINS}), ("scale", set(_SCALES)))
    return tuple(setting for setting, losses in having if loss not in losses)


@dataclass(frozen=True, slots=True)
class ObjectiveConfig:
    """Which loss, on which pairs, measured how. None stands for the loss's published value.

    Attributes:
        loss: ``proxy_anchor``, ``subcentre_arcface`` and ``normalised_softmax`` learn something for each product that
            pictures are compared with (it is trained and saved with the model); ``triplet``, ``contrastive`` and
            ``multi_similarity`` compare pictures of the batch.
        miner: which of the batch's pairs and triplets count: ``hard`` (each picture's furthest positive and nearest
            negative), ``semi_hard`` (negatives further than the positive, within the margin), ``batch_all`` (all that
            violate the margin), ``multi_similarity`` (pairs harder than the hardest of the other sort, within
            a margin). Only for losses that compare pictures.
        similarity: ``cosine``, or ``euclidean`` between unit vectors. Only ``triplet`` and ``contrastive`` have the
            choice.
        margin: how much better right must be than wrong, in the units of the similarity: published are 0.1 for
            ``proxy_anchor`` and ``triplet`` with cosine, 0.2 for ``triplet`` with Euclidean, 0.5 (negatives) for
            ``contrastive``; for ``subcentre_arcface`` radians, 0.5.
        scale: sharpness: alpha of ``proxy_anchor`` (32), scale of ``subcentre_arcface`` (64), 1 / temperature of
            ``normalised_softmax`` (20).
        sub_centres: points learned for each product by ``subcentre_arcface``.
        label_smoothing: share of the target that is spread over all products, for ``normalised_softmax`` and
            ``subcentre_arcface``.
        memory_pictures: embeddings of this many earlier pictures are compared with as well; 0 for none. Only for losses
            that compare pictures.
        memory_start_step: number of the first batch, counted from 0, at which they are; embeddings change too fast
            before. Where gradients of several batches are added up, that is earlier than that step.

    Raises:
        InvalidConfiguration: any of them out of range, or two that do not go together; all are named at once.
    """

    loss: LossName = "proxy_anchor"
    miner: MinerName = "none"
    similarity: Similarity = "cosine"
    margin: float | None = None
    scale: float | None = None
    sub_centres: int = 3
    label_smoothing: float = 0.0
    memory_pictures: int = 0
    memory_start_step: int = 0

    def __post_init__(self) -> None:
        problems: list[str] = []
        if self.margin is not None and not 0 <= self.margin <= 2:
            problems.append(f"margin must be 0 to 2, received {self.margin:g}")
        if self.scale is not None and not 0 < self.scale <= 1000:
            problems.append(f"scale must be above 0 and at most 1000, received {self.scale:g}")
        if not 1 <= self.sub_centres <= 64:
            problems.append(f"sub_centres must be 1 to 64, received {self.sub_centres}")
        if not 0 <= self.label_smoothing < 1:
            problems.append(f"label_smoothing must be at least 0 and below 1, received {self.label_smoothing:g}")
        if not 0 <= self.memory_pictures <= 1_000_000:
            problems.append(f"memory_pictures must be 0 to 1000000, received {self.memory_pictures}")
        if self.memory_start_step < 0:
            problems.append(f"memory_start_step must be at least 0, received {self.memory_start_step}")
        if not problems:
            problems += self._contradictions()
        if problems:
            raise InvalidConfiguration("objective: " + "; ".join(problems))

    @property
    def margin_used(self) -> float | None:
        """The margin set, or the loss's published one; None where the loss has none."""
        published = _MARGINS.get((self.loss, self.similarity))
        return published if published is None or self.margin is None else self.margin

    @property
    def scale_used(self) -> float | None:
        """The scale set, or the loss's published one; None where the loss has none."""
        published = _SCALES.get(self.loss)
        return published if published is None or self.scale is None else self.scale

    @property
    def compares_pictures(self) -> bool:
        """Whether the loss compares pictures with pictures, and so needs several of each product in a batch."""
        return self.loss in _OF_PAIRS

    def _contradictions(self) -> list[str]:
        problems: list[str] = []
        if not self.compares_pictures:
            pairs = ", ".join(_OF_PAIRS)
            if self.miner != "none":
                problems.append(f"miner is for {pairs}, received {self.miner} with {self.loss}")
            if self.memory_pictures:
                problems.append(f"memory_pictures is for {pairs}, received {self.memory_pictures} with {self.loss}")
        for name, given in (("margin", self.margin), ("scale", self.scale)):
            if given is not None and name in absent_of(self.loss):
                others = ", ".join(loss for loss in get_args(LossName) if name not in absent_of(loss))
                problems.append(f"{name} is for {others}, received {given:g} with {self.loss}, which has none")
        if self.similarity == "euclidean" and self.loss not in ("triplet", "contrastive"):
            problems.append(f"similarity euclidean is for triplet and contrastive, received it with {self.loss}")
        if self.label_smoothing and self.loss not in _SOFTMAX:
            problems.append(f"label_smoothing is for {', '.join(_SOFTMAX)}, received it with {self.loss}")
        return problems
