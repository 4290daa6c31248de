"""What shoppers looked for in vain: photographs that were told "absent", in clusters of what looks alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32, Int64

from lookalike.catalog.unmet import Retention, Unmet
from lookalike.types import Hit, Vectors

__all__ = ["DEFAULT_LIKENESS", "Cluster", "Demand", "UnmetOptions", "cluster", "grouped"]

DEFAULT_LIKENESS = 0.6
"""Cosine to its leader from which a photograph belongs to a cluster; for the packaged model."""

_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class UnmetOptions:
    """Whether photographs that were told "absent" are remembered; both off unless a shop switches them on.

    Attributes:
        remember: keep the vector of each, for the demand report.
        pictures: keep a small copy of the photograph too.
        retention: for how long, and how many.
    """

    remember: bool = False
    pictures: bool = False
    retention: Retention = field(default_factory=Retention)


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """Photographs of something alike that the catalogue does not have.

    Attributes:
        size: how many.
        share: of all remembered ones.
        first_seen: hour of the oldest, UTC.
        last_seen: hour of the newest, UTC.
        likeness: mean cosine of the photographs to their mean direction, in [-1, 1].
        centre: unit mean of the vectors.
        examples: keys of remembered pictures, the most typical first; none where pictures are not kept.
        nearest: products of the catalogue that come closest to the centre, as a description.
    """

    size: int
    share: float
    first_seen: str
    last_seen: str
    likeness: float
    centre: Float32[np.ndarray, " dimension"]
    examples: tuple[int, ...]
    nearest: tuple[Hit, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, without the centre: a vector says what a photograph looked like."""
        return {
            "size": self.size,
            "share": round(self.share, 4),
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "likeness": round(self.likeness, 4),
            "examples": list(self.examples),
            "nearest": [
                {
                    "product_id": hit.product_id,
                    "title": hit.title,
                    "category": hit.attributes.get("category"),
                    "similarity": round(hit.similarity, 6),
                    "image_key": int(hit.image_key),
                }
                for hit in self.nearest
            ],
        }


@dataclass(frozen=True, slots=True)
class Demand:
    """The demand report.

    Attributes:
        photographs: remembered ones.
        clusters: by falling size, then the older first.
        options: whether anything is being remembered, and for how long.
        release: whose verdicts they were.
    """

    photographs: int
    clusters: tuple[Cluster, ...]
    options: UnmetOptions
    release: str

    def as_dict(self) -> dict[str, object]:
        """The contract's document."""
        return {
            "photographs": self.photographs,
            "clusters": [one.as_dict() for one in self.clusters],
            "remembering": self.options.remember,
            "pictures": self.options.pictures,
            "days": self.options.retention.days,
            "most": self.options.retention.most,
            "release": self.release,
        }


def grouped(vectors: Vectors, likeness: float) -> Int64[np.ndarray, " n"]:
    """The cluster of each vector, numbered by first appearance: leader clustering.

    Each vector joins the leader that it is most like, if the cosine is at least `likeness` (ties to the older
    leader), else it leads a cluster of its own. The result depends on the order of the rows and on nothing else.

    Args:
        vectors: unit rows, float32.
        likeness: in [-1, 1].

    Reference:
        Hartigan 1975, "Clustering Algorithms", section 3 (quick partition).
    """
    members = np.zeros(len(vectors), dtype=np.int64)
    leaders = np.empty_like(vectors)
    n_leaders = 0
    for row, vector in enumerate(vectors):
        cosines = leaders[:n_leaders] @ vector
        best = int(np.argmax(cosines)) if n_leaders else -1
        if best >= 0 and float(cosines[best]) >= likeness:
            members[row] = best
        else:
            leaders[n_leaders] = vector
            members[row] = n_leaders
            n_leaders += 1
    return members


def cluster(unmet: Sequence[Unmet], likeness: float = DEFAULT_LIKENESS) -> tuple[Cluster, ...]:
    """The photographs in clusters, by falling size, then the older first; `nearest` is left empty."""
    if not unmet:
        return ()
    vectors = np.stack([one.vector for one in unmet]).astype(np.float32)
    members = grouped(vectors, likeness)
    found: list[Cluster] = []
    for number in range(int(members.max()) + 1):
        rows: list[int] = np.flatnonzero(members == number).tolist()
        mean = vectors[rows].mean(axis=0)
        centre = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
        cosines = vectors[rows] @ centre
        typical = [unmet[rows[place]] for place in np.argsort(-cosines, kind="stable").tolist()]
        found.append(
            Cluster(
                size=len(rows),
                share=len(rows) / len(unmet),
                first_seen=min(unmet[row].seen_at for row in rows),
                last_seen=max(unmet[row].seen_at for row in rows),
                likeness=float(cosines.mean()),
                centre=centre,
                examples=tuple(one.key for one in typical if one.picture is not None)[:_EXAMPLES],
            )
        )
    return tuple(sorted(found, key=lambda one: -one.size))
