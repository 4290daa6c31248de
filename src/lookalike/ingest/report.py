"""What an indexing run did."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.types import Rejection, ReleaseId

__all__ = ["IndexReport"]


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The contract's answer of ``index``.

    Attributes:
        store: folder of the store.
        release: release that the vectors went into.
        model: name of its model.
        products: products in the store now.
        images: images in the store now.
        added: images that the store did not have.
        updated: images whose bytes changed, or that moved to other bytes.
        unchanged: images that were there already and needed nothing.
        removed: images that ``--prune`` took out.
        rejected: rows and pictures of this source that cannot be used, those known from earlier runs included.
        not_kept: pictures of which no copy was kept because the quota is used up; of those that had none before, only
            the first is tried.
        seconds: wall time of the run.
    """

    store: str
    release: ReleaseId
    model: str
    products: int
    images: int
    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: tuple[Rejection, ...]
    not_kept: int
    seconds: float

    @property
    def images_per_second(self) -> float:
        """Images dealt with per second, unchanged and rejected ones included."""
        done = self.added + self.updated + self.unchanged + len(self.rejected)
        return done / self.seconds if self.seconds > 0 else 0.0
