"""A photograph beside every picture of the products nearest to it: what a verdict is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from lookalike.search.colours import with_colours
from lookalike.search.evidence import toward_centroid
from lookalike.types import Keys

__all__ = ["Compared"]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Similarities of one photograph to pictures.

    Attributes:
        keys: of the pictures, rising.
        cosines: of the model's vectors.
        alike: cosines of colours, NaN where they are not known; None where colours do not count.
    """

    keys: Int64[np.ndarray, " n"]
    cosines: Float32[np.ndarray, " n"]
    alike: Float32[np.ndarray, " n"] | None

    def similarities(self, pictures: Keys) -> Float64[np.ndarray, " v"]:
        """Similarities to these pictures of one product, falling; colours that are not known count as theirs do.

        Args:
            pictures: keys; those that are not here are left out.
        """
        there = self._among(pictures)
        cosines = self.cosines[there]
        similarities = cosines if self.alike is None else with_colours(cosines, self.alike[there])[0]
        return -np.sort(-similarities.astype(np.float64))

    def toward(self, pictures: Keys, length: float) -> float:
        """Similarity to the mean direction of these pictures of one product.

        Colours that are not known count as those of all pictures here, as in a search.

        Args:
            pictures: keys, of which at least one is here.
            length: of the mean of their vectors.
        """
        there = self._among(pictures)
        cosines = self.cosines
        mixed, own = (cosines, cosines) if self.alike is None else with_colours(cosines, self.alike)
        return toward_centroid(mixed[there], own[there], length)

    def held(self, pictures: Keys) -> Int64[np.ndarray, " held"]:
        """Those of the pictures that are here."""
        return self.keys[self._among(pictures)]

    def _among(self, pictures: Keys) -> Bool[np.ndarray, " here"]:
        return np.isin(self.keys, pictures)
