"""How an indexing run goes about its work."""

from __future__ import annotations

from dataclasses import dataclass, field

from lookalike.embed.cores import usable_cores
from lookalike.images.limits import ImageLimits

__all__ = ["IngestOptions"]


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """Numbers that trade memory and latency for speed; the defaults were chosen on two cores.

    Attributes:
        limits: what a picture may cost.
        n_workers: threads that decode and embed; 0 for one a core.
        n_fetchers: requests under way at once, over all hosts.
        chunk_images: pictures that a worker takes at once.
        commit_images: pictures after which what is done becomes acknowledged.
        commit_seconds: time after which it does, however few they are.
    """

    limits: ImageLimits = field(default_factory=ImageLimits)
    n_workers: int = 0
    n_fetchers: int = 16
    chunk_images: int = 4
    commit_images: int = 256
    commit_seconds: float = 2.0

    @property
    def workers(self) -> int:
        """Threads that decode and embed, at least one."""
        return self.n_workers or usable_cores()
