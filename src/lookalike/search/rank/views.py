"""The photograph looked at more than once: test-time augmentation of the query."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lookalike.images.views import QUERY_VIEWS
from lookalike.search.rank.pool import Needs, Pool

__all__ = ["QueryViews"]


@dataclass(frozen=True, slots=True)
class QueryViews:
    """Scores candidates by the mean direction of the query and other views of its photograph.

    What is no photograph keeps its similarities.

    Attributes:
        views: names of `QUERY_VIEWS`; each costs one more embedding of the query, and nothing of the catalogue.

    Raises:
        ValueError: no view, or one of an unknown name.

    Reference:
        Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional neural networks", sec.
        4.1: predictions averaged over five patches and their mirror images. Deviations: directions averaged for
        predictions; the whole, its centre crop and the mirror image of the whole for the patches; and the candidates
        of a pool ranked, not the whole gallery again.
    """

    views: tuple[str, ...] = ("middle", "mirrored")

    def __post_init__(self) -> None:
        if not self.views or not set(self.views) <= set(QUERY_VIEWS):
            raise ValueError(f"views are some of {', '.join(QUERY_VIEWS)}, received {self.views}")

    @property
    def needs(self) -> Needs:
        """The photograph in its `views`."""
        return Needs(views=self.views)

    def rescore(self, pool: Pool) -> Float64[np.ndarray, " n"]:
        """Cosines of each candidate with the mean direction."""
        if pool.query_views is None:
            return pool.similarities.astype(np.float64)
        mean = pool.query.astype(np.float64) + pool.query_views.astype(np.float64).sum(axis=0)
        length = float(np.linalg.norm(mean))
        if length == 0:
            return pool.similarities.astype(np.float64)
        return pool.vectors.astype(np.float64) @ (mean / length)
