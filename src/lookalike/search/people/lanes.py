"""The several voices that speak for a product, each over all products at once: behaviour, looks, popularity.

A voice that has nothing to say is silent (all zeros): what remains decides, down to popularity for whom nothing is
known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lookalike.search.people.closed_form import ClosedForm, fit_closed_form
from lookalike.search.people.history import History
from lookalike.search.people.log import Log
from lookalike.search.people.neighbours import Neighbours, following, going_together
from lookalike.search.people.popularity import SHARES, popularity
from lookalike.search.people.taste import Looks, Taste, taste_of

__all__ = ["FEATURES", "RIDGES", "VOICES", "Lanes", "Spoken"]

VOICES = ("together", "lately", "after", "linear", "last_looks", "visit_looks", "taste_looks")
"""Met together over the whole history, and over its end; met after its end; the closed form; likeness to the last
product, to the visit, to the best interest."""

_COUNTED = 4
"""The first voices count behaviour: not negative, 0 where nobody was seen to."""

FEATURES = (
    *VOICES[:_COUNTED],
    *(f"{voice}_log" for voice in VOICES[:_COUNTED]),
    *VOICES[_COUNTED:],
    *(f"popular_{number}" for number in range(len(SHARES))),
)
"""What a mix weighs; counted voices as a share of their highest, and as its logarithm."""

RIDGES = (10.0, 100.0, 500.0)
_SOFTEN = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """What every voice says about every product for one shopper.

    Attributes:
        voices: float64, one row a voice of `VOICES`.
        experience: how much is known of the shopper: log(1 + different products) / 4.
        taste: theirs, where they met products with pictures.
    """

    voices: Float64[np.ndarray, "v n"]
    experience: float
    taste: Taste | None


@dataclass(frozen=True, slots=True, eq=False)
class Lanes:
    """What a log and the pictures teach.

    Attributes:
        n_products: products are numbered 0 to below this.
        together: what the same shoppers meet.
        after: what is met after what.
        linear: the closed form; None where there is too little to fit it.
        popular: float64, a row of popularity for each of `SHARES`.
        loudness: float32, log(1 + popularity), one row a product.
        looks: where the products lie; None where there are no pictures.
    """

    n_products: int
    together: Neighbours
    after: Neighbours
    linear: ClosedForm | None
    popular: Float64[np.ndarray, "s n"]
    loudness: Float32[np.ndarray, "n s"]
    looks: Looks | None

    @classmethod
    def fit(cls, log: Log, looks: Looks | None, ridge: float = RIDGES[1]) -> Lanes:
        """What this log, and nothing later, teaches."""
        n = log.n_products
        linear = fit_closed_form(log, n, [ridge])
        popular = np.stack([popularity(log, n, share) for share in SHARES])
        return cls(
            n,
            going_together(log, n),
            following(log, n),
            linear[0] if linear else None,
            popular,
            np.log1p(popular).T.astype(np.float32),
            looks,
        )

    def spoken(self, history: History) -> Spoken:
        """Every voice over every product."""
        voices = np.zeros((len(VOICES), self.n_products))
        products, weights, age = history.latest(100)
        if not len(products):
            return Spoken(voices, 0.0, None)
        voices[0] = self.together.gathered(products, weights * 0.98**age, self.n_products)
        voices[1] = self.together.gathered(products[:8], (weights * 0.6**age)[:8], self.n_products)
        voices[2] = self.after.gathered(products[:5], 0.5 ** age[:5], self.n_products)
        if self.linear is not None:
            voices[3] = self.linear.gathered(products, weights * 0.98**age, self.n_products)
        taste = None if self.looks is None else taste_of(history, self.looks)
        if taste is not None and self.looks is not None:
            voices[4] = self.looks.cosines(taste.last)
            voices[5] = taste.short_cosines(self.looks)
            voices[6] = taste.long_cosines(self.looks)
        return Spoken(voices, float(np.log1p(len(history.met)) / 4.0), taste)

    def features(self, spoken: Spoken, rows: Int64[np.ndarray, " m"] | None = None) -> Float32[np.ndarray, "m f"]:
        """What a mix weighs, of the products `rows` or of all; columns as in `FEATURES`."""
        voices = spoken.voices if rows is None else spoken.voices[:, rows]
        loudness = self.loudness if rows is None else self.loudness[rows]
        top = spoken.voices[:_COUNTED].max(axis=1, initial=0.0)
        shares = np.maximum(voices[:_COUNTED], 0.0) / np.where(top > 0, top, 1.0)[:, None]
        found = np.empty((voices.shape[1], len(FEATURES)), dtype=np.float32)
        found[:, :_COUNTED] = shares.T
        soft = np.zeros(shares.shape)
        np.log1p(_SOFTEN * shares, out=soft, where=shares > 0)
        found[:, _COUNTED : 2 * _COUNTED] = soft.T / np.log1p(_SOFTEN)
        found[:, 2 * _COUNTED : _COUNTED + len(VOICES)] = voices[_COUNTED:].T
        found[:, _COUNTED + len(VOICES) :] = loudness
        return found

    def most_popular(self, share: int) -> Int64[np.ndarray, " n"]:
        """Every product by falling popularity, ties by rising number."""
        return np.lexsort((np.arange(self.n_products), -self.popular[share])).astype(np.int64)
